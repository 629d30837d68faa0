# What Debian's policy asks of a package's files, done by CPack before it packs: a changelog; it and manual pages are
# compressed; the text of the license is named, not repeated.
file(GLOB _packages ${CPACK_TEMPORARY_DIRECTORY}/*/usr)
foreach(usr ${_packages})
  get_filename_component(_component ${usr} DIRECTORY)
  get_filename_component(_component ${_component} NAME)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/debian/changelog.in ${usr}/share/doc/facet-${_component}/changelog @ONLY)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/debian/copyright ${usr}/share/doc/facet-${_component}/copyright COPYONLY)
  file(GLOB_RECURSE _texts ${usr}/share/man/*.[1-9] ${usr}/share/doc/*/changelog)
  execute_process(COMMAND gzip -9n ${_texts} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
