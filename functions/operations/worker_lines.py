"""The processes that run, what each is at, and the parts that have been in hand for longest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from msgspec import Struct

from functions.runtime.ledger.store import Connection, fetch
from functions.runtime.process.worker_reports import WorkerView
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "sections.sql")

#: Bytes below which a change of memory is no news.
_MEMORY_STEP: Final = 1_000_000
#: Messages that are shown as those in hand for longest.
LONGEST: Final = 10


class WorkerLine(Struct, frozen=True):
    """One process, by its own account. `memory` is bytes, of what it shares with others its part, in whole millions."""

    function: str
    host: str
    pid: int
    version: str
    since: dt.datetime
    state: Literal["idle", "busy"]
    state_since: dt.datetime
    doing: str
    memory: int


class LongPart(Struct, frozen=True):
    """A message that is in hand now, since when and where; of a part how many records it has, and which start it is."""

    function: str
    doing: str
    run: int | None
    entity: str | None
    part: int | None
    since: dt.datetime
    host: str
    pid: int
    records: int | None
    attempt: int | None


class _InHand(Struct, frozen=True):
    entity: str
    part: int
    records: int
    attempts: int


def worker_lines(views: Sequence[WorkerView]) -> list[WorkerLine]:
    """Each process, by function."""
    return [
        WorkerLine(
            function=view.function,
            host=view.host,
            pid=view.pid,
            version=view.version,
            since=view.since,
            state=view.state,
            state_since=_second(view.state_since),
            doing=doing(view.message) if view.state == "busy" else "",
            memory=view.pss // _MEMORY_STEP * _MEMORY_STEP,
        )
        for view in views
    ]


def doing(message: Mapping[str, Any] | None) -> str:
    """Which message is in hand, in words: `part 12 of releases`."""
    said = message or {}
    if "part" in said:
        return f"part {said['part']} of {said.get('entity', 'a run')}"
    if "entity" in said:
        return str(said["entity"])
    if "batch" in said:
        return f"batch {said['batch']}"
    return f"run {said['run']}" if "run" in said else ""


def longest(connection: Connection, views: Sequence[WorkerView]) -> list[LongPart]:
    """What has been in hand for longest, the longest first."""
    busy = sorted((view for view in views if view.state == "busy"), key=lambda view: (view.state_since, view.pid))[
        :LONGEST
    ]
    parts: dict[tuple[int, str, int], _InHand] = {}
    for run in {message["run"] for message in map(_part_of, busy) if message}:
        ours = [message for message in map(_part_of, busy) if message and message["run"] == run]
        values = {"run": run, "entities": [one["entity"] for one in ours], "parts": [one["part"] for one in ours]}
        parts |= {
            (run, found.entity, found.part): found for found in fetch(connection, _InHand, _sql.parts_in_hand, **values)
        }
    return [_line(view, parts) for view in busy]


def _part_of(view: WorkerView) -> dict[str, Any] | None:
    message = view.message or {}
    return message if {"run", "entity", "part"} <= message.keys() else None


def _line(view: WorkerView, parts: Mapping[tuple[int, str, int], _InHand]) -> LongPart:
    message = view.message or {}
    run, entity, part = message.get("run"), message.get("entity"), message.get("part")
    found = parts.get((run, entity, part)) if run and entity and part is not None else None
    return LongPart(
        function=view.function,
        doing=doing(message),
        run=run,
        entity=entity,
        part=part,
        since=_second(view.state_since),
        host=view.host,
        pid=view.pid,
        records=found.records if found else None,
        attempt=found.attempts if found else None,
    )


def _second(moment: dt.datetime) -> dt.datetime:
    """To the second: two reports of one moment differ by what they were under way."""
    return moment.replace(microsecond=0)
