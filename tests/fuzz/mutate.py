"""Broken copies of a file, from a seed: what changes on the way, and what somebody changes on purpose."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

# lengths, counts and sizes at the edges of their types
_EDGES: Final = tuple(map(bytes.fromhex, ["00", "7f", "80", "ff", "0000", "ffff", "00000000", "7fffffff", "ffffffff"]))

Edit = Callable[[random.Random, bytes], bytes]


def mutated(dice: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Return one of the seeds, changed in one to eight places."""
    data = dice.choice(seeds)
    for _ in range(dice.choice((1, 1, 2, 3, 5, 8))):
        data = dice.choice(_EDITS)(dice, data)
    return data if dice.random() < 0.8 else _spliced(dice, data, dice.choice(seeds))


def _span(dice: random.Random, data: bytes) -> tuple[int, int]:
    """Return the bounds of a part, near the start more often than not: headers are there."""
    start = int(len(data) * dice.random() ** 2)
    return start, min(len(data), start + dice.choice((1, 1, 2, 4, 16, 64)))


def _flip(dice: random.Random, data: bytes) -> bytes:
    start, end = _span(dice, data)
    return data[:start] + bytes(byte ^ 1 << dice.randrange(8) for byte in data[start:end]) + data[end:]


def _overwrite(dice: random.Random, data: bytes) -> bytes:
    start, _ = _span(dice, data)
    edge = dice.choice(_EDGES)
    return data[:start] + edge + data[start + len(edge) :]


def _cut(dice: random.Random, data: bytes) -> bytes:
    start, end = _span(dice, data)
    return data[:start] + data[end:]


def _repeat(dice: random.Random, data: bytes) -> bytes:
    start, end = _span(dice, data)
    return data[:end] + data[start:end] * dice.choice((1, 2, 40)) + data[end:]


def _move(dice: random.Random, data: bytes) -> bytes:
    start, end = _span(dice, data)
    to = dice.randrange(len(data) + 1)
    return data[:to] + data[start:end] + data[to:]


def _truncate(dice: random.Random, data: bytes) -> bytes:
    return data[: dice.randrange(len(data) + 1)]


def _spliced(dice: random.Random, one: bytes, other: bytes) -> bytes:
    return one[: dice.randrange(len(one) + 1)] + other[dice.randrange(len(other) + 1) :]


_EDITS: Final[tuple[Edit, ...]] = (_flip, _flip, _overwrite, _overwrite, _cut, _repeat, _move, _truncate)
