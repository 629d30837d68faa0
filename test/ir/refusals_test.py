"""What verifiers and passes refuse is shown by a test: each message of theirs, each numbered constraint of an op
(test/ir/<op>.mlir has <op>_c<n>), and each pass (test/passes/<phase>/<pass>.mlir).

    python3 refusals_test.py SOURCE_DIR
"""
import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1]).resolve()
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
# The name of what speaks is no message; a statement ends at a semicolon outside of literals.
STATEMENT = re.compile(rf'(?:emitOpError|emitError|remarkMissed\(\w[^,]*, "\w+",)((?:[^;"]|{LITERAL})*);')


def messages(path):
    """Line and text of each message: the longest literal, as C++ joins neighbours, of those between << or : and so on."""
    code = re.sub(r"//.*$", "", path.read_text(), flags=re.M)
    for found in STATEMENT.finditer(code):
        runs = re.findall(rf"{LITERAL}(?:\s*{LITERAL})*", found[1])
        said = ["".join(part[1:-1] for part in re.findall(LITERAL, run)).replace(r"\"", '"') for run in runs]
        if said:
            yield code.count("\n", 0, found.start()) + 1, re.sub(r",? got\W*$", "", max(said, key=len)).strip()


def constraints():
    """Op and number of each (C1), (C2), ... of the documentation."""
    for path in (source / "ir").glob("*.td"):
        for part in re.split(r'^def Facet_\w+ : Facet_(?=Op|UnaryOp)', path.read_text(), flags=re.M)[1:]:
            yield from ((re.search(r'"(\w+)"', part)[1], number) for number in re.findall(r"- \(C(\d+)\)", part))


tests = {path: path.read_text() for end in ("mlir", "test", "cpp", "py") for path in (source / "test").rglob(f"*.{end}")}
count, problems = 0, []
for path in (path for folder in ("ir", "passes", "targets") for path in (source / folder).rglob("*.cpp")):
    for line, message in messages(path):
        count += 1
        if not any(message in text for text in tests.values()):
            problems.append(f"{path.relative_to(source)}:{line}: no test expects '{message}'")
for op, number in constraints():
    count += 1
    if f"@{op}_c{number}" not in tests.get(source / f"test/ir/{op}.mlir", ""):
        problems.append(f"test/ir/{op}.mlir: no {op}_c{number}")
for name in re.findall(r'FacetPass<"([\w-]+)"', (source / "passes/Passes.td").read_text()):
    count += 1
    if not any(path.stem == name and f"-facet-{name}" in text for path, text in tests.items()):
        problems.append(f"test/passes: no {name}.mlir")
    file = "".join(map(str.capitalize, name.split("-"))) + ".cpp"
    if not any(f"GEN_PASS_DEF_{name.replace('-', '').upper()}\n" in path.read_text() for path in (source / "passes").rglob(file)):
        problems.append(f"passes: no {file} that defines {name}")
print(f"{count} messages, constraints and passes, {len(problems)} without a test", *problems, sep="\n")
sys.exit(bool(problems) or count < 100)
