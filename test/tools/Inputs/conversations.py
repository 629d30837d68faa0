"""The first conversations of a golden folder's perplexity.json: conversations.py GOLDEN_DIR COUNT."""
import json
import sys

golden = json.load(open(sys.argv[1] + "/perplexity.json"))
golden["conversations"] = golden["conversations"][: int(sys.argv[2])]
json.dump(golden, sys.stdout)
