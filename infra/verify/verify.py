"""`linernotes verify`: the oracle. It reads the dump by code of its own, compares everything, and writes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.settings import Settings
from infra.verify.comparison import Comparison, Progress
from infra.verify.drawing import SHARE, Drawing
from infra.verify.pool import Here, Pool, Processes
from infra.verify.report import Report
from infra.verify.source import files_of
from infra.verify.stores import Stores

#: Dumps up to this many compressed bytes are compared in this process: starting others would take longer. All their
#: search entries are compared, and all words counted.
_SMALL = 4_000_000
_PROCESSES = 2


def verify(
    settings: Settings,
    source: Path | Iterable[Path],
    dump: date,
    *,
    entities: Iterable[Entity] = ENTITIES,
    progress: Progress | None = None,
    processes: int | None = None,
    seed: int | None = None,
    share: int | None = None,
) -> Report:
    """Compare both stores with a dump.

    Args:
        source: a folder that holds the dump's files at any depth, or the files.
        dump: the date in the files' names.
        entities: those to compare with the dump; of the others, as of those without a file or whose file is not whole,
            the rows are taken as they are, and the graph must show them.
        progress: called with what is compared, how much of it is done and how much there is.
        processes: how many to spread the work over; 0 is this one. By default two, or this one for a small dump.
        seed: draws the search entries and words that are compared; by default the date of the dump as a number, so
            that each month has others looked at, and the same ones whenever it is compared again.
        share: one search entry and one word in so many are compared; by default all of a small dump, else one in 50.

    Raises:
        SourceError: no file of this dump, or one that differs from its checksum.
        StoreUnavailable: a store does not answer.
    """
    wanted = set(entities)
    files = {entity: path for entity, path in files_of(source, dump).items() if entity in wanted}
    small = sum(path.stat().st_size for path in files.values()) <= _SMALL
    share = share or (1 if small else SHARE)
    drawing = Drawing(int(f"{dump:%Y%m%d}") if seed is None else seed, share, share)
    if processes is None:
        processes = 0 if small else min(_PROCESSES, os.cpu_count() or 1)
    with Stores(settings) as stores:
        pool: Pool = Processes(settings, processes) if processes else Here(stores)
        try:
            comparison = Comparison(settings, stores, pool, dump, drawing, progress or _silent)
            comparison.run(files)
        finally:
            pool.close()
    return comparison.findings.report(dump.isoformat(), drawing.seed)


def _silent(what: str, done: int, total: int) -> None:
    """No progress is shown."""
