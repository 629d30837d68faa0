"""docs/messages.md against the sources: each file with messages belongs to one section, and what a section quotes is in
its files.

    python3 messages_test.py SOURCE_DIR
"""
import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1]).resolve()
FOLDERS = "compiler frontend ir passes runtime targets tools".split()
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
# What messages say, and hardly any other text does.
MESSAGE = re.compile(r"\b(expects?|expected|cannot|malformed|damaged|truncated|beyond|no such)\b")


def texts(path):
    """String literals, those that C++ joins as one, outside of comments."""
    code = re.sub(r"^\s*(//|\*|/\*|#include).*$|///<.*$", "", path.read_text(), flags=re.M)
    return ["".join(part[1:-1] for part in re.findall(LITERAL, run)).replace(r"\"", '"')
            for run in re.findall(rf"{LITERAL}(?:\s*{LITERAL})*", code)]


def sections():
    """Title, patterns of files, quoted messages."""
    for part in re.split(r"^## ", (source / "docs/messages.md").read_text(), flags=re.M)[1:]:
        origin = re.search(r"^From (.*)$", part, re.M)[1]
        first_cells = re.findall(r"^\| (`.*?`) \|", part, re.M)
        yield part.splitlines()[0], re.findall(r"`([^`]+)`", origin), re.findall(r"`([^`]+)`", "\n".join(first_cells))


owners, problems = {}, []
for title, patterns, quotes in sections():
    files = [path for pattern in patterns for path in source.glob(pattern)]
    problems += [f"{title}: no file {pattern}" for pattern in patterns if not list(source.glob(pattern))]
    for path in files:
        owners.setdefault(path, []).append(title)
    said = [text for path in files for text in texts(path)]
    for piece in (piece for quote in quotes for piece in quote.split("…") if len(piece.strip()) > 3):
        if not any(piece.strip() in text for text in said):
            problems.append(f"{title}: none of its files says '{piece.strip()}'")
for path in (path for folder in FOLDERS for end in ("cpp", "h") for path in (source / folder).rglob(f"*.{end}")):
    titles = owners.get(path, [])
    if len(titles) > 1 or not titles and any(MESSAGE.search(text) for text in texts(path)):
        problems.append(f"{path.relative_to(source)}: in {titles or 'no section'}")
print(f"{len(owners)} files, {len(problems)} problems", *problems, sep="\n")
sys.exit(bool(problems))
