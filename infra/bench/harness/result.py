"""A result of a benchmark, and how it is printed."""

from __future__ import annotations

import sys

import msgspec

_SMALL = 10


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """One measured value. `against` names what it is compared with, `ratio` is ours divided by theirs.

    `assumes` says under what a value holds that was computed and not measured.
    """

    name: str = msgspec.field(name="figure")  # as `--json` has always named it
    value: float
    unit: str
    against: str | None = None
    ratio: float | None = None
    assumes: str | None = None


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
