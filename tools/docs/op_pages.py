"""docs/dialect.md and a page for each op in docs/dialect, cut from the one page that mlir-tblgen makes of ir/*.td.

    python3 op_pages.py DIALECT_MD SOURCE_DIR DOCS_DIR [check]

`check` writes nothing and fails if anything would change.
"""
import pathlib
import re
import sys

IN_TEST_OF = {"facet.yield": "facet.group"}
NOTE = "<!-- generated from ir/*.td by the target dialect-doc -->\n\n"


def cut(text):
    """What comes before the ops, each op's section by its name, and what comes after them."""
    before, rest = text.split("## Operations\n", 1)
    sections = re.split(r"^### `(facet\.\w+)`.*\n", re.split(r"^## ", rest, maxsplit=1, flags=re.M)[0], flags=re.M)
    after = rest[len(re.split(r"^## ", rest, maxsplit=1, flags=re.M)[0]):]
    return before, dict(zip(sections[1::2], sections[2::2])), after


def example(path):
    """The first case of a lit test, without what it checks."""
    case = path.read_text().split("\n// -----\n")[0]
    return re.sub(r"^ *//.*\n", "", case, flags=re.M).strip()


def op_page(source, name, section):
    test = f"test/ir/{IN_TEST_OF.get(name, name).removeprefix('facet.')}.mlir"
    body = re.sub(r"^#### (\w+):$", r"## \1", section.strip(), flags=re.M)
    return (f"# {name}\n\n{NOTE}{body}\n\n## Example\n\n```mlir\n{example(source / test)}\n```\n\n"
            f"From `{test}`, which also has what each constraint refuses. [All ops](../dialect.md).\n")


def pages(text, source):
    before, ops, after = cut(text)
    summaries = {name: re.search(r"_(.+)_", section)[1] for name, section in ops.items()}
    index = "".join(f"- [{name}](dialect/{name.removeprefix('facet.')}.md): {summary}\n" for name, summary in summaries.items())
    introduction = re.sub(r"<!--.*?-->\n\n|\[TOC\]\n\n", "", before)
    found = {"dialect.md": NOTE + introduction + "## Operations\n\n" + index + "\n" + after.rstrip() + "\n"}
    return found | {f"dialect/{name.removeprefix('facet.')}.md": op_page(source, name, section) for name, section in ops.items()}


def main(dialect, source, docs, check=None):
    docs = pathlib.Path(docs)
    wanted = pages(pathlib.Path(dialect).read_text(), pathlib.Path(source))
    present = {str(path.relative_to(docs)): path for path in [docs / "dialect.md", *docs.glob("dialect/*.md")] if path.exists()}
    if check:
        stale = sorted(name for name in wanted | present if name not in present or wanted.get(name) != present[name].read_text())
        sys.exit(f"stale in {docs}: {', '.join(stale)}; build the target dialect-doc and commit them" if stale else 0)
    (docs / "dialect").mkdir(exist_ok=True)
    for name in present.keys() - wanted.keys():
        present[name].unlink()
    for name, text in wanted.items():
        (docs / name).write_text(text)


main(*sys.argv[1:])
