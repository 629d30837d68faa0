"""Installs Facet, builds examples/ against it in a directory of its own, and runs what comes out.

Also: the core's library needs C's library alone, the text's that of C++ too and no more of C's than is listed; headers
are C99 and C++; pkg-config works; weights that are damaged or another model's are refused with these words.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

CONVERSATION = '[{"role": "user", "content": "Tell me a story about a fox."}]'


def run(*command, **options):
    result = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    assert result.returncode == 0, f"{command}: {result.returncode}\n{result.stdout}{result.stderr}"
    return result.stdout


def refused(words, *command):
    result = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    assert result.returncode == 1 and words in result.stderr, f"expected '{words}', found: {result.stderr}"


def build_examples(args, work):
    prefix, build = work / "prefix", work / "build"
    run(args.cmake, "--install", args.build, "--prefix", prefix)
    shutil.copytree(args.source / "examples", work / "examples")
    models = args.source / "test/models"
    start = time.time()
    run(args.cmake, "-S", work / "examples", "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DCHECKPOINT={models}/gemma4-nano-dense", f"-DSECOND_CHECKPOINT={models}/gemma4-nano-e")
    run(args.cmake, "--build", build, "--parallel", "2")
    print(f"examples built in {time.time() - start:.1f} s")
    for name in "stream", "single", "two", "ids":
        run("strip", "-o", work / "stripped", build / name)
        print(f"{name}: {os.path.getsize(build / name)} bytes, stripped {os.path.getsize(work / 'stripped')}")
    for name in "libfacet.a", "libfacet_text.a":  # what docs/embedding.md adds up by folder
        print(f"{name}: {sum(int(line.split()[0]) for line in run('size', prefix / 'lib' / name).splitlines()[1:])} bytes of code and data")
    return prefix, build


def check_programs(args, prefix):
    """All verbs are installed, and the manual pages of those that have one."""
    built, installed = (run(place / "bin/facet", "--help") for place in (args.build, prefix))
    assert built == installed, f"expected all verbs, found: {installed}"
    pages = {path.name for path in (args.build / "share/man/man1").iterdir()}
    assert pages == {path.name for path in (prefix / "share/man/man1").iterdir()}


def timed(*command):
    start = time.time()
    said = run(*command)
    print(f"{pathlib.Path(command[0]).name}: {time.time() - start:.2f} s")
    return said


def check_answers(args, build):
    story = timed(build / "stream", build / "tiny_gemma.facet/tiny_gemma.weights", CONVERSATION)
    assert story.startswith("Once"), story
    # The same checkpoint as an artifact says the same.
    artifact = run(args.build / "bin/facet-run", args.artifact, "Tell me a story about a fox.", "--greedy", "-n", "40")
    assert timed(build / "single") == artifact
    assert f"inside: {artifact}" in timed(build / "two")
    assert len(timed(build / "ids", 2, 5, 7).split()) > 0


def check_one_file(args, build):
    """A program with its model inside opens no file at all."""
    if not args.strace:
        print("no strace: not checked that the program opens no file")
        return
    trace = build / "trace"
    run(args.strace, "-f", "-e", "trace=open,openat,openat2", "-o", trace, build / "single")
    opened = [line for line in trace.read_text().splitlines() if "open" in line]
    # The pool that hashes weights asks for the number of CPUs.
    others = [line for line in opened if not re.search(r'"/(proc/self/cgroup|sys/fs/cgroup/|sys/devices/system/cpu)', line)]
    assert not others, others


def check_refusals(build):
    weights = build / "tiny_gemma.facet/tiny_gemma.weights"
    good = weights.read_bytes()

    def with_bytes(data, words):
        (build / "bad.weights").write_bytes(data)
        refused(words, build / "stream", build / "bad.weights", CONVERSATION)

    refused("cannot open: No such file or directory", build / "stream", build / "missing.weights", CONVERSATION)
    with_bytes(good[:-1], "bytes of weights for tiny_gemma, found")
    with_bytes(b"x" * 8192, "not the weights of a model: expected tiny_gemma.weights, which begins with FACETWTS")
    with_bytes(good[:24] + bytes([good[24] ^ 1]) + good[25:], "weights of another model")
    with_bytes(good[:5000] + bytes([good[5000] ^ 1]) + good[5001:], "does not match its hash")


def check_add_model(args, prefix, work):
    """What facet_add_model says of mistakes; rules in a file beside the CMakeLists.txt are found, and followed. A program in C
    links the shared libraries."""
    folder, build = work / "model", work / "model-build"
    folder.mkdir()
    (folder / "rules.txt").write_text("* q8\n")
    (folder / "shared.c").write_text("#include <facet/facet_text.h>\n#include <stdio.h>\n"
                                     "int main(void) { facet_text_close(NULL); return puts(facet_code_name(FACET_IO)) < 0; }\n")
    begin = ("cmake_minimum_required(VERSION 3.25)\nproject(model C)\nfind_package(Facet REQUIRED COMPONENTS compiler)\n"
             "add_executable(shared shared.c)\ntarget_link_libraries(shared facet::text-shared)\n")
    nano = args.source / "test/models/gemma4-nano-dense"

    def configure(call):
        (folder / "CMakeLists.txt").write_text(begin + call + "\nadd_custom_target(all-of-it ALL DEPENDS tiny-model)\n")
        done = subprocess.run([args.cmake, "-S", folder, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}"], capture_output=True, text=True)
        return done.returncode, " ".join(done.stderr.split())

    for call, words in (("facet_add_model(NAME tiny)", "expected NAME and CHECKPOINT"),
                        (f"facet_add_model(NAME tiny CHECKPOINT {nano} QUANT q8)", "'QUANT;q8' is none of its keywords"),
                        ("facet_add_model(NAME tiny CHECKPOINT nowhere)", f"no config.json in {folder}/nowhere")):
        status, said = configure(call)
        assert status != 0 and words in said, (call, said)
    status, said = configure(f"facet_add_model(NAME tiny CHECKPOINT {nano} TARGET x86-64-v3 WEIGHTS rules.txt)")
    assert status == 0, said
    run(args.cmake, "--build", build, "--target", "all-of-it")
    first = (build / "tiny.facet/tiny.weights").stat().st_size
    (folder / "rules.txt").write_text("* bf16\n")
    run(args.cmake, "--build", build, "--target", "all-of-it")
    assert (build / "tiny.facet/tiny.weights").stat().st_size > first
    run(args.cmake, "--build", build, "--target", "shared")
    assert len(run(build / "shared")) > 1 and "libfacet_text.so.0" in run("readelf", "-d", build / "shared")


def symbols(*libraries):
    """What libraries define, and what they need of others."""
    rows = [line.split() for library in libraries for line in run("nm", "-P", library).splitlines()]
    rows = [row for row in rows if len(row) >= 2]
    defined = {row[0] for row in rows if row[1] not in "Uw"}
    return defined, {row[0] for row in rows if row[1] == "U"} - defined - {"_GLOBAL_OFFSET_TABLE_"}


def check_needs(args, prefix, build, work):
    listed = [set((args.source / "test/examples" / name).read_text().split()) for name in ("libc_symbols.txt", "text_symbols.txt")]
    core, needed = symbols(prefix / "lib/libfacet.a")
    assert needed <= listed[0], f"the core needs more of the system: {sorted(needed - listed[0])}"
    _, needed = symbols(prefix / "lib/libfacet_text.a")
    c = {name for name in needed - core if not re.match(r"_ZN?K?S|_ZT|_Zn|_Zd|__cxa_|__gxx_|_Unwind_", name)}
    assert c <= listed[0] | listed[1], f"the text layer needs more of C's library: {sorted(c - listed[0] - listed[1])}"
    model = build / "inside.facet"
    static = work / "ids-static"
    run(args.c, "-std=c99", args.source / "examples/ids.c", f"-I{model}", f"-I{prefix}/include", model / "libinside.a",
        prefix / "lib/libfacet.a", "-pthread", "-lm", "-o", static)
    assert run(static, 2, 5, 7) == run(build / "ids", 2, 5, 7)
    print(f"core alone: {os.path.getsize(static)} bytes with a model in it")
    if subprocess.run([args.cxx, "-nostdlib++", "-x", "c++", "-fsyntax-only", "/dev/null"], capture_output=True).returncode == 0:
        run(args.c, "-std=c99", "-c", args.source / "examples/ids.c", f"-I{model}", f"-I{prefix}/include", "-o", work / "ids.o")
        run(args.cxx, "-nostdlib++", work / "ids.o", model / "libinside.a", prefix / "lib/libfacet.a", "-pthread", "-lm", "-o", static)
        assert run(static, 2, 5, 7) == run(build / "ids", 2, 5, 7)
    owners = work / "owners"
    run(args.cxx, "-std=c++20", "-Wall", "-Wextra", "-Werror", args.source / "test/examples/owners.cpp", f"-I{model}", f"-I{prefix}/include",
        model / "libinside.a", prefix / "lib/libfacet_text.a", prefix / "lib/libfacet.a", "-pthread", "-lm", "-o", owners)
    assert run(owners) == run(build / "ids", 2, 5, 7)


def check_shared(prefix):
    """The shared libraries show the C API alone, have the version's names, and the core needs nothing of C++."""
    headers = "".join((prefix / "include/facet" / name).read_text() for name in ("facet.h", "facet_text.h"))
    declared = set(re.findall(r"\b(facet_\w+)\([^)]", headers))
    shown = set()
    for name in "libfacet", "libfacet_text":
        library = prefix / f"lib/{name}.so"
        defined = {row.split()[0].split("@")[0] for row in run("nm", "-D", "-P", "--defined-only", library).splitlines()}
        assert defined <= declared, f"{name}.so shows more than its header declares: {sorted(defined - declared)}"
        shown |= defined
        dynamic = run("readelf", "-d", library)
        assert f"soname: [{name}.so.0]" in dynamic, dynamic
        assert name == "libfacet_text" or "libstdc++" not in dynamic, dynamic
    functions = set(re.findall(r"^[a-z][\w *]*?\b(facet_\w+)\([^;{}]*\);", re.sub(r"^typedef.*$", "", headers, flags=re.M), re.M))
    assert functions <= shown, f"declared, but in neither library: {sorted(functions - shown)}"


