"""Runs every ```sh block of README.md, CONTRIBUTING.md and docs/, but those after <!-- not run: REASON -->, and the
examples of docs/tools, but those in LEFT.

    python3 commands_test.py SOURCE_DIR BUILD_DIR

Each page has a directory of its own that looks like the repository, with `build` in it and build/bin in PATH. Files that
pages speak of lie there: the checkpoints DIR and gemma-4-E2B-it (the nano model that compiles fastest), model.facet,
prompts.txt and others. Blocks of a page run in order, so that one may use what an earlier one wrote.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from pages import blocks, lines, pages

source, build = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
EXAMPLE = re.compile(r"^`([^`]+)`(: .+)?$")
LEFT = {"facet tune": "measures for minutes; the test tools/tune.test runs a short one"}
CHECKPOINT = source / "test/models/gemma4-nano-dense"
ENVIRONMENT = dict(os.environ, PATH=f"{build}/bin{os.pathsep}{os.environ['PATH']}", PYTHONDONTWRITEBYTECODE="1")


def prepare(folder, model):
    for entry in source.iterdir():
        if not entry.name.startswith((".", "build")):
            (folder / entry.name).symlink_to(entry)
    (folder / "build").symlink_to(build)
    for name in "DIR", "gemma-4-E2B-it":
        (folder / name).symlink_to(CHECKPOINT)
    for name in "model.facet", "bf16.facet", "q8.facet":
        os.link(model, folder / name)
    shutil.copy(source / "compiler/default.tuning", folder / "mine.tuning")
    shutil.copy(source / "test/tools/reduce.mlir", folder / "big.mlir")
    (folder / "still-fails.sh").write_text('#!/bin/sh\ngrep -q facet.add "$1" && exit 1\nexit 0\n')
    (folder / "still-fails.sh").chmod(0o755)
    (folder / "question.txt").write_text("Who are you?\n")
    (folder / "prompts.txt").write_text("Tell me a story about a fox.\nWho are you?\n")


def examples(text):
    """Each example of a tool's page, as blocks() gives them."""
    for number, line, inside in lines(text):
        if not inside and (example := EXAMPLE.match(line)):
            command = example[1]
            yield number, next((LEFT[start] for start in LEFT if command.startswith(start)), None), command


def run(block, folder):
    """What it said if it failed, else None."""
    done = subprocess.run(["sh", "-euc", block], cwd=folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    return f"status {done.returncode}\n{done.stdout}" if done.returncode else None


def main():
    ran, left, failures = 0, 0, []
    with tempfile.TemporaryDirectory(prefix="facet-docs-") as scratch:
        model = pathlib.Path(scratch) / "model.facet"
        if not shutil.which("dot"):  # Graphviz: its reader's first word
            programs = pathlib.Path(scratch) / "programs"
            programs.mkdir()
            (programs / "dot").write_text("#!/bin/sh\nexec grep digraph\n")
            (programs / "dot").chmod(0o755)
            ENVIRONMENT["PATH"] += f"{os.pathsep}{programs}"
        subprocess.run([build / "bin/facet-compile", CHECKPOINT, "-o", model], check=True)
        for page in pages(source):
            name = page.relative_to(source)
            found = list(blocks(page.read_text(), "sh"))
            if name.parts[:2] == ("docs", "tools"):
                found = list(examples(page.read_text()))
            if not found or str(name) not in ("README.md", "CONTRIBUTING.md") and name.parts[0] != "docs":
                continue
            folder = pathlib.Path(scratch) / str(name).replace("/", "-")
            folder.mkdir()
            prepare(folder, model)
            for line, reason, block in found:
                left += bool(reason)
                ran += not reason
                if not reason and (said := run(block, folder)):
                    failures.append(f"{name}:{line}: {said}")
    print(f"{ran} blocks and examples ran, {left} are marked as not run, {len(failures)} failed", *failures, sep="\n")
    sys.exit(bool(failures) or ran < 20)


main()
