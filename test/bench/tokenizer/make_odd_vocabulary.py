#!/usr/bin/env python3
"""Writes a small random tokenizer.json that is legal but unlike a trained one, to compare with Hugging Face's.

usage: make_odd_vocabulary.py OUT SEED

Merges come in any order, some twice; byte tokens may be missing or take part in merges; unknown tokens fuse or not;
added tokens are special or not, normalised or not, overlap each other and may lie outside the model's vocabulary."""
import json, random, sys


def main():
    rng = random.Random(int(sys.argv[2]))
    chars = list("abcdeth \n<>|") + ["▁", "é", "漢", "🦊"]
    alphabet = rng.sample(chars, rng.randrange(5, len(chars)))
    byte_tokens = ["<0x%02X>" % b for b in range(256)]
    kind = rng.randrange(3)
    if kind == 1:
        byte_tokens = rng.sample(byte_tokens, 200)
    elif kind == 2:
        byte_tokens = []
    names = ["<unk>", "<s>", "<|x|>"] + byte_tokens + alphabet
    rng.shuffle(names)
    parts = [c for c in alphabet if c != " "] or ["a"]
    if rng.random() < 0.3:
        parts = parts + ["<unk>"] + byte_tokens[:3]
    merges = []
    for _ in range(rng.choice([0, 5, 40, 200])):
        left, right = rng.choice(parts), rng.choice(parts)
        if len(left + right) > 24 or left not in names or right not in names:
            continue
        if left + right not in names:
            names.append(left + right)
        parts.append(left + right)
        merges.append([left, right])
    merges = [m for m in merges if m[0] + m[1] not in ("<s>", "<|x|>")]
    rng.shuffle(merges)
    merges += rng.sample(merges, min(len(merges), 3))
    vocab = {name: i for i, name in enumerate(dict.fromkeys(names))}
    if rng.random() < 0.3:
        merges = [m for m in merges if " " not in m[0] + m[1]]
        merges = [" ".join(m) for m in merges]
    added = [("<s>", True, False), ("<|x|>", True, False)]
    for content in ["ab", "abc", "a", "▁a", "a b", " b", "\n\n", "c▁", "new", "newer", "th e", "<0x41>"]:
        if rng.random() < 0.3:
            added.append((content, False, rng.random() < 0.5))
    patterns, tokens, fresh = set(), [], len(vocab)
    for content, special, normalized in added:
        pattern = (content.replace(" ", "▁") if normalized else content, normalized)
        if pattern in patterns:
            continue
        patterns.add(pattern)
        if content in vocab:
            id = vocab[content]
        else:
            id, fresh = fresh, fresh + 1
        tokens.append({"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
                       "normalized": normalized, "special": special})
    model = {"type": "BPE", "dropout": None, "unk_token": rng.choice(["<unk>", "<unk>", None]),
             "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": rng.random() < 0.5,
             "byte_fallback": rng.random() < 0.8, "ignore_merges": rng.random() < 0.3, "vocab": vocab, "merges": merges}
    space = {"String": " "}
    json.dump({"version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens,
               "normalizer": {"type": "Replace", "pattern": space, "content": "▁"},
               "pre_tokenizer": {"type": "Split", "pattern": space, "behavior": "MergedWithPrevious", "invert": False},
               "post_processor": None,
               "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                                                            {"type": "ByteFallback"}, {"type": "Fuse"}]},
               "model": model}, open(sys.argv[1], "w", encoding="utf-8"))


main()
