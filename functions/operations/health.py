"""Whether an installation is well: registered checks, each a pure verdict of what was read, as a sentence."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Literal

from msgspec import Struct

from functions.operations.answers import NOT_SET_UP, Answers
from functions.operations.disk_views import VolumeView, disk_views
from functions.operations.idle_reasons import Look, Reason, idle_reasons, is_moving, moved_at
from functions.operations.plurals import listed, plural
from functions.operations.queue_growth import Depths, growing, read_depths
from functions.operations.schedule_list import ScheduleStatus
from functions.operations.snapshot import Ledger, look_of, read_ledger
from functions.runtime.ledger.store import fetch
from functions.runtime.messaging import queue_admin
from functions.runtime.messaging.queues import QueueStats
from functions.runtime.process.worker_reports import WorkerView, gone_of
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "health.sql")

Level = Literal["ok", "warn", "bad"]

#: Seconds after which a run that is on and does not move counts as stalled.
STALLED_S: Final = 900.0


class HealthCheck(Struct, frozen=True):
    """What one check has found: `bad` when something that is needed is not well.

    `at` is the moment that it speaks of, such as the last success, and `age_s` how long ago that is. `latency_ms` is
    how long it took to read what it looks at.
    """

    name: str
    level: Level
    says: str
    at: dt.datetime | None = None
    age_s: float | None = None
    latency_ms: float = 0.0


class WantedRun(Struct, frozen=True):
    """The latest run that nobody has cancelled."""

    id: int
    kind: str
    state: str
    reason: str | None
    finished_at: dt.datetime | None


class Facts(Struct, frozen=True, kw_only=True):
    """What the checks look at. `latency_ms` says how long each part of it took to read."""

    look: Look
    reasons: Sequence[Reason] = ()
    schedules: Sequence[ScheduleStatus] = ()
    wanted: WantedRun | None = None
    living: Sequence[WorkerView] = ()
    gone: Sequence[WorkerView] = ()
    disk: Sequence[VolumeView] = ()
    depths: Depths = {}
    latency_ms: Mapping[str, float] = {}


class Verdict(Struct, frozen=True):
    """What a check says, and the moment that it speaks of."""

    level: Level
    says: str
    at: dt.datetime | None = None
    name: str | None = None


Check = Callable[[Facts], Iterable[Verdict]]


def check_schedules(facts: Facts) -> Iterable[Verdict]:
    """Each schedule has succeeded when it should have."""
    for schedule in (schedule for schedule in facts.schedules if schedule.wanted):
        last = f"succeeded last at {schedule.done_at:%Y-%m-%d %H:%M} UTC" if schedule.done_at else "has not run yet"
        says = schedule.overdue or f"{schedule.name} {last}."
        yield Verdict("bad" if schedule.overdue else "ok", says, schedule.done_at, f"schedule {schedule.name}")


def check_last_run(facts: Facts) -> Iterable[Verdict]:
    """The last run that was wanted has neither failed nor stopped: until it is taken up or another comes to its end."""
    run = facts.wanted
    if run is None:
        yield Verdict("ok", "No run so far.")
    elif run.state in {"failed", "stopped"}:
        how = "has failed" if run.state == "failed" else "stopped at a limit"
        yield Verdict("bad", f"Run {run.id} {how}: {_sentence(run.reason)}", run.finished_at)
    else:
        yield Verdict("ok", f"Run {run.id}, a {run.kind}, is {run.state}.", run.finished_at)


def check_stalled(facts: Facts) -> Iterable[Verdict]:
    """A run that is on moves, or waits because its source has asked for it."""
    counted, reasons = facts.look.counted, facts.reasons
    if counted is not None and counted.run.state == "paused":
        yield Verdict("ok", f"Run {counted.run.id} is paused.")
        return
    if counted is None or counted.run.state not in {"running", "finishing"}:
        yield Verdict("ok", "No run is on.")
        return
    kinds = {reason.kind for reason in reasons}
    moved = moved_at(counted, reads="waits-for-room" not in kinds) or counted.run.started_at
    still = (facts.look.at - moved).total_seconds()
    if still < STALLED_S or is_moving(facts.look, reasons):
        yield Verdict("ok", f"Run {counted.run.id} moves.", moved)
        return
    why = f": {reasons[0].text}" if reasons else "."
    level: Level = "warn" if "download-put-off" in kinds else "bad"
    yield Verdict(level, f"Run {counted.run.id} has not moved since {moved:%Y-%m-%d %H:%M} UTC{why}", moved)


def check_dead(facts: Facts) -> Iterable[Verdict]:
    """Nothing of the active run, and no batch of documents, was given up."""
    counted = facts.look.counted
    active = counted is not None and counted.run.state in {"running", "paused", "finishing"}
    parts = sum(count.parts for count in counted.parts if count.state == "dead") if counted and active else 0
    batches = sum(status.batches_dead for status in facts.look.derivations)
    said = [f"{plural(parts, 'part')} of run {counted.run.id} {_are(parts)} dead"] if counted and parts else []
    if batches:
        said.append(plural(batches, "batch of documents was given up", "batches of documents were given up"))
    yield Verdict("bad", f"{listed(said)}.") if said else Verdict("ok", "Nothing was given up.")


def check_workers(facts: Facts) -> Iterable[Verdict]:
    """Whoever stopped reporting is replaced, or was not needed; work has somebody who takes it."""
    living = {view.function for view in facts.living}
    for view in facts.gone:
        said = f"{view.function} on {view.host}, process {view.pid}, stopped reporting at {view.at:%H:%M} UTC"
        if view.function not in living and (view.function == "scheduler" or _has_work(facts, view.function)):
            yield Verdict("bad", f"{said}, and no other has come.", view.at)
        else:
            yield Verdict("warn", f"{said}.", view.at)
    if not facts.gone:
        yield Verdict("ok", f"{plural(len(facts.living), 'process reports', 'processes report')}.")


def check_queues(facts: Facts) -> Iterable[Verdict]:
    """No queue has only grown for long."""
    found = growing(facts.depths, {view.function for view in facts.living if view.state == "busy"})
    for name, (before, now) in found.items():
        yield Verdict("bad", f"{name} only grows: from {before:,} to {now:,} messages in the last half hour.")
    if not found:
        yield Verdict("ok", "No queue only grows.")


def check_disk(facts: Facts) -> Iterable[Verdict]:
    """The next month fits onto each volume."""
    for volume in facts.disk:
        fits = f"The next month needs {volume.needed / 1e9:,.1f} GB in {volume.place}: there is room."
        yield Verdict("bad" if volume.short else "ok", volume.short or fits, name=f"disk {volume.place}")


#: The checks by name, each with the part of the reading that it looks at.
CHECKS: Final[dict[str, tuple[str, Check]]] = {
    "schedule": ("PostgreSQL", check_schedules),
    "last-run": ("PostgreSQL", check_last_run),
    "stalled-run": ("PostgreSQL", check_stalled),
    "dead": ("PostgreSQL", check_dead),
    "workers": ("PostgreSQL", check_workers),
    "queues": ("history", check_queues),
    "disk": ("disk", check_disk),
}


def judge(facts: Facts) -> list[HealthCheck]:
    """What every check says."""
    return [
        HealthCheck(
            name=verdict.name or name,
            level=verdict.level,
            says=verdict.says,
            at=verdict.at,
            age_s=round((facts.look.at - verdict.at).total_seconds(), 1) if verdict.at else None,
            latency_ms=facts.latency_ms.get(source, 0.0),
        )
        for name, (source, check) in CHECKS.items()
        for verdict in check(facts)
    ]


def read_health(context: Context) -> list[HealthCheck]:
    """What every check says now; of stores that do not answer nothing, since whoever pings them says that."""
    answers = Answers(context)
    facts = _read_facts(context, answers)
    if facts is not None:
        return judge(facts)
    return [HealthCheck("tables", "bad", NOT_SET_UP)] if answers.down.get("PostgreSQL") == NOT_SET_UP else []


def _read_facts(context: Context, answers: Answers) -> Facts | None:
    """What the checks look at; None while PostgreSQL does not answer, or has no tables."""
    took: dict[str, float] = {}
    ledger: Ledger | None = None
    queues: list[QueueStats] | None = None
    disk: list[VolumeView] = []
    depths: Depths = {}
    gone: list[WorkerView] = []
    wanted: WantedRun | None = None
    with answers.reading("PostgreSQL") as there, _timed(took, "PostgreSQL"):
        if there:
            gone, wanted = _read_more(context)
        ledger = read_ledger(context) if there else None
    if ledger is None:
        return None
    with answers.reading("broker") as there, _timed(took, "broker"):
        queues = queue_admin.queue_stats(context.settings, context.functions.queues) if there else None
    with answers.reading("PostgreSQL") as there, _timed(took, "history"):
        depths = read_depths(context, ledger.at) if there else {}
    with answers.reading("PostgreSQL") as there, _timed(took, "disk"):
        disk = disk_views(context) if there else []
    look = look_of(context, answers, ledger, queues)
    return Facts(
        look=look,
        reasons=idle_reasons(look, context.functions),
        schedules=ledger.schedules,
        wanted=wanted,
        living=ledger.views,
        gone=gone,
        disk=disk,
        depths=depths,
        latency_ms=took,
    )


def _read_more(context: Context) -> tuple[list[WorkerView], WantedRun | None]:
    with context.connection() as connection:
        wanted = fetch(connection, WantedRun, _sql.last_wanted_run)
        return gone_of(connection), wanted[0] if wanted else None


def _has_work(facts: Facts, function: str) -> bool:
    return any(queue.depth for name, queue in (facts.look.queues or {}).items() if name.partition(".")[0] == function)


@contextmanager
def _timed(took: dict[str, float], name: str) -> Iterator[None]:
    begun = time.perf_counter()
    try:
        yield
    finally:
        took[name] = round((time.perf_counter() - begun) * 1000, 1)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _sentence(text: str | None) -> str:
    said = (text or "nobody knows why").strip()
    return said if said.endswith((".", "!", "?")) else f"{said}."
