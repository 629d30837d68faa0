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


def completed(words):
    """What bash offers for the last word."""
    script = ('. share/bash-completion/completions/facet; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _facet; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    return subprocess.run(["bash", "-c", script, "bash", *words], check=True, capture_output=True, text=True).stdout.split()


def accepts(*command):
    """Skips readers that are not installed."""
    if shutil.which(command[0]):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0 and not done.stderr, (command, done.stdout, done.stderr)


with tempfile.TemporaryDirectory(prefix="facet-pages-") as folder:
    os.chdir(folder)
    generate.main(programs, folder)
    assert completed(["facet", "ru"]) == ["run"]
    assert completed(["facet", "run", "--gr"]) == ["--greedy"]
    assert completed(["facet", "compile", "--emit", "a"]) == ["artifact", "asm"]
    assert "--verify" in completed(["facet", "chat", "-"]) and "--weights" not in completed(["facet", "chat", "-"])
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
