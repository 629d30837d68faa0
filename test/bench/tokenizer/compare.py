#!/usr/bin/env python3
"""Compares ids and decoded text with Hugging Face tokenizers on random texts.

usage: compare.py TOKENIZER_BATCH TOKENIZER.JSON [--count=20000] [--seed=1] [--corpus=FILE]

Texts are drawn from fragments: words of the corpus, entries of the vocabulary, added tokens whole and cut, characters
of many scripts, control characters, runs of one character. Prints the number of texts, bytes and ids compared; exits 1
at the first difference."""
import json, random, struct, subprocess, sys
from tokenizers import Tokenizer


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    options = dict((a[2:].split("=") + [""])[:2] for a in sys.argv[1:] if a.startswith("--"))
    rng = random.Random(int(options.get("seed", 1)))
    reference = Tokenizer.from_file(arguments[1])
    data = json.load(open(arguments[1], encoding="utf-8"))
    vocab = list(data["model"]["vocab"])
    added = [t["content"] for t in data["added_tokens"]]
    words = open(options["corpus"], encoding="utf-8").read(1 << 22).split(" ") if "corpus" in options else ["a", "The", "word"]
    odd = [" ", "▁", "\n", "\t", "\r\n", "\0", "\x7f", "\x85", "é", "e\u0301", "漢", "字", "한", "🦊", "👨‍👩‍👧", "\ufeff", "\u200b",
           "\ufffd", "ß", "İ", "ﬁ", "٣", "א", "\U0010ffff", "\ud7ff", "<0x41>", "<0xE2>", "<", ">", "|", "<|", "|>"]

    def fragment():
        kind = rng.randrange(10)
        if kind < 3:
            return rng.choice(words) + rng.choice([" ", "", ", ", ".", "\n"])
        if kind < 5:
            return rng.choice(vocab)
        if kind == 5:
            whole = rng.choice(added) if added else ""
            return whole if rng.random() < 0.5 else whole[: rng.randrange(len(whole) + 1)] + whole[rng.randrange(len(whole) + 1):]
        if kind == 6:
            return rng.choice(odd + words) * rng.choice([1, 2, 3, 7, 20, 60])
        if kind == 7:
            return "".join(rng.choice(odd) for _ in range(rng.randrange(1, 9)))
        if kind == 8:
            return "".join(chr(rng.choice([rng.randrange(32, 127), rng.randrange(0xA0, 0xD7FF), rng.randrange(0xE000, 0x20000)]))
                           for _ in range(rng.randrange(1, 6)))
        letters = rng.choice(["ab cdehinorst", "abcdehinorst", "a ", "ab"])  # long ones without a place to cut
        return "".join(rng.choice(letters) for _ in range(rng.randrange(1, 80) if rng.random() < 0.98 else 5000))

    texts = ["".join(fragment() for _ in range(rng.choice([1, 2, 3, 8, 30]))) for _ in range(int(options.get("count", 20000)))]
    frames = b"".join(struct.pack("<I", len(t.encode())) + t.encode() for t in texts)
    output = subprocess.run([arguments[0], arguments[1]], input=frames, stdout=subprocess.PIPE, check=True).stdout
    at = total = size = 0
    for text in texts:
        (count,) = struct.unpack_from("<I", output, at)
        ids = list(struct.unpack_from(f"<{count}I", output, at + 4))
        (length,) = struct.unpack_from("<I", output, at + 4 + 4 * count)
        at += 8 + 4 * count + length
        decoded = output[at - length : at].decode()
        expected = reference.encode(text, add_special_tokens=False).ids
        if ids != expected or decoded != reference.decode(expected, skip_special_tokens=False):
            sys.exit(f"differs: {text!r}\nexpected {expected}\n   found {ids}\ndecoded {decoded!r}")
        total += count
        size += len(text.encode())
    assert at == len(output)
    print(f"{len(texts)} texts, {size} bytes, {total} ids: equal")


main()
