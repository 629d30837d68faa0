"""Names and shapes of a text decoder's tensors by its config, and configs with fewer layers."""


def text_tensors(c):
    """Yields (name, shape) of each tensor, names without the prefix of the model."""
    hidden, layers, heads = c["hidden_size"], c["num_hidden_layers"], c["num_attention_heads"]
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
        global_heads = c.get("num_global_key_value_heads") if key_is_value else None
        kv = (global_heads or c["num_key_value_heads"]) * dim
        inner = c["intermediate_size"] * (2 if c.get("use_double_wide_mlp") and i >= first_shared else 1)
        for norm in ("input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm"):
            yield p + norm + ".weight", [hidden]
        yield p + "layer_scalar", [1]
        yield p + "self_attn.q_proj.weight", [heads * dim, hidden]
        yield p + "self_attn.q_norm.weight", [dim]
        yield p + "self_attn.o_proj.weight", [hidden, heads * dim]
        if i < first_shared:
            yield p + "self_attn.k_proj.weight", [kv, hidden]
            yield p + "self_attn.k_norm.weight", [dim]
            if not key_is_value:
                yield p + "self_attn.v_proj.weight", [kv, hidden]
        yield p + "mlp.gate_proj.weight", [inner, hidden]
        yield p + "mlp.up_proj.weight", [inner, hidden]
        yield p + "mlp.down_proj.weight", [hidden, inner]
        if ple:
            yield p + "per_layer_input_gate.weight", [ple, hidden]
            yield p + "per_layer_projection.weight", [hidden, ple]
            yield p + "post_per_layer_input_norm.weight", [hidden]
        if c.get("enable_moe_block"):
            yield from ((p + name, shape) for name, shape in expert_tensors(c))


def expert_tensors(c):
    hidden, experts = c["hidden_size"], c["num_experts"]
    width = c.get("moe_intermediate_size") or c["expert_intermediate_size"]
    for norm in ("pre_feedforward_layernorm_2", "post_feedforward_layernorm_1", "post_feedforward_layernorm_2"):
        yield norm + ".weight", [hidden]
    yield "router.proj.weight", [experts, hidden]
    yield "router.scale", [hidden]
    yield "router.per_expert_scale", [experts]
    yield "experts.gate_up_proj", [experts, 2 * width, hidden]
    yield "experts.down_proj", [experts, hidden, width]


def first_layers(types, count):
    """The first `count`; where no layer among them sees all keys, the last one does instead."""
    types = types[:count]
    if "full_attention" not in types and count > 1:
        types[-1] = "full_attention"
    return types


def cut_layers(c, count):
    """Leaves `count` layers: as large a share of them reads another's K/V as before, and those that own K/V are of
    both kinds (two and more layers), so that each reader finds an owner of its kind."""
    layers, shared = c["num_hidden_layers"], c.get("num_kv_shared_layers") or 0
    if not 1 <= count <= layers:
        raise SystemExit(f"--layers: expected 1 to {layers}, got {count}")
    if c.get("per_layer_config"):
        raise SystemExit("--layers: config.json has a per_layer_config, which names layers; remove it")
    owners = layers - shared
    kept_shared = max(0, min(round(shared * count / layers), count - 2))
    kept = count - kept_shared
    c["layer_types"] = first_layers(c["layer_types"][:owners], kept) + first_layers(c["layer_types"][owners:], kept_shared)
    c.update(num_hidden_layers=count)
    if shared:
        c.update(num_kv_shared_layers=kept_shared)
