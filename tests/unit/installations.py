"""Installations as the reasons, the headline and the progress see them, put together by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

from functions.operations.idle_reasons import Look, Reason, idle_reasons
from functions.operations.rates import Ended
from functions.operations.run_progress import Counted, FileCount, PartCount, RunProgress, Step, progress_of
from functions.registry import FUNCTIONS
from functions.runtime.entities import Entity
from functions.runtime.ledger.models import Run
from functions.runtime.messages import PartState
from functions.runtime.messaging.queues import QueueStats
from functions.runtime.process.worker_reports import FunctionWorkers

NOW = dt.datetime(2026, 11, 5, 12, 0, 0, tzinfo=dt.UTC)
IDLE, BUSY = FunctionWorkers(1, 0), FunctionWorkers(1, 1)


def ago(seconds: float) -> dt.datetime:
    return NOW - dt.timedelta(seconds=seconds)


def a_run(**given: Any) -> Run:
    values: dict[str, Any] = {
        "id": 7,
        "kind": "load",
        "dump": dt.date(2026, 11, 1),
        "source": "/dumps",
        "synthetic": False,
        "entities": ["artists", "labels", "masters", "releases"],
        "only_store": None,
        "engine": "lxml",
        "accept_deletions": False,
        "bulk_table": False,
        "bulk_graph": False,
        "state": "running",
        "reason": None,
        "rows": 0,
        "nodes": 0,
        "edges": 0,
        "started_at": ago(3_600),
        "finished_at": None,
    }
    return Run(**values | given)


def a_file(entity: Entity = "releases", **given: Any) -> FileCount:
    values: dict[str, Any] = {
        "entity": entity,
        "name": f"{entity}.xml.gz",
        "state": "split",
        "bytes": 560_000,
        "read_bytes": 560_000,
        "records": 1_000,
        "unchanged": 0,
        "rejected": 0,
        "removed": 0,
        "problem": None,
        "note": None,
        "sent_at": ago(600),
        "began_at": ago(1_200),
        "split_at": ago(600),
    }
    return FileCount(**values | given)


def parts(state: PartState, count: int = 1, entity: Entity = "releases", **given: Any) -> PartCount:
    values: dict[str, Any] = {"kind": "xml", "died_in": None, "records": 100 * count, "sent_at": ago(60)}
    return PartCount(entity=entity, state=state, parts=count, **values | given)


def ended(step: PartState, rate: float = 50.0, entity: Entity = "releases", last: float = 100.0) -> Ended:
    """Parts that went through a step at so many records a second, the last of them so many seconds ago."""
    return Ended(entity, step, 11, 1_100, 100, ago(last + 1_200 / rate), ago(last + 1_000 / rate), ago(last))


def counted(
    *of_parts: PartCount, files: list[FileCount] | None = None, steps: list[Step] | None = None, **given: Any
) -> Counted:
    """A run whose one file is read; by default nothing of it has moved for minutes."""
    values = {name: given.pop(name) for name in ("end_sent_at",) if name in given}
    values |= {"ended": given.pop("ended", [])}
    return Counted(
        at=NOW, run=a_run(**given), files=files or [a_file()], parts=list(of_parts), steps=steps or [], **values
    )


def queue(name: str, ready: int = 0, delayed: int = 0, unacked: int = 0, dead: int = 0) -> QueueStats:
    return QueueStats(name, ready, delayed, unacked, dead)


def a_look(
    found: Counted | None, *queues: QueueStats, workers: dict[str, FunctionWorkers] | None = None, **given: Any
) -> Look:
    """By default every function has a worker that has nothing to do, and the queues are empty."""
    held = {name: queue(name) for name in FUNCTIONS.queues} | {one.name: one for one in queues}
    there = dict.fromkeys(FUNCTIONS.names, IDLE) | (workers or {})
    return Look(**{"at": NOW, "counted": found, "queues": held, "workers": there, **given})


def reasons(*given: Any, **more: Any) -> list[Reason]:
    return idle_reasons(a_look(*given, **more), FUNCTIONS)


def progress(*given: Any, **more: Any) -> RunProgress:
    return progress_of(counted(*given, **more), FUNCTIONS)
