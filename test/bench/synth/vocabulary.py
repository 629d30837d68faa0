"""A tokenizer.json of Gemma's form and size without a corpus: special tokens at their published ids, runs of spaces and
newlines, bytes, letters, and entries made of pairs of shorter ones, of two to six letters, as BPE would merge them.

Text comes out in tokens of three to four letters. Ids of the special tokens: the published vocabulary's; in one too small
for them, those that lie outside are left out.
"""
import itertools
import json
import random

SPECIAL = {0: "<pad>", 1: "<eos>", 2: "<bos>", 3: "<unk>", 4: "<mask>", 46: "<|tool>", 47: "<tool|>", 48: "<|tool_call>",
           49: "<tool_call|>", 50: "<|tool_response>", 51: "<tool_response|>", 52: '<|"|>', 98: "<|think|>",
           100: "<|channel>", 101: "<channel|>", 105: "<|turn>", 106: "<turn|>", 255999: "<|image>", 256000: "<|audio>",
           258880: "<|image|>", 258881: "<|audio|>", 258882: "<image|>", 258883: "<audio|>", 258884: "<|video|>"}
STOPS = [1, 106, 50]
FIRST_NEWLINES, FIRST_SPACES, FIRST_BYTE = 107, 138, 238
SPACE = "\u2581"
LETTERS = "etaoinshrdlcumwfgypbvkjxqz"  # the most frequent first
SINGLE = SPACE + LETTERS + LETTERS.upper() + "0123456789.,;:!?'\"()[]{}<>|/\\-_+*=%&#@$^~`\t"


def entries():
    """Yields (text, merge or None) for ever, each text once: characters, then merges in their order."""
    for text in SINGLE + "".join(map(chr, range(0xC0, 0x250))):
        yield text, None
    starts = SPACE + LETTERS
    pairs = [a + b for a in starts for b in LETTERS] + [a + b for a in LETTERS.upper() for b in LETTERS]
    for text in pairs:
        yield text, [text[0], text[1]]
    pairs = pairs[: len(starts) * len(LETTERS)]  # longer entries are of small letters
    inner = pairs[len(LETTERS) :]
    for head, letter in itertools.product(pairs, LETTERS):
        yield head + letter, [head, letter]
    # Most of what is possible now is never written: a random part of it stands for what is.
    seen, draw = set(), random.Random(0)
    while True:
        head = draw.choice(pairs) + draw.choice(["", *LETTERS])
        tail = draw.choice(inner) + draw.choice(["", *LETTERS])
        if len(head) + len(tail) > 3 and head + tail not in seen:
            seen.add(head + tail)
            yield head + tail, [head, tail]


def vocabulary(size):
    """(texts by id, merges)"""
    texts, merges = {id: text for id, text in SPECIAL.items() if id < size}, []
    runs = [(FIRST_NEWLINES, "\n", 31), (FIRST_SPACES - 1, SPACE, 32)]
    for first, character, longest in runs:
        for length in range(1 if character == "\n" else 2, longest + 1):
            texts[first + length - 1] = character * length
            if length > 1:
                merges.append([character * (length - 1), character])
    texts |= {FIRST_BYTE + byte: "<0x%02X>" % byte for byte in range(256)}
    free = (id for id in range(size) if id not in texts)
    for id, (text, merge) in zip(free, entries()):
        texts[id] = text
        if merge:
            merges.append(merge)
    return texts, merges


def write_tokenizer(path, size):
    """Writes the file; returns the ids that end a text."""
    if size < 4096:
        raise SystemExit(f"vocab_size: expected 4096 or more for a vocabulary, got {size}")
    texts, merges = vocabulary(size)
    added = [{"id": id, "content": text, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
              "special": True} for id, text in SPECIAL.items() if id < size]
    space = {"String": " "}
    replaced = [{"type": "Replace", "pattern": {"String": SPACE}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
        "normalizer": {"type": "Replace", "pattern": space, "content": SPACE},
        "pre_tokenizer": {"type": "Split", "pattern": space, "behavior": "MergedWithPrevious", "invert": False},
        "post_processor": None, "decoder": {"type": "Sequence", "decoders": replaced},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": True, "ignore_merges": False,
                  "vocab": {texts[id]: id for id in sorted(texts)}, "merges": merges}}
    path.write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    return STOPS
