"""Writes a .facet file of two sections, template and metadata: template-artifact.py OUT [DAMAGE]

DAMAGE: "outside" puts the template past the end of the file, "tokens" leaves the special tokens out, "empty" the template.
"""
import os
import re
import struct
import sys

PAGE, TEMPLATE, METADATA = 4096, 16, 17
RUNTIME = os.path.join(os.path.dirname(__file__), "../../../runtime")
ABI = int(re.search(r"FACET_ABI_VERSION (\d+)", open(f"{RUNTIME}/abi.h").read())[1])
damage = sys.argv[2] if len(sys.argv) > 2 else ""
source = b"" if damage == "empty" else b"{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}"
metadata = b"{}" if damage == "tokens" else b'{"special_tokens": {"bos_token": "<bos>"}}'
sections = [(TEMPLATE, PAGE * 9 if damage == "outside" else PAGE, source), (METADATA, 2 * PAGE, metadata)]
header = b"FACETAOT" + struct.pack("<IIQ", ABI, len(sections), 3 * PAGE) + bytes(32)
for kind, offset, data in sections:
    header += struct.pack("<IIQQ", kind, 0, offset, len(data)) + bytes(32)
pad = lambda data: data + bytes(PAGE - len(data))
open(sys.argv[1], "wb").write(pad(header) + pad(source) + pad(metadata))
