"""Prints the pipeline of each phase, and whether facet-opt reads back what it prints: phase-pipelines.py FACET_OPT

On an empty module, which some passes refuse: the pipeline comes first.
"""
import subprocess
import sys


def pipeline(option):
    run = subprocess.run([sys.argv[1], option, "--dump-pass-pipeline"], input="module {}", capture_output=True, text=True)
    begin, end = run.stderr.find("builtin.module("), run.stderr.find("\n)\n")
    return "".join(line.strip() for line in run.stderr[begin : end + 2].splitlines()) if begin >= 0 else run.stderr


for phase in ("fuse", "quantize", "tile", "plan", "lower", "target"):
    printed = pipeline(f"--facet-phase-{phase}")
    again = pipeline(f"--pass-pipeline={printed}")
    print(phase, printed if again == printed else again)
