"""A sparse checkpoint of zeros with E2B's per-layer table of any number of rows, and all else small."""
import json
import math
import os
import pathlib
import shutil
import struct
import sys

TEST = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(TEST / "bench" / "synth"))
from shapes import text_tensors


def write_checkpoint(source, rows, out):
    """Writes to folder `out`; `source` is E2B's config.json. Returns the bytes of all tensors."""
    config = json.load(open(source))
    text = config["text_config"]
    text.update(hidden_size=64, intermediate_size=64, num_attention_heads=2, head_dim=32, global_head_dim=64,
                vocab_size=rows, vocab_size_per_layer_input=rows)
    config.update(vision_config=None, audio_config=None)
    json.dump(config, open(os.path.join(out, "config.json"), "w"))
    header, at = {}, 0
    for name, shape in text_tensors(text):
        size = 2 * math.prod(shape)
        header["model.language_model." + name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    raw = json.dumps(header).encode()
    with open(os.path.join(out, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(raw)) + raw)
        file.truncate(file.tell() + at)
    shutil.copy(TEST / "models" / "gemma4-nano-e" / "tokenizer.json", out)
    return at
