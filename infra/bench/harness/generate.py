"""Generated months for benchmarks, made in a process of their own, which says on standard error how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from infra.bench.harness.isolation import apart
from infra.bench.harness.result import note
from infra.synth import Summary, mutate_dump, write_dump

_SEED = 7
_SAY_EVERY_S = 10.0


def first_month(out: Path, releases: int) -> Summary:
    """Write a dump of so many releases, and the other entities in proportion."""
    note(f"generating {releases:,} releases and what belongs to them")
    return apart(_write, out, releases)


def next_month(source: Path, out: Path, share: float, dump: str, *, edits_only: bool = False) -> Summary:
    """Write the month after it, a share of its records edited; half as many come and a tenth go, or none."""
    note(f"generating the next month, {share * 100:g} % changed")
    return apart(_mutate, source, out, share, dump, edits_only=edits_only)


def _write(out: Path, releases: int) -> Summary:
    return write_dump(out, releases=releases, seed=_SEED, progress=_log())


def _mutate(source: Path, out: Path, share: float, dump: str, *, edits_only: bool) -> Summary:
    return mutate_dump(source, out, changed=share, seed=_SEED, dump=dump, edits_only=edits_only, progress=_log())


def _log() -> Callable[[int, int], None]:
    """Tells every ten seconds."""
    last = time.monotonic()

    def notify(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last > _SAY_EVERY_S:
            last = time.monotonic()
            note(f"generated {done:,} of {total:,} records")

    return notify
