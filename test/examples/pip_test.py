"""`pip install .` of the Python package into an environment of its own, without the network: what it installs generates.

    python3 pip_test.py SOURCE_DIR ARTIFACT

Needs FACET_LIBRARY. Ends with 77 where the build of a package has not what it needs.
"""
import importlib.util
import pathlib
import shutil
import subprocess
import sys
import tempfile

PROGRAM = """
import facet, sys
assert facet.__file__.startswith(sys.prefix), facet.__file__
with facet.Model(sys.argv[1]) as model, model.session() as session:
    pieces = session.chat([{"role": "user", "content": "Tell me a story about a fox."}], max_tokens=20, greedy=True)
    print("".join(piece.text for piece in pieces))
"""
missing = [name for name in ("pip", "setuptools", "wheel", "venv", "numpy") if not importlib.util.find_spec(name)]
if missing:
    print("not installed:", *missing)
    sys.exit(77)


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    assert done.returncode == 0, (command, done.stdout)
    return done.stdout


source, artifact = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
with tempfile.TemporaryDirectory(prefix="facet-pip-") as name:
    folder = pathlib.Path(name)
    shutil.copytree(source / "python", folder / "python")  # setuptools writes beside its sources
    run(sys.executable, "-m", "venv", "--system-site-packages", "--without-pip", folder / "env")
    python = folder / "env/bin/python"
    run(python, "-m", "pip", "install", "--no-build-isolation", "--no-index", "--no-cache-dir", ".", cwd=folder / "python")
    story = run(python, "-c", PROGRAM, artifact, cwd=folder)
    assert story.startswith("Once"), story
    assert list(folder.glob("env/lib/python3*/site-packages/facet/py.typed")), "no py.typed: type checkers would not look"
    run(python, "-m", "pip", "uninstall", "--yes", "facet-runtime", cwd=folder)
print("passed")
