"""The repository's Markdown, as the tests of this folder read it."""
import pathlib
import re

FENCE = re.compile(r"^ *```(\w*)")


def pages(source):
    """All .md files, but of hidden folders and builds."""
    root = pathlib.Path(source)
    for path in sorted(root.rglob("*.md")):
        folders = path.relative_to(root).parts[:-1]
        if not any(name.startswith((".", "build")) for name in folders):
            yield path


def lines(text):
    """Each line's number, text, and whether it is in a code block or fences one."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        yield number, line, inside or bool(fence)
        inside ^= bool(fence)


def blocks(text, language):
    """Each code block: the number of its first line, the reason not to run it or None, its text."""
    before, start, body = "", None, []
    for number, line in enumerate(text.splitlines(), 1):
        if start is None and FENCE.match(line):
            start, wanted, body = number + 1, FENCE.match(line)[1] == language, []
        elif start is not None and FENCE.match(line):
            if wanted:
                reason = re.fullmatch(r"<!-- not run: (.+) -->", before)
                yield start, reason and reason[1], "\n".join(body) + "\n"
            start = None
        elif start is not None:
            body.append(line)
        if start is None and line.strip():
            before = line.strip()
