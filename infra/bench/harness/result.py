"""A result of a benchmark, and how it is printed."""

from __future__ import annotations

import math
import sys
from typing import Final

import msgspec

from infra.bench.harness.figures import NothingToDo

_SMALL = 10

#: What is counted, and may be none: that nothing differs or is dropped is what was to be found. Of time, memory, disk
#: and whatever is for a second or for a piece, none says that nothing was measured.
_MAY_BE_NONE: Final = frozenset(
    {"records", "messages", "elements", "answers", "sockets", "differences", "of the view", "kB", "%"}
)


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """One measured value. `against` names what it is compared with, `ratio` is ours divided by theirs.

    `assumes` says under what a value holds that was computed and not measured.

    Raises:
        NothingToDo: the value is no number, or is none of something of which there is some where there was work.
    """

    name: str = msgspec.field(name="figure")  # as `--json` has always named it
    value: float
    unit: str
    against: str | None = None
    ratio: float | None = None
    assumes: str | None = None

    def __post_init__(self) -> None:
        for value in (self.value, *(() if self.ratio is None else (self.ratio,))):
            if not math.isfinite(value) or value < 0 or (value == 0 and self.unit not in _MAY_BE_NONE):
                raise NothingToDo(
                    f"The benchmark found nothing to do: {self.name} came out as {value:g} {self.unit}. "
                    "It has no figure to print."
                )


def show(result: Result, *, as_json: bool) -> None:
    """Print a result as soon as it is known: one JSON object a line, or a line for people."""
    line = msgspec.json.encode(result).decode() if as_json else text_of(result)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def text_of(result: Result) -> str:
    """A result as a line for people."""
    compared = f"  ({result.ratio:,.2f} × {result.against})" if result.ratio is not None else ""
    assumed = f"\n    assumes {result.assumes}" if result.assumes else ""
    return f"{result.name:<62} {result.value:>14,{_form(result.value)}} {result.unit}{compared}{assumed}"


def _form(value: float) -> str:
    """Small values with the digits that tell them apart."""
    return ".1f" if abs(value) >= _SMALL or value == int(value) else ".3f"


def note(text: str) -> None:
    """Say on standard error what a long benchmark is doing."""
    sys.stderr.write(f"… {text}\n")
    sys.stderr.flush()


def heading(text: str) -> None:
    """Say on standard output what the figures below it are."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
