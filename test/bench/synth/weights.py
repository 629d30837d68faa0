"""Random weights, streamed into a safetensors file as fast as the disk takes them.

Values are drawn once, 2^20 - 3 of them (a prime), and repeated from an offset of each tensor's own: no two rows of a
matrix of fewer rows are equal. Their scales keep activations near one: a matrix has deviation 1/sqrt(inputs), norms are
spread around a centre.
"""
import array
import json
import math
import random
import struct

COUNT = (1 << 20) - 3
# Centres of vectors that are not around one. Keys: scores are sums of head_dim products without a scale of their own, and
# so have a deviation of 2. Logits of 4 prefer some tokens. A layer's scalar makes up for what three branches add.
CENTRES = {"k_norm.weight": lambda size: 2 * size**-0.5, "layer_scalar": lambda size: 0.6}
FINAL_NORM = 4.0


def centre_of(name, size):
    if name in ("model.norm.weight", "model.language_model.norm.weight"):
        return FINAL_NORM
    return next((centre(size) for suffix, centre in CENTRES.items() if name.endswith(suffix)), 1.0)


def deviation_of(name, shape):
    if name.endswith("router.proj.weight"):
        return 1.0  # the router divides its input by sqrt(inputs)
    if name.endswith("embed_tokens_per_layer.weight"):
        return 1 / 16  # rows are multiplied by sqrt(256), the published width
    return shape[-1] ** -0.5


def bf16(values):
    """Bytes of the values, cut (not rounded) to bf16."""
    words = memoryview(array.array("f", values)).cast("B").cast("H")
    return words[1::2].tobytes()  # the high half of each: little endian


class Values:
    """Bytes of random tensors; one pool of values for each scale."""

    def __init__(self, seed):
        draw = random.Random(seed)
        self.normal = [draw.gauss(0, 1) for _ in range(COUNT)]
        self.seed, self.pools = seed, {}

    def pool(self, centre, deviation):
        if (centre, deviation) not in self.pools:
            self.pools[centre, deviation] = bf16([centre + deviation * value for value in self.normal])
        return self.pools[centre, deviation]

    def parts(self, name, shape):
        """Yields the bytes of a tensor in parts of at most a pool's size."""
        if len(shape) == 1:
            centre = centre_of(name, shape[0])
            pool = self.pool(centre, 0.1 * centre)
        else:
            pool = self.pool(0.0, deviation_of(name, shape))
        left = 2 * math.prod(shape)
        at = 2 * random.Random(f"{self.seed} {name}").randrange(COUNT)
        while left:
            part = memoryview(pool)[at : at + left]
            yield part
            left, at = left - len(part), 0


def write_header(file, tensors):
    header, at = {}, 0
    for name, shape in tensors:
        size = 2 * math.prod(shape)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    raw = json.dumps(header).encode()
    raw += b" " * (-len(raw) % 8)
    file.write(struct.pack("<Q", len(raw)) + raw)
    return at


def write_weights(path, tensors, seed):
    """`tensors`: pairs of name and shape, all stored in bf16."""
    values = Values(seed)
    with open(path, "wb", buffering=0) as file:
        write_header(file, tensors)
        for name, shape in tensors:
            for part in values.parts(name, shape):
                while part:
                    part = part[file.write(part) :]
