add_library(facet_warnings INTERFACE)
target_compile_options(facet_warnings INTERFACE -Wall -Wextra -Werror -Wno-unused-parameter)
