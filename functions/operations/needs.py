"""What needs a person: each thing as a sentence, where to look, and what can be done. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, get_args

from msgspec import Struct

from functions.derivations.status import DerivationStatus
from functions.operations.idle_reasons import Reason
from functions.operations.plurals import plural
from functions.operations.run_progress import RunProgress

NeedKind = Literal[
    "store-down",
    "run-failed",
    "run-stopped",
    "run-paused",
    "dead-parts",
    "dead-batches",
    "dead-letters",
    "scaled-to-zero",
    "no-worker",
    "schedule-overdue",
    "disk",
    "new-dump",
]
KINDS: Final[tuple[NeedKind, ...]] = get_args(NeedKind)

#: What somebody has wanted so, or may leave as it is for a while.
_MAY_WAIT: Final[frozenset[NeedKind]] = frozenset({"run-paused", "dead-letters", "scaled-to-zero", "new-dump"})


class Need(Struct, frozen=True):
    """One thing that waits for a person: where to look at it, and the name of what can be done there, if anything."""

    kind: NeedKind
    text: str
    href: str
    action: str | None = None
    level: Literal["warn", "bad"] = "bad"


def needs_of(
    run: RunProgress | None,
    reasons: Sequence[Reason] = (),
    derivations: Sequence[DerivationStatus] = (),
    dead_letters: Mapping[str, int] | None = None,
    overdue: Sequence[str] = (),
    disk: Sequence[str] = (),
    new_dump: str | None = None,
) -> list[Need]:
    """All of it, what is worst first.

    Args:
        run: the active run, or the latest one.
        reasons: why nothing moves.
        derivations: what is made of documents after a run.
        dead_letters: how many each queue has.
        overdue: sentences about schedules that have not succeeded when they should have.
        disk: sentences about volumes that the next month does not fit into.
        new_dump: the date of a dump that is there and was not loaded.
    """
    return [
        *(_need("store-down", reason.text, "/operations#stores") for reason in reasons if reason.kind == "store-down"),
        *_of_run(run),
        *_of_derivations(derivations),
        *_of_letters(run, derivations, dead_letters or {}),
        *_of_workers(reasons),
        *(_need("schedule-overdue", text, "/operations#schedules") for text in overdue),
        *(_need("disk", text, "/operations#stores") for text in disk),
        *_of_dump(new_dump),
    ]


def _of_run(run: RunProgress | None) -> Iterator[Need]:
    if run is None:
        return
    place = f"/operations/runs/{run.id}"
    if run.state == "failed":
        yield _need("run-failed", f"Run {run.id} has failed: {run.reason or 'nobody knows why'}", place, "resume")
    elif run.state == "stopped":
        yield _need("run-stopped", f"Run {run.id} stopped at a limit: {run.reason or ''}", place)
    elif run.state == "paused":
        yield _need("run-paused", f"Run {run.id} is paused.", place, "unpause")
    dead = {entity.entity: entity.dead for entity in run.entities if entity.dead}
    if dead and run.active:
        parts = ", ".join(f"{count:,} of {entity}" for entity, count in dead.items())
        text = f"Parts of run {run.id} are dead ({parts}): its end waits until they are requeued."
        yield _need("dead-parts", text, f"/operations/parts?run={run.id}&state=dead", "requeue")


def _of_derivations(derivations: Sequence[DerivationStatus]) -> Iterator[Need]:
    for status in derivations:
        if status.batches_dead:
            text = (
                f"{plural(status.batches_dead, 'batch', 'batches')} of {status.name} "
                f"{'was' if status.batches_dead == 1 else 'were'} given up: {status.error or 'nobody knows why'}"
            )
            yield _need("dead-batches", text, "/operations/dead-letters", "requeue")


def _of_letters(
    run: RunProgress | None, derivations: Sequence[DerivationStatus], dead_letters: Mapping[str, int]
) -> Iterator[Need]:
    """Letters that no part and no batch answers for: of runs that are over, or that cannot be read."""
    known = sum(status.batches_dead for status in derivations)
    known += sum(entity.dead for entity in run.entities) if run and run.active else 0
    queues = {name: count for name, count in dead_letters.items() if count}
    if not known and queues:
        names = ", ".join(f"{count:,} in {name}" for name, count in queues.items())
        yield _need("dead-letters", f"There are dead letters: {names}.", "/operations/dead-letters", "requeue")


def _of_workers(reasons: Sequence[Reason]) -> Iterator[Need]:
    seen: set[str] = set()
    for reason in reasons:
        if reason.kind in {"scaled-to-zero", "no-worker"} and reason.function and reason.function not in seen:
            seen.add(reason.function)
            action = f"scale:{reason.function}" if reason.kind == "scaled-to-zero" else None
            yield _need(reason.kind, reason.text, "/operations#functions", action)


def _of_dump(new_dump: str | None) -> Iterator[Need]:
    if new_dump:
        yield _need("new-dump", f"The dump {new_dump} is there and was not loaded.", "/operations#load", "load")


def _need(kind: NeedKind, text: str, href: str, action: str | None = None) -> Need:
    return Need(kind, text, href, action, "warn" if kind in _MAY_WAIT else "bad")
