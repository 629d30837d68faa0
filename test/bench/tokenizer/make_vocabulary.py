#!/usr/bin/env python3
"""Trains a tokenizer.json of Gemma's form (BPE, byte fallback, spaces as U+2581) for benchmarks and fuzzing.

usage: make_vocabulary.py CORPUS OUT [--size=262144] [--all-splits]

--all-splits lists, for each entry of the vocabulary, every way to put it together from two others, as files converted
from SentencePiece do: about twice as many merges, and entries that several merges reach."""
import json, sys
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<|turn>", "<turn|>", "<|think|>", "<|channel>", "<channel|>",
           "<|tool>", "<tool|>", "<|tool_call>", "<tool_call|>", "<|tool_response>", "<tool_response|>", '<|"|>',
           "<|image>", "<|image|>", "<image|>", "<|audio>", "<|audio|>", "<audio|>", "<|video|>"]
# Words with the space before them; runs of spaces, tabs, newlines and punctuation; single digits.
PIECES = Regex(r"▁?\p{L}[\p{L}\p{M}]*|\p{N}|▁+(?=▁\p{L})|▁+|\n+|\t+|▁?[^\p{L}\p{N}▁\n\t]+")


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    options = dict((a[2:].split("=") + [""])[:2] for a in sys.argv[1:] if a.startswith("--"))
    size = int(options.get("size", 262144))
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(PIECES, "isolated")
    head = SPECIAL + ["<0x%02X>" % b for b in range(256)]
    tokenizer.train([arguments[0]], trainers.BpeTrainer(vocab_size=size, min_frequency=1, special_tokens=head,
                                                        limit_alphabet=4000, show_progress=False))
    data = json.loads(tokenizer.to_str())
    vocab = data["model"]["vocab"]
    # Where the corpus is too small, the rest is synthetic: entries made of two others, as rare merges are.
    names, merges = sorted(vocab, key=vocab.get), data["model"]["merges"]
    words = [n for n in names if n.isalpha() and 3 <= len(n) <= 6]
    i = 0
    while len(vocab) < size:
        left, right = words[i % len(words)], words[(i * 7919 + i // len(words)) % len(words)]
        i += 1
        if left + right not in vocab:
            vocab[left + right] = len(vocab)
            merges.append([left, right])
    print(f"{len(vocab)} entries, of which {i} tries were synthetic", file=sys.stderr)
    if "all-splits" in options:
        merges = []
        for name in sorted(vocab, key=vocab.get):
            if name not in head:
                merges += [[name[:k], name[k:]] for k in range(1, len(name)) if name[:k] in vocab and name[k:] in vocab]
    data["model"]["merges"] = merges
    data["pre_tokenizer"] = {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}
    data["decoder"] = {"type": "Sequence", "decoders": [
        {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]}
    data["added_tokens"] = [t for t in data["added_tokens"] if t["content"] in SPECIAL]
    with open(arguments[1], "w", encoding="utf-8") as out:
        json.dump(data, out, ensure_ascii=False, indent=1)


main()
