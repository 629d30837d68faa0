"""Checks `bytes_per_token` of facet bench (JSON lines on standard input, depths ascending) against facet inspect.

    python3 bench-bytes.py INSPECT MODEL
"""
import json
import subprocess
import sys

inspect, model = sys.argv[1:]
records = [json.loads(line) for line in subprocess.check_output([inspect, model, "--json"], text=True).splitlines()]
kinds = {r["name"]: r for r in records if r["record"] == "kv"}
readers = {"sliding": 0, "full": 0}  # layers that attend, whether they own K/V or share it
for r in records:
    if r["record"] == "dispatch" and r["kernel"].startswith("attention_") and "merge" not in r["kernel"]:
        readers["sliding" if "window" in r["kernel"] else "full"] += 1
shallow, near, deep = (json.loads(line)["bytes_per_token"] for line in sys.stdin)


def keys(depth):
    total = 0
    for name, layers in readers.items():
        kind = kinds[name]
        seen = min(depth + 1, kind["window"] or depth + 1)
        total += layers * seen * kind["bytes_per_position"] // kind["streams"]
    return total


weights = sum(r["bytes"] for r in records if r["record"] == "section" and r["name"] == "weights")
rest = shallow - keys(0)
# Every weight once and, of the per-layer table (1280 x 320 of f32), a row; the slack is for padding and for vectors
# that two dispatches read.
print("weights", "agree" if abs(weights - 1279 * 320 * 4 - rest) < 4096 else f"differ: {weights} {rest}")
print("keys and values", "agree" if (near - shallow, deep - shallow) == (keys(10) - keys(0), keys(1000) - keys(0)) else "differ")
