"""Damages an artifact in many ways and runs each: damaged.py MODEL.facet OUT.facet COMMAND OUT.facet ...

Prints a line each: what was done, the exit code, the last line that was said. Kinds and offsets are those of runtime/artifact_format.h.
"""
import struct
import subprocess
import sys

source, damaged, *command = sys.argv[1:]
whole = open(source, "rb").read()
SECTION = struct.Struct("<IIQQ32s")
NAMES = ("", "model", "strings", "variants", "code", "kernels", "entries", "dispatches", "operands", "waits", "kv", "streams",
         "weights", "weight hashes", "weight table", "tokenizer", "template", "metadata", "kernel entries")


def run(what, data, *options):
    with open(damaged, "wb") as file:
        file.write(data)
    result = subprocess.run([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    print(f"{what}: exit {result.returncode}: {result.stdout.splitlines()[-1]}", flush=True)


def flipped(at):
    data = bytearray(whole)
    data[at] ^= 16
    return data


sections = [SECTION.unpack_from(whole, 56 + i * SECTION.size) for i in range(struct.unpack_from("<I", whole, 12)[0])]
for kind, _, offset, size, _ in sorted(sections):
    if NAMES[kind] == "weights":
        for verify in ("auto", "always"):
            run(f"bit of weights with {verify}", flipped(offset + size // 2), "--verify", verify)
    else:
        run(f"bit of {NAMES[kind]}", flipped(offset + size // 2), "--verify", "auto")
run("bit of header", flipped(100))
run("bit between sections", flipped(4096 + 200))
run("half", whole[: len(whole) // 2])
run("some of the header", whole[:100])
run("more", whole + bytes(4096))
run("other ABI", whole[:8] + struct.pack("<I", 99) + whole[12:])
run("other magic", b"NOPE" + whole[4:])
