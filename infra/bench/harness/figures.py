"""The seam that every figure goes through: a rate or a cost is of work that was counted where it was done.

A benchmark that finds nothing to do (indexes that are there already, a dump without records, a load that wrote nothing)
is over as fast as can be. What it would print looks like a record, so that it prints nothing and says so.
"""

from __future__ import annotations

import math

import msgspec

from functions.runtime.errors import PermanentError


class NothingToDo(PermanentError):
    """A benchmark measured nothing."""


class Work(msgspec.Struct, frozen=True):
    """So much of something that was done: records read, indexes built, answers given.

    Raises:
        NothingToDo: it is none, or less than was wanted.
    """

    count: float
    what: str
    wanted: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.count) and self.count > 0):
            raise NothingToDo(f"The benchmark found nothing to do: no {self.what}. It has no figure to print.")
        if self.count < self.wanted:
            raise NothingToDo(
                f"The benchmark did {self.count:,.0f} of {self.wanted:,.0f} {self.what}: the rest was done before, or "
                "not at all. It has no figure to print."
            )

    def rate(self, seconds: float) -> float:
        """So many a second.

        Raises:
            NothingToDo: it took no time.
        """
        return self.count / _some(seconds, self.what)

    def each(self, spent: float, scale: float = 1.0) -> float:
        """What one of it took, times a scale: 1e6 for microseconds.

        Raises:
            NothingToDo: it took nothing.
        """
        return _some(spent, self.what) / self.count * scale


def ratio(ours: float, theirs: float, what: str) -> float:
    """How one figure is to another.

    Raises:
        NothingToDo: one of them is none.
    """
    return _some(ours, what) / _some(theirs, what)


def _some(spent: float, what: str) -> float:
    if math.isfinite(spent) and spent > 0:
        return spent
    raise NothingToDo(f"The benchmark found nothing to do: its {what} took {spent:g}. It has no figure to print.")
