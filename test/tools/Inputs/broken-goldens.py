# Copies a golden folder and breaks one thing of each kind in it.
import json
import os
import struct
import sys

source, dest = sys.argv[1:3]


def copy(name, change):
    with open(os.path.join(source, name), encoding="utf-8") as file:
        value = json.load(file)
    change(value)
    with open(os.path.join(dest, name), "w", encoding="utf-8") as file:
        json.dump(value, file)


def cases(c):
    c[0]["greedy_ids"][2] += 1
    c[1]["prompt"] += "x"
    c[2]["input_ids"][0] = 9999
    c[3]["logit_rows"][0] = 100000


copy("cases.json", cases)
copy("tokenizer_cases.json", lambda c: c[3]["ids"].__setitem__(0, c[3]["ids"][0] + 1))
copy("perplexity.json", lambda p: p.update(answer_nll=p["answer_nll"] * 1.0002))
data = bytearray(open(os.path.join(source, "tensors.safetensors"), "rb").read())
size = struct.unpack("<Q", data[:8])[0]
header = json.loads(data[8 : 8 + size])
at = 8 + size + header["needle.hidden"]["data_offsets"][0] + 192 * 4 * 3  # the row after layer 3
data[at : at + 4] = struct.pack("<f", 3.0)
with open(os.path.join(dest, "tensors.safetensors"), "wb") as file:
    file.write(data)
