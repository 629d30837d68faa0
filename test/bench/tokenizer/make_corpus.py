#!/usr/bin/env python3
"""Writes a corpus of English prose and documentation found on this machine, for the tokenizer benchmark.

usage: make_corpus.py OUT [MIB]

Sources are read in sorted order and split into paragraphs; if they are fewer than MIB (default 64), paragraphs are
drawn again in an order shuffled by a fixed seed, so the result has the size asked for but no long repetitions."""
import glob, gzip, os, random, re, sys

SOURCES = ["/usr/share/doc/**/*", "/usr/share/perl/**/*.pod", "/usr/share/common-licenses/*", "/usr/share/info/*",
           "/usr/lib/python3*/pydoc_data/*.py", "/usr/share/man/man*/*.gz"]
SKIP = (".png", ".svg", ".html", ".css", ".js", ".jar", ".pdf", ".inv", ".json", ".map", ".c", ".cpp", ".h")


def read(path):
    data = gzip.open(path).read() if path.endswith(".gz") else open(path, "rb").read()
    text = data.decode("utf-8")
    if "/man/" in path:  # troff: keep the words
        text = re.sub(r"^[.'].*$", "", text, flags=re.M)
        text = re.sub(r"\\f.|\\&|\\s[+-]?\d", "", text).replace("\\-", "-")
    return text


def paragraphs():
    seen = set()
    for pattern in SOURCES:
        for path in sorted(glob.glob(pattern, recursive=True)):
            real = os.path.realpath(path)
            if real in seen or not os.path.isfile(real) or path.endswith(SKIP) or path.removesuffix(".gz").endswith(SKIP):
                continue
            seen.add(real)
            try:
                text = read(path)
            except (OSError, UnicodeDecodeError, EOFError):
                continue
            for paragraph in re.split(r"\n\n+", text):
                letters = sum(c.isalpha() or c == " " for c in paragraph)
                if len(paragraph) > 60 and letters > 0.75 * len(paragraph):
                    yield paragraph


def main():
    size = int(sys.argv[2] if len(sys.argv) > 2 else 64) << 20
    every = list(dict.fromkeys(paragraphs()))
    total = sum(len(p.encode()) + 2 for p in every)
    print(f"{len(every)} paragraphs, {total / (1 << 20):.1f} MiB", file=sys.stderr)
    rng, written = random.Random(1), 0
    with open(sys.argv[1], "wb") as out:
        while written < size:
            rng.shuffle(every)
            for paragraph in every:
                data = paragraph.encode() + b"\n\n"
                out.write(data[: size - written].decode("utf-8", "ignore").encode())
                written += len(data)
                if written >= size:
                    break


main()