def check_headers(args, prefix):
    flags = ["-fsyntax-only", "-Wall", "-Wextra", "-Werror", f"-I{prefix}/include"]
    run(args.c, "-std=c99", "-pedantic-errors", *flags, "-x", "c", "-", input="#include <facet/facet_text.h>\n")
    run(args.cxx, "-std=c++11", "-pedantic-errors", *flags, "-x", "c++", "-", input="#include <facet/facet_text.h>\n")
    run(args.cxx, "-std=c++20", *flags, "-x", "c++", "-", input="#include <facet/facet.hpp>\n")


def check_pkg_config(prefix):
    environment = dict(os.environ, PKG_CONFIG_PATH=str(prefix / "lib/pkgconfig"))
    flags = run("pkg-config", "--cflags", "--libs", "facet-text", env=environment)
    assert "-lfacet_text" in flags and "-lfacet" in flags.replace("-lfacet_text", ""), flags


def main():
    parser = argparse.ArgumentParser()
    for name in "build", "source", "artifact":
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    for name in "cmake", "strace", "c", "cxx":
        parser.add_argument(f"--{name}", default="")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        prefix, build = build_examples(args, work)
        check_programs(args, prefix)
        check_answers(args, build)
        check_one_file(args, build)
        check_refusals(build)
        check_add_model(args, prefix, work)
        check_needs(args, prefix, build, work)
        check_shared(prefix)
        check_headers(args, prefix)
        if shutil.which("pkg-config"):
            check_pkg_config(prefix)


if __name__ == "__main__":
    main()
