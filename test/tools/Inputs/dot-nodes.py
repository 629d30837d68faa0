"""Draws a graph with Graphviz, where it is installed: the picture has a box for each node and a line for each edge.

    python3 dot-nodes.py FILE.dot
"""
import re
import shutil
import subprocess
import sys

if not shutil.which("dot"):
    sys.exit(0)
graph = open(sys.argv[1]).read()
picture = subprocess.run(["dot", "-Tsvg", sys.argv[1]], check=True, capture_output=True, text=True).stdout
wanted = (len(re.findall(r"^  d\d+ \[", graph, re.M)), len(re.findall(r"^  d\d+ -> ", graph, re.M)))
found = (picture.count('class="node"'), picture.count('class="edge"'))
if wanted != found or 0 in wanted:
    sys.exit(f"nodes and edges: {wanted} in the file, {found} in the picture")
