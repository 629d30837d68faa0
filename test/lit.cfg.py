# lit over the tests that run our programs on text: .mlir and .test files in the folders below.
# The site file in the build directory sets facet_src, facet_bin, llvm_tools and loads this one.
import os

import lit.formats

config.name = "facet"
config.test_format = lit.formats.ShTest(execute_external=False)  # lit's own shell
config.suffixes = [".mlir", ".test"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.facet_bin, "test", "lit")
config.excludes = ["Inputs", "models", "real", "reference"]

programs = os.path.join(config.facet_bin, "bin")
config.environment["PATH"] = os.pathsep.join([programs, config.llvm_tools, os.environ["PATH"]])
config.environment["FILECHECK_OPTS"] = "-enable-var-scope --allow-unused-prefixes=false"
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "FACET_CPU"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

config.substitutions.append(("%models", os.path.join(config.facet_src, "test", "models")))
config.substitutions.append(("%bin", programs))
config.substitutions.append(("%src", config.facet_src))

# `REQUIRES: facet-compile` skips a test where that program was not built.
for name in os.listdir(programs) if os.path.isdir(programs) else []:
    config.available_features.add(name)
if "-fsanitize" not in config.compiler_flags:
    config.available_features.add("no-sanitizer")
cpu = open("/proc/cpuinfo").read() if os.path.exists("/proc/cpuinfo") else ""
for flag in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16"):
    if flag in cpu:
        config.available_features.add("cpu-" + flag)
