"""Checks a file of facet run --collect-importance against a checkpoint: check_importance.py FILE CHECKPOINT TOKENS.

Layout, sizes and counts; that sums are symmetric; and what a norm makes of its input: after x / rms(x) * w, the sum of
(x_i / w_i)^2 over the columns is their number, whatever the row."""
import array
import json
import struct
import sys


def read_tensor(path, name):
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        info = json.loads(file.read(size))[name]
        assert info["dtype"] == "BF16"
        begin, end = info["data_offsets"]
        file.seek(8 + size + begin)
        halves = array.array("H", file.read(end - begin))
    return [struct.unpack("<f", struct.pack("<I", half << 16))[0] for half in halves]


def read_entries(data):
    magic, version, count, block, reserved, size = struct.unpack_from("<8sIIIIQ", data)
    assert (magic, version, reserved, size) == (b"FACETIMP", 1, 0, len(data))
    entries, at = {}, 32
    expected = at + count * 128
    for _ in range(count):
        name, columns, matrices, offset = struct.unpack_from("<112sIIQ", data, at)
        assert offset == expected
        sides = [min(block, columns - begin) for begin in range(0, columns, block)]
        floats = sum(side * side for side in sides)
        rows = struct.unpack_from(f"<{matrices}Q", data, offset)
        sums = array.array("f", data[offset + 8 * matrices : offset + 8 * matrices + 4 * floats * matrices])
        entries[name.rstrip(b"\0").decode()] = (columns, rows, sides, sums)
        expected += 8 * matrices + 4 * floats * matrices
        at += 128
    assert expected == size
    return entries


def main(path, checkpoint, tokens):
    config = json.load(open(checkpoint + "/config.json"))["text_config"]
    entries = read_entries(open(path, "rb").read())
    choices = config.get("top_k_experts") or 0
    for name, (columns, rows, sides, sums) in entries.items():
        assert sum(rows) == tokens * (choices if len(rows) > 1 else 1), (name, rows)
        for i in range(0, sides[0], 7):
            assert sums[i * sides[0] + i] >= 0
            for j in range(0, i, 5):
                assert sums[i * sides[0] + j] == sums[j * sides[0] + i], name
    norm = read_tensor(checkpoint + "/model.safetensors", "model.language_model.layers.0.input_layernorm.weight")
    columns, rows, sides, sums = entries["layers.0.q_k_v"]
    assert columns == len(norm) == sides[0]
    energy = sum(sums[i * columns + i] / norm[i] ** 2 for i in range(columns))
    # Additions of f32, one a row, are off by half an ulp each; epsilon shortens the rows a little.
    assert abs(energy / (columns * tokens) - 1) < tokens * 2**-24 + 1e-3, energy
    print(len(entries), "weights")


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
