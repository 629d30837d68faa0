# Debian packages: facet-runtime (libraries, headers, programs that run models) and facet-compiler.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME facet)
# No address reads mail: the domain is reserved never to exist.
set(CPACK_PACKAGE_CONTACT "Facet developers <facet@localhost.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime compiler)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/runtime)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME facet-runtime)
set(CPACK_DEBIAN_COMPILER_PACKAGE_NAME facet-compiler)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "runtime of models that Facet compiled
The libraries, headers and programs that open a compiled model and
generate text with it: run, chat, eval, bench, inspect, tokenize, render.")
set(CPACK_COMPONENT_COMPILER_DESCRIPTION "ahead-of-time compiler for Gemma 4 checkpoints
The program that makes one file of native code and packed weights from a
checkpoint, and what its developers use: opt, reduce, lsp-server, tune.")
set(CPACK_DEBIAN_COMPILER_PACKAGE_DEPENDS "facet-runtime (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/cmake/debian/triggers)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/DebianFiles.cmake)
include(CPack)
