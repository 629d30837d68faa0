"""Rounds a checkpoint by the rule of GGUF's Q4_0, for comparison.

    python3 q4_0.py CHECKPOINT_DIR OUT_DIR

Each matrix that --weights q4 stores in 4 bits is rounded, a group of 32 columns at a time: the scale is the value of
greatest magnitude / -8, in f16; integers are trunc(x / scale + 8.5), 15 at most. Facet recovers such groups to the bit,
so that the copy compiled with --weights q4 is that model, run by the same kernels. One bf16 safetensors file.
"""
import array
import json
import os
import re
import shutil
import struct
import sys

KEPT = re.compile(r"embed_tokens|per_layer_model_projection|router|norm|scal")


def f32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def half(x):
    return struct.unpack("<e", struct.pack("<e", x))[0]


def to_bf16(x):
    bits = struct.unpack("<I", struct.pack("<f", x))[0]
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16


def round_group(x):
    scale = f32(max(x, key=abs) / -8)
    inverse = f32(1 / scale) if scale else 0.0
    return [(min(15, int(f32(f32(v * inverse) + 8.5))) - 8) * half(scale) for v in x]


def main(source, target):
    shutil.copytree(source, target, dirs_exist_ok=True)
    path = os.path.join(target, "model.safetensors")
    os.chmod(path, 0o644)
    data = bytearray(open(path, "rb").read())
    header_size = struct.unpack("<Q", data[:8])[0]
    base = 8 + header_size
    for name, tensor in json.loads(data[8:base]).items():
        if name == "__metadata__" or "tower" in name or KEPT.search(name) or not name.startswith("model."):
            continue
        if len(tensor["shape"]) < 2 or tensor["shape"][-1] % 32 or ".layers." not in name:
            continue
        begin, end = (base + offset for offset in tensor["data_offsets"])
        stored = array.array("H", bytes(data[begin:end]))
        values = array.array("f", struct.pack(f"<{len(stored)}I", *(v << 16 for v in stored)))
        rounded = [v for g in range(0, len(values), 32) for v in round_group(values[g:g + 32])]
        data[begin:end] = struct.pack(f"<{len(rounded)}H", *map(to_bf16, rounded))
    open(path, "wb").write(data)


main(*sys.argv[1:])
