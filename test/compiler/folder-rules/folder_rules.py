"""Who may include whom (docs/architecture.md), checked two ways.

library: tries to compile a file that includes a header of each folder that a library may not see, with that
         library's own include directories, and expects "file not found". A header of its own folder must be found.
sources: no `#include "../"`, and no include of a folder that the table forbids.
"""
import argparse
import pathlib
import re
import subprocess
import sys

FOLDERS = ["ir", "frontend", "passes", "targets", "compiler", "runtime", "tools"]
MAY_INCLUDE = {
    "ir": {"ir"},
    "frontend": {"frontend", "ir"},
    "passes": {"passes", "ir"},
    "targets": {"targets", "ir"},
    "compiler": {"compiler", "ir", "frontend", "passes", "targets"},
    "runtime": {"runtime"},
    "tools": set(FOLDERS),
}
# Headers that include nothing: what compiler and runtime share.
FORMATS = {"runtime/CheckedSize.h", "runtime/abi.h", "runtime/artifact_format.h", "runtime/embedded_format.h",
           "runtime/importance_format.h", "runtime/limits.h", "runtime/tokenizer_format.h"}
# One SHA-256 serves the writer and the reader of artifacts; the compiler sees no more of the runtime's code.
ALSO = {("compiler", "runtime/core/Sha256.h")}
LLVM_HEADERS = ["mlir/IR/Operation.h", "llvm/ADT/StringRef.h"]


def headers_of(source, folder):
    found = sorted(str(h.relative_to(source)) for h in (source / folder).rglob("*.h"))
    return [h for h in found if h not in FORMATS]


def reaches(compiler, includes, header, line='#include "{}"'):
    command = [compiler, "-std=c++20", "-fsyntax-only", "-x", "c++", "-"] + ["-I" + i for i in includes]
    # In "/", since a file from stdin also sees headers below the current directory.
    result = subprocess.run(command, input=line.format(header) + "\n", capture_output=True, text=True, cwd="/")
    # Of this header: one that it includes may well be out of reach.
    return f"'{header}' file not found" not in result.stderr and f"{header}: No such file" not in result.stderr


def check_library(args):
    source = pathlib.Path(args.source)
    includes = [line for line in pathlib.Path(args.includes).read_text().splitlines() if line]
    failures, tried = [], 0
    forbidden = [h for f in FOLDERS if f not in MAY_INCLUDE[args.folder] for h in headers_of(source, f)[:1]]
    if args.no_llvm:
        forbidden += LLVM_HEADERS
    for header in forbidden:
        tried += 1
        if reaches(args.compiler, includes, header):
            failures.append(f"{args.library} can include {header}")
    for header in headers_of(source, args.folder)[:1]:
        # Without reading it: MLIR's headers take seconds.
        if not reaches(args.compiler, includes, header, '#if !__has_include("{0}")\n#error \'{0}\' file not found\n#endif'):
            failures.append(f"{args.library} cannot include {header}, of its own folder")
    print(f"{args.library}: {tried} forbidden includes tried")
    return failures


def check_sources(args):
    source, failures, files = pathlib.Path(args.source), [], 0
    for folder in FOLDERS + ["test"]:
        for path in sorted((source / folder).rglob("*")):
            if path.suffix not in {".h", ".c", ".cpp", ".inc"}:
                continue
            files += 1
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
                failures += complaint(folder, f"{path.relative_to(source)}:{number}", line)
    print(f"{files} files read")
    return failures


def complaint(folder, place, line):
    include = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
    if not include:
        return []
    header = include.group(1)
    if header.startswith("../") or "/../" in header:
        return [f"{place}: {header} goes up; name the folder from the top"]
    top = header.split("/")[0]
    if folder == "test" or top not in FOLDERS or "/" not in header or header in FORMATS or (folder, header) in ALSO:
        return []
    return [] if top in MAY_INCLUDE[folder] else [f"{place}: {folder} may not include {header}"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("check", choices=["library", "sources"])
    parser.add_argument("--source", required=True)
    parser.add_argument("--compiler")
    parser.add_argument("--library")
    parser.add_argument("--folder")
    parser.add_argument("--includes")
    parser.add_argument("--no-llvm", action="store_true")
    args = parser.parse_args()
    failures = check_library(args) if args.check == "library" else check_sources(args)
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
