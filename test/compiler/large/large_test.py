"""Weights of more than 2 GiB link into a program: for x86-64 and AArch64 by lld.

    python3 large_test.py LARGE_OBJECT CLANG DIRECTORY

Writes a program of 2 GiB at a time, to memory where there is enough, else to DIRECTORY; ends with 77 where that has less
than 8 GB free. The AArch64 program runs where qemu-aarch64 is installed.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

writer, clang, directory = sys.argv[1:]
BYTES = (2 << 30) + (1 << 24) + 1
# e_machine and how to link: without a C library, so that no system of the other machine is needed.
MACHINES = {"x86_64": (62, ["-fpie", "-pie"]), "aarch64": (183, ["-fno-pie", "-static"])}


def run(*command):
    subprocess.run([str(word) for word in command], check=True)


def emulator(machine):
    """The words before a program of this machine; None where there is no way to run it."""
    if machine == "x86_64":
        return []
    found = shutil.which("qemu-aarch64") or shutil.which("qemu-aarch64-static")
    return [found] if found else None


def place():
    """A directory for the programs, or None."""
    memory = pathlib.Path("/dev/shm")
    available = int(re.search(r"MemAvailable: +(\d+)", pathlib.Path("/proc/meminfo").read_text())[1]) << 10
    if memory.is_dir() and shutil.disk_usage(memory).free > 4 << 30 and available > 8 << 30:
        return memory
    return directory if shutil.disk_usage(directory).free > 8 << 30 else None


def link(folder, machine):
    program, start = folder / "program", time.time()
    run(clang, f"--target={machine}-linux-gnu", "-fuse-ld=lld", "-O1", "-ffreestanding", *MACHINES[machine][1], "-nostdlib",
        f"-DBYTES={BYTES}ull", pathlib.Path(__file__).with_name("program.c"), folder / "weights.o", "-o", program)
    before = emulator(machine)
    if before is not None:
        run(*before, program)
    print(f"{machine}: {time.time() - start:.1f} s, {'not ' if before is None else ''}run")
    program.unlink()


parent = place()
if parent is None:
    print("not enough memory or disk")
    sys.exit(77)
with tempfile.TemporaryDirectory(dir=parent, prefix="large-") as name:
    folder = pathlib.Path(name)
    for machine, (number, _) in MACHINES.items():
        run(writer, number, BYTES, folder / "weights.o")
        link(folder, machine)
