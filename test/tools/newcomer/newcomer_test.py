"""What newcomers type wrong: runs each command of cases.txt and compares exit status and the last line of standard
error, word for word. DIR stands for the working directory.

    python3 newcomer_test.py BIN_DIR CHECKPOINT CASES           compares
    python3 newcomer_test.py BIN_DIR CHECKPOINT CASES --print   prints what is said now, to be read and judged
"""
import os
import shutil
import subprocess
import sys
import tempfile

programs, checkpoint, table = map(os.path.abspath, sys.argv[1:4])


def parse(path):
    lines = [line.rstrip("\n") for line in open(path) if line.strip() and not line.startswith("#")]
    pairs = list(zip(lines[::2], lines[1::2]))
    assert all(command.startswith("$ ") for command, _ in pairs), "expected pairs of '$ command' and 'status message'"
    return [(command[2:], answer) for command, answer in pairs]


def prepare():
    """What the commands meet: a checkpoint, its artifact, and things that are neither."""
    shutil.copytree(checkpoint, "gemma", ignore=shutil.ignore_patterns("golden"))
    subprocess.run([f"{programs}/facet-compile", "gemma", "-o", "model.facet", "--target", "x86-64-v3"], check=True)
    for name, without in (("no-tokenizer", "tokenizer.json"), ("no-config", "config.json"), ("no-weights", "model.safetensors")):
        shutil.copytree("gemma", name)
        os.remove(f"{name}/{without}")
    os.makedirs("folder")
    open("empty.facet", "w").close()
    open("notes.txt", "w").write("Tell me a story.\n")
    open("model.gguf", "wb").write(b"GGUF" + bytes(64))
    hub = "hf/hub/models--google--tiny"
    os.makedirs(f"{hub}/refs")
    open(f"{hub}/refs/main", "w").write("0123abc")
    shutil.copytree("gemma", f"{hub}/snapshots/0123abc")
    shutil.copytree(hub, "hf/hub/models--google--stray")
    os.remove("hf/hub/models--google--stray/snapshots/0123abc/tokenizer.json")
    os.symlink(os.path.abspath("gemma/tokenizer.json"), "hf/hub/models--google--stray/snapshots/0123abc/tokenizer.json")
    linked = "xdg/huggingface/hub/models--google--linked"  # as downloads are: names that lead to blobs
    os.makedirs(f"{linked}/refs")
    os.makedirs(f"{linked}/snapshots/0123abc")
    open(f"{linked}/refs/main", "w").write("0123abc")
    shutil.copytree("gemma", f"{linked}/blobs")
    for name in os.listdir("gemma"):
        os.symlink(f"../../blobs/{name}", f"{linked}/snapshots/0123abc/{name}")


def said(command):
    environment = {"PATH": programs + os.pathsep + os.environ["PATH"], "HOME": os.getcwd(), "HF_HOME": os.path.abspath("hf")}
    run = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, env=environment, timeout=120)
    last = run.stderr.decode(errors="replace").strip().splitlines()[-1:]
    return f"{run.returncode} {last[0] if last else ''}".rstrip().replace(os.getcwd(), "DIR")


with tempfile.TemporaryDirectory(prefix="facet-newcomer-") as folder:
    os.chdir(folder)
    prepare()
    wrong = 0
    cases = parse(table)
    for command, expected in cases:
        found = said(command)
        if sys.argv[4:]:
            print(f"$ {command}\n{found}\n")
        elif found != expected:
            wrong += 1
            print(f"$ {command}\n  expected {expected}\n  found    {found}")
    os.chdir("/")
print(f"{len(cases)} cases, {wrong} with another answer")
sys.exit(wrong > 0 or len(cases) < 100)
