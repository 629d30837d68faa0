# facet chat: a conversation at a terminal. Without LLVM; with libedit for editing and history.
find_path(FACET_LIBEDIT_INCLUDE histedit.h REQUIRED)
find_library(FACET_LIBEDIT edit REQUIRED)
add_executable(facet-chat chat.cpp chat_session.cpp line_editor.cpp interrupts.cpp terminal.cpp generation_options.cpp open_text.cpp
               new_file.cpp golden_tensors.cpp template_source.cpp artifact_section.cpp memory_plan.cpp)
target_include_directories(facet-chat SYSTEM PRIVATE ${FACET_LIBEDIT_INCLUDE})
target_link_libraries(facet-chat PRIVATE FacetText FacetCommand ${FACET_LIBEDIT} facet_warnings)
