"""The C headers say at each function, in the comment right above it, on which thread it may be called.

    python3 headers_test.py HEADER...
"""
import pathlib
import re
import sys

COMMENT = r"(/\*(?:[^*]|\*(?!/))*\*/\n)?"
FUNCTION = re.compile(rf"^{COMMENT}(?!typedef)[a-z][\w *]*?\b(facet_\w+)\([^;{{}}]*\);", re.M)
RULE = re.compile(r"(\bany|'s|\bno other)( \*)? thread\b", re.I)

functions = [(path, *found) for path in sys.argv[1:] for found in FUNCTION.findall(pathlib.Path(path).read_text())]
silent = [f"{path}: {name}: no word on threads" for path, comment, name in functions if not RULE.search(" ".join(comment.split()))]
print(f"{len(functions)} functions, {len(silent)} without a rule", *silent, sep="\n")
sys.exit(bool(silent) or len(functions) < 60)
