"""A config that the frontend accepts and no kernel can hold: its experts' matrices end within a panel of 32 rows.

    half-panels.py PUBLISHED_26B.json > config.json
"""
import json
import sys

config = json.load(open(sys.argv[1]))
config["text_config"].update(hidden_size=48, intermediate_size=48, moe_intermediate_size=16, head_dim=32,
                             global_head_dim=64, num_attention_heads=8, vocab_size=4096)
json.dump(config, sys.stdout)
