"""A figure of a benchmark, and how it is printed."""

from __future__ import annotations

import sys

import msgspec


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One measured value. `against` names what it is compared with, `ratio` is ours divided by theirs."""

    figure: str
    value: float
    unit: str
    against: str | None = None
    ratio: float | None = None


def show(figure: Figure, *, as_json: bool) -> None:
    """Print a figure as soon as it is known: one JSON object a line, or a line for people."""
    if as_json:
        line = msgspec.json.encode(figure).decode()
    else:
        compared = f"  ({figure.ratio:.1f} × {figure.against})" if figure.ratio is not None else ""
        line = f"{figure.figure:<52} {figure.value:>14,.1f} {figure.unit}{compared}"
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
