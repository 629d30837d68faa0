"""A tuning database for any small model, of the conditions of DB: python3 odd-tuning.py DB > FILE."""
import sys

for line in open(sys.argv[1]):
    if line.split(" ")[0] in ("machine", "compiler", "target"):
        print(line, end="")
for n in range(4, 13):
    for k in range(4, 11):
        print(f"linear n{2**n} k{2**k} bf16: row_tile=7 unroll=2 thin_unroll=8 prefetch=256")
