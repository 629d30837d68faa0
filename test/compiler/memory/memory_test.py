"""Compiles a checkpoint with E2B's per-layer table of ROWS rows, 17,920 bytes each, in 512 MB of memory, and checks
that what was read of it is dropped from the system's cache.

    python3 memory_test.py COMPILE CONFIG.json ROWS DIRECTORY

CONFIG is E2B's; all but the table is made small. The checkpoint is sparse, the artifact is not: it needs its room in
DIRECTORY, for as long as the test runs; without that, exit status 77. RLIMIT_DATA is the judge: it bounds what the
process may map privately and writable, whether touched or not, so no peak passes it by. The peak of RssAnon is printed
beside it. Standard error is a terminal, for the bar of progress.
"""
import ctypes
import mmap
import os
import pty
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from checkpoint import write_checkpoint

LIMIT = 512 << 20
KEPT = 32 << 20  # of the checkpoint in the system's cache: the last blocks, and what it read ahead

compiler, source, rows, directory = sys.argv[1:5]


def listen(terminal, said):
    """Takes what is written to a terminal until nobody has it open."""
    try:
        while part := os.read(terminal, 4096):
            said += part
    except OSError:
        pass


def anonymous(pid):
    try:
        status = open(f"/proc/{pid}/status").read()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("RssAnon")), 0)


def cached(path):
    """Bytes of a file in the system's cache."""
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        pages = (len(mapped) + mmap.PAGESIZE - 1) // mmap.PAGESIZE
        resident = (ctypes.c_ubyte * pages)()
        start = ctypes.c_char.from_buffer(mapped)
        status = ctypes.CDLL(None, use_errno=True).mincore(ctypes.byref(start), ctypes.c_size_t(len(mapped)), resident)
        del start  # or the mapping cannot be closed
        if status:
            sys.exit(f"mincore: {os.strerror(ctypes.get_errno())}")
        return sum(byte & 1 for byte in resident) * mmap.PAGESIZE


with tempfile.TemporaryDirectory(dir=directory, prefix="memory-") as folder:
    size = write_checkpoint(source, int(rows), folder)
    artifact = os.path.join(folder, "model.facet")
    if shutil.disk_usage(folder).free < 1.1 * size:
        print(f"skipped: {size >> 20} MB of disk are not free")
        sys.exit(77)
    start, peak = time.time(), 0
    terminal, its_end = pty.openpty()
    process = subprocess.Popen([compiler, folder, "-o", artifact, "--target", "x86-64-v3"], stderr=its_end,
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT)))
    os.close(its_end)
    said = bytearray()
    listener = threading.Thread(target=listen, args=(terminal, said))
    listener.start()
    while process.poll() is None:
        peak = max(peak, anonymous(process.pid))
        time.sleep(0.01)
    seconds = time.time() - start
    listener.join()
    if process.returncode:
        sys.exit(f"{said.decode()}facet compile of {size >> 20} MB exited {process.returncode} under a limit of {LIMIT >> 20} MB")
    print(f"{size >> 20} MB of checkpoint, {os.path.getsize(artifact) >> 20} MB of artifact: "
          f"{peak >> 20} MB of anonymous memory at its peak, {seconds:.0f} s")
    kept = cached(os.path.join(folder, "model.safetensors"))
    print(f"{kept >> 20} MB of the checkpoint are left in the system's cache")
    if kept > KEPT:
        sys.exit(f"expected at most {KEPT >> 20} MB of it: what was read should be dropped")
    if seconds > 10 and not (b"packing  [" in said and said.endswith(b"\r\x1b[K")):
        sys.exit(f"expected a bar of progress, erased at the end, found {bytes(said[-200:])}")
    if os.path.getsize(artifact) < size:
        sys.exit("the artifact is smaller than the weights that it should hold")
