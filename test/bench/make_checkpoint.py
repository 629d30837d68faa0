"""Writes a checkpoint of a published shape with random weights, for measuring speed.

    python3 make_checkpoint.py CONFIG.json OUT_DIR

CONFIG is one of test/frontend/configs. Values are normal with deviation 0.02, drawn once for a million and repeated;
norms and scalars are 1. Text tensors only; no tokenizer.
"""
import array
import json
import math
import os
import random
import struct
import sys


def text_tensors(c):
    hidden, layers = c["hidden_size"], c["num_hidden_layers"]
    ple = c.get("hidden_size_per_layer_input") or 0
    first_shared = layers - (c.get("num_kv_shared_layers") or 0)
    yield "embed_tokens.weight", [c["vocab_size"], hidden]
    yield "norm.weight", [hidden]
    if ple:
        yield "embed_tokens_per_layer.weight", [c["vocab_size_per_layer_input"], layers * ple]
        yield "per_layer_model_projection.weight", [layers * ple, hidden]
        yield "per_layer_projection_norm.weight", [ple]
    for i in range(layers):
        p, full = f"layers.{i}.", c["layer_types"][i] == "full_attention"
        dim = c["global_head_dim"] if full else c["head_dim"]
        key_is_value = bool(c.get("attention_k_eq_v")) and full
        kv = (c.get("num_global_key_value_heads") or c["num_key_value_heads"]) if key_is_value else c["num_key_value_heads"]
        inner = c["intermediate_size"] * (2 if c.get("use_double_wide_mlp") and i >= first_shared else 1)
        for norm in ("input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm"):
            yield p + norm + ".weight", [hidden]
        yield p + "layer_scalar", [1]
        yield p + "self_attn.q_proj.weight", [c["num_attention_heads"] * dim, hidden]
        yield p + "self_attn.q_norm.weight", [dim]
        yield p + "self_attn.o_proj.weight", [hidden, c["num_attention_heads"] * dim]
        if i < first_shared:
            yield p + "self_attn.k_proj.weight", [kv * dim, hidden]
            yield p + "self_attn.k_norm.weight", [dim]
            if not key_is_value:
                yield p + "self_attn.v_proj.weight", [kv * dim, hidden]
        yield p + "mlp.gate_proj.weight", [inner, hidden]
        yield p + "mlp.up_proj.weight", [inner, hidden]
        yield p + "mlp.down_proj.weight", [hidden, inner]
        if ple:
            yield p + "per_layer_input_gate.weight", [ple, hidden]
            yield p + "per_layer_projection.weight", [hidden, ple]
            yield p + "post_per_layer_input_norm.weight", [hidden]


def main():
    source, out = sys.argv[1:3]
    config = json.load(open(source))
    text = config.get("text_config", config)
    prefix = "model.language_model." if "text_config" in config else "model."
    os.makedirs(out, exist_ok=True)
    config["vision_config"] = config["audio_config"] = None
    json.dump(config, open(os.path.join(out, "config.json"), "w"))
    header, at = {}, 0
    tensors = list(text_tensors(text))
    for name, shape in tensors:
        size = 2 * math.prod(shape)
        header[prefix + name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    raw = json.dumps(header).encode()
    raw += b" " * (-len(raw) % 8)
    draw = random.Random(1)
    values = array.array("f", (draw.gauss(0, 0.02) for _ in range((1 << 20) - 3)))
    words = array.array("H", (word >> 16 for (word,) in struct.iter_unpack("<I", values.tobytes())))  # bf16
    noise = words.tobytes() * 16
    with open(os.path.join(out, "model.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(raw)) + raw)
        for name, shape in tensors:
            left = 2 * math.prod(shape)
            if len(shape) == 1:
                f.write(struct.pack("<H", 0x3F80) * shape[0])
                continue
            while left:
                part = noise[: min(left, len(noise))]
                f.write(part)
                left -= len(part)


if __name__ == "__main__":
    main()
