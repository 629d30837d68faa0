"""A model of more than 2 GiB in the executable: run by hand, for it takes about 8 GB of disk and minutes.

    python3 large_library.py COMPILE CONFIG.json INSTALL_PREFIX DIRECTORY

Compiles a checkpoint with a per-layer table of 131,072 rows (CONFIG is E2B's, made small but for the table) into a library
with its weights, links examples/ids.c with it by every linker that is there, and runs the program.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

compiler, config, prefix, directory = sys.argv[1:5]
source = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(source / "test/compiler/memory"))
from checkpoint import write_checkpoint


def link(folder, linker):
    program = folder / "ids"
    start = time.time()
    subprocess.run(["clang-22", f"-fuse-ld={linker}", source / "examples/ids.c", f"-I{folder}", f"-I{prefix}/include",
                    folder / "libinside.a", f"{prefix}/lib/libfacet.a", "-pthread", "-lm", "-o", program], check=True)
    linked = time.time()
    output = subprocess.run([program, "2", "5", "7"], check=True, capture_output=True, text=True).stdout
    assert output.split(), "the program said nothing"
    print(f"{linker}: {program.stat().st_size} bytes, linked in {linked - start:.0f} s, ran in {time.time() - linked:.1f} s")


with tempfile.TemporaryDirectory(dir=directory, prefix="large-") as name:
    folder = pathlib.Path(name)
    size = write_checkpoint(config, 131072, name)
    subprocess.run([compiler, name, "-o", name, "--emit", "lib", "--name", "inside", "--embed-weights", "--target", "native"],
                   check=True)
    print(f"libinside.a: {os.path.getsize(folder / 'libinside.a')} bytes of {size} in the checkpoint")
    for linker in "lld", "bfd", "gold":
        if linker == "lld" or shutil.which(f"ld.{linker}"):
            link(folder, linker)
