"""Makes the matrices of a published config small, all else as it is: `narrow.py CONFIG.json > OUT.json`."""
import json
import sys

config = json.load(open(sys.argv[1]))
text = config["text_config"]
text.update(hidden_size=64, intermediate_size=96, head_dim=32, global_head_dim=64)
if text["hidden_size_per_layer_input"]:
    text["hidden_size_per_layer_input"] = 16
if text["enable_moe_block"]:
    text["moe_intermediate_size"] = 32
json.dump(config, sys.stdout)
