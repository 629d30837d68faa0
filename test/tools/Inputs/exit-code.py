"""Runs a command and says how it ended: exit-code.py COMMAND ..."""
import subprocess
import sys

print("exit", subprocess.run(sys.argv[1:], stdout=sys.stdout, stderr=sys.stdout).returncode)
