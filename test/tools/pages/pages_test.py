"""Completions, man pages and docs/tools as generate.py makes them: complete, accepted by their readers, and not stale.

    python3 pages_test.py BIN_DIR SOURCE_DIR
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

programs, source = map(os.path.abspath, sys.argv[1:])
sys.path.insert(0, f"{source}/tools/command")
import generate  # noqa: E402
import shells  # noqa: E402

OFFERED = {  # lines, and what each shell offers for their last words
    "facet ru": {"run"},
    "facet run --gr": {"--greedy"},
    "facet run mo": {"model.facet", "models"},
    "facet run compile --ti": set(),  # a prompt, not a verb
    "facet run model.facet hi --se": {"--seed"},
    "facet chat model.facet --h": {"--help"},
    "facet compile m": {"models"},  # directories alone
    "facet compile models -o mo": {"model.facet", "models"},
    "facet compile models --emit a": {"artifact", "asm"},
    "facet compile models --dump-phases m": {"models"},
    "facet compile models --weights ": {"f32", "bf16", "q8", "q4"},
    "facet compile models --weights mo": {"model.facet", "models"},
    "facet compile models --target na": {"native"},
    "facet compile models --name ": set(),
}


def check_shells():
    open("model.facet", "w").close()
    os.mkdir("models")
    for shell in "bash", "zsh", "fish":
        for line, expected in OFFERED.items():
            found = shells.offers(shell, line)
            if line.endswith(" ") and found and expected:  # files, too
                found -= set(os.listdir())
            assert found in (expected, None), (shell, line, expected, found)
        print(f"{shell}: {'not installed' if found is None else f'{len(OFFERED)} lines'}")


def accepts(*command):
    """Skips readers that are not installed."""
    if shutil.which(command[0]):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0 and not done.stderr, (command, done.stdout, done.stderr)


with tempfile.TemporaryDirectory(prefix="facet-pages-") as folder:
    os.chdir(folder)
    generate.main(programs, folder)
    check_shells()
    options = shells.bash("facet chat -")
    assert "--verify" in options and "--weights" not in options
    accepts("bash", "-n", "share/bash-completion/completions/facet")
    accepts("zsh", "-n", "share/zsh/site-functions/_facet")
    accepts("fish", "-n", "share/fish/vendor_completions.d/facet.fish")
    verbs = generate.tables(programs)
    assert {"compile", "run", "tune", "opt", "lsp-server", "reduce"} <= {table["verb"] for table in verbs}
    for table in verbs:
        verb = table["verb"]
        page, manual = open(f"doc/{verb}.md").read(), open(f"share/man/man1/facet-{verb}.1").read()
        for option in table["options"]:
            assert f"`{option['name']}" in page and option["name"].replace("-", "\\-") in manual, (verb, option["name"])
        accepts("mandoc", "-T", "utf8", "-W", "error", f"share/man/man1/facet-{verb}.1")
        assert page == open(f"{source}/docs/tools/{verb}.md").read(), f"docs/tools/{verb}.md is stale: build the target tool-docs"
    accepts("mandoc", "-T", "utf8", "-W", "error", "share/man/man1/facet.1")
    for table in verbs:  # what MLIR parses is not parsed by the table
        if table["verb"] in ("opt", "lsp-server", "reduce"):
            known = subprocess.run([f"{programs}/facet-{table['verb']}", "--help-hidden"], check=True, capture_output=True, text=True).stdout
            for option in table["options"]:
                assert re.search(rf"^ +{option['name']}[ =\[]", known, re.M), (table["verb"], option["name"])
                for choice in option["choices"]:
                    assert re.search(rf"^    ={choice} ", known, re.M), (table["verb"], option["name"], choice)
    os.chdir("/")
print("passed")
