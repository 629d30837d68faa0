"""Produces each bad input of the table in docs/errors.md, runs its command and compares what it says word for
word; DIR stands for the working directory, N for the runtime's own ABI. The name in the first column is that of a
function of inputs.py.

    python3 errors_test.py DOC BIN_DIR CHECKPOINT BAD_PAGES.so
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import inputs

document, programs, good, bad_pages = map(os.path.abspath, sys.argv[1:])
ROWS = [[cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in open(document) if line.startswith("| `")]
MOUNT = 'mkdir -p noexec && mount -t tmpfs -o noexec none noexec && cp bad.facet noexec/ && exec "$@"'
NAMESPACE = ["unshare", "--map-root-user", "--mount", "sh", "-c", MOUNT, "sh"]


def can_mount():
    return shutil.which("unshare") and not subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode


def said(name, command):
    words = ["\xff" if word == "'\\xff'" else word.strip("'") for word in command.split(" ")]
    arguments = [os.path.join(programs, "facet-" + words[1]), *words[2:]]
    environment = dict(os.environ)
    if name in ("shrinks-while-mapped", "unreadable-page"):
        environment.update(LD_PRELOAD=bad_pages, FACET_TEST_FILE="bad.facet", FACET_TEST_PAGES=name.split("-")[0].rstrip("s"))
    if name == "mounted-noexec":
        arguments = NAMESPACE + arguments
    run = subprocess.run([word.encode("latin-1") for word in arguments], stdin=subprocess.DEVNULL, capture_output=True, env=environment)
    text = run.stderr.decode().strip().replace(os.getcwd(), "DIR")
    return run.returncode, [re.sub(r"reads ABI \d+", "reads ABI N", line) for line in text.splitlines()[-1:]]


os.chdir(tempfile.mkdtemp(prefix="facet-errors-"))
try:
    shutil.copytree(good, "good", ignore=shutil.ignore_patterns("golden"))
    subprocess.run([f"{programs}/facet-compile", "good", "-o", "good.facet", "--target", "x86-64-v3"], check=True)
    failures = []
    for name, command, message in ROWS:
        name, command, message = name.strip("`"), command.strip("`"), message.strip("`")
        inputs.MAKERS.pop(name)()
        if name == "mounted-noexec" and not can_mount():
            print(f"{name}: skipped, cannot mount")
        elif (found := said(name, command)) != (1, [message]):
            failures.append(name)
            print(f"{name}: expected {message!r}\n{' ' * len(name)}     found {found}")
    print(f"{len(ROWS)} bad inputs, {len(failures)} with another message")
    if failures or inputs.MAKERS or len(ROWS) < 30:
        sys.exit(f"not in the table: {sorted(inputs.MAKERS)}")
finally:
    shutil.rmtree(os.getcwd())
