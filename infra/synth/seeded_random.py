"""Chance that can be repeated: a hash of small integers, and dice seeded with it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final, TypeVar

T = TypeVar("T")

_MASK: Final = (1 << 64) - 1


def mix(*parts: int) -> int:
    """A 64-bit hash of integers, the same on every machine and in every run."""
    value = 0x9E3779B97F4A7C15
    for part in parts:
        value = ((value ^ part) * 0xBF58476D1CE4E5B9) & _MASK
        value ^= value >> 31
    value = (value * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 29)


def share(*parts: int) -> float:
    """A number in 0..1 that depends on `parts` only."""
    return mix(*parts) / 2**64


class Dice(random.Random):
    """The Mersenne twister of `random`, whose `random()` is promised to stay the same; only that is used."""

    def upto(self, size: int) -> int:
        """An integer in 0..size-1."""
        return int(self.random() * size)

    def skewed(self, size: int) -> int:
        """As `upto`, small numbers more often."""
        number = self.random()
        return int(number * number * size)

    def hit(self, probability: float) -> bool:
        return self.random() < probability

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self.random() * len(choices))]

    def pick_early(self, choices: Sequence[T]) -> T:
        """As `pick`, the first choices more often."""
        return choices[self.skewed(len(choices))]
