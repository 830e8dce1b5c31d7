"""Why nothing moves: a pure function of the ledger, the queues and the workers.

While something moves, only what is wrong is named: that a file waits for its turn is no news then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, get_args

from msgspec import Struct, structs

from functions.derivations.status import DerivationStatus
from functions.operations.plurals import listed
from functions.operations.run_progress import Counted, FileCount, PartCount
from functions.runtime.function_table import FunctionTable, function_name, queues_of
from functions.runtime.ledger.models import ACTIVE
from functions.runtime.messages import Derive, Download, Finish, Message, Split
from functions.runtime.messaging.queues import QueueStats
from functions.runtime.process.worker_reports import FunctionWorkers

ReasonKind = Literal[
    "store-down",
    "paused",
    "stopped-at-limit",
    "failed",
    "dead-parts",
    "scaled-to-zero",
    "no-worker",
    "waking",
    "backoff",
    "download-put-off",
    "waits-for-file",
    "waits-for-room",
    "lost",
    "lock-held",
]
KINDS: Final[tuple[ReasonKind, ...]] = get_args(ReasonKind)

#: What is worth saying also while something else moves.
_WRONG: Final[frozenset[ReasonKind]] = frozenset({"store-down", "scaled-to-zero", "no-worker", "backoff", "lock-held"})
#: Seconds for which what has ended last counts as moving, and in which a supervisor has a worker started.
MOVES_S: Final = 20.0
_WAKES_S: Final = 30.0


class Reason(Struct, frozen=True):
    """One reason why something does not move, as a sentence; `until` is when that passes by itself."""

    kind: ReasonKind
    text: str
    function: str | None = None
    entity: str | None = None
    until: dt.datetime | None = None


class Look(Struct, frozen=True, kw_only=True):
    """What is known of an installation at a moment.

    Attributes:
        at: by PostgreSQL's clock.
        counted: the active run, or the latest one; None where there is none, or PostgreSQL does not answer.
        queues: None while the broker does not answer.
        workers: by function, by their own account; None while PostgreSQL does not answer.
        fixed: functions whose number of workers was set by hand, and that number.
        is_supervised: whether a supervisor starts workers as the queues want.
        pending_parts: parts of an entity that may be under way before its split waits.
        lease_s: seconds after which a message that was sent and is nowhere is sent again.
        lock_waits: sessions that wait for a lock another holds.
        down: what does not answer, and its sentence.
        derivations: what is made of documents after a run.
    """

    at: dt.datetime
    counted: Counted | None
    queues: Mapping[str, QueueStats] | None
    workers: Mapping[str, FunctionWorkers] | None
    fixed: Mapping[str, int] = {}
    is_supervised: bool = True
    pending_parts: int = 24
    lease_s: float = 120.0
    lock_waits: int = 0
    down: Mapping[str, str] = {}
    derivations: Sequence[DerivationStatus] = ()


class _Waiting(Struct, frozen=True):
    """Work of one function that waits: what it is, in words and how many; since when its message is under way."""

    function: str
    entity: str | None
    what: str
    queue: str
    count: int = 1
    sent_at: dt.datetime | None = None
    back_at: dt.datetime | None = None

    def says(self, one: str, many: str) -> str:
        """A sentence's beginning: what it is, and one of two verbs."""
        return f"{self.what[:1].upper()}{self.what[1:]} {one if self.count == 1 else many}"


def idle_reasons(look: Look, functions: FunctionTable) -> list[Reason]:
    """Why nothing moves, the most important first; empty while all goes on, or there is nothing to do."""
    reasons = [Reason("store-down", text) for text in look.down.values()]
    counted = look.counted
    if counted is None:
        return reasons
    if counted.run.state not in ACTIVE:
        return [*reasons, *_ended(counted), *_reasons(look, list(_derivations(look)))]
    if counted.run.state == "paused":
        text = f"Run {counted.run.id} is paused: `linernotes unpause` goes on with it."
        return [*reasons, Reason("paused", text)]
    found = [*reasons, *_reasons(look, list(_of_run(look, counted, functions)))]
    return [one for one in found if one.kind in _WRONG] if is_moving(look, found) else found


def is_moving(look: Look, reasons: Sequence[Reason] = ()) -> bool:
    """Whether something of the active run has lately got further, or a worker is at it.

    Args:
        look: what is known.
        reasons: a split that waits for room is busy, and does not move.
    """
    counted = look.counted
    if counted is None or counted.run.state not in {"running", "finishing"}:
        return False
    reads = not any(reason.kind == "waits-for-room" for reason in reasons)
    moved = moved_at(counted, reads=reads)
    if moved and (look.at - moved).total_seconds() < MOVES_S:
        return True
    still = {"derive"} if reads else {"derive", "split"}
    busy = sum(found.busy for name, found in (look.workers or {}).items() if name not in still)
    return busy > look.lock_waits


def moved_at(counted: Counted, *, reads: bool = True) -> dt.datetime | None:
    """When something of a run has got further last: the end of a part, what was read of a file, a step of its end."""
    moments = [ended.last_at for ended in counted.ended] + [step.at for step in counted.steps]
    moments += [file.sent_at for file in counted.files if reads and file.sent_at and file.read_bytes]
    return max((moment for moment in moments if moment <= counted.at), default=None)


def _ended(counted: Counted) -> Iterator[Reason]:
    run = counted.run
    if run.state == "stopped":
        yield Reason("stopped-at-limit", f"Run {run.id} stopped at a limit. {run.reason or ''}".rstrip())
    elif run.state == "failed":
        yield Reason(
            "failed", f"Run {run.id} has failed: {_sentence(run.reason)} `linernotes resume` takes it up again."
        )


def _reasons(look: Look, found: Sequence[Reason | _Waiting]) -> Iterator[Reason]:
    """What is said of each, and of work that waits why it does; what waits alike is said in one sentence."""
    alike: dict[tuple[ReasonKind, str], list[_Waiting]] = {}
    for one in found:
        if isinstance(one, Reason):
            yield one
        elif kind := _kind(look, one):
            alike.setdefault((kind, one.function), []).append(one)
    for (kind, _), waiting in alike.items():
        yield _reason(look, kind, _together(waiting))


def _of_run(look: Look, counted: Counted, functions: FunctionTable) -> Iterator[Reason | _Waiting]:
    yield from _of_files(look, counted)
    for count in counted.parts:
        if count.state in functions.steps:
            waiting = _waiting(functions.steps[count.state], count.entity, _parts(count), count.parts, count.sent_at)
            comes_back = count.put_off and count.put_off == count.parts - count.unsent
            yield structs.replace(waiting, back_at=count.back_at) if comes_back else waiting
        elif count.state == "damaged":
            yield _waiting(Split, count.entity, _parts(count, "damaged "), count.parts, count.sent_at)
    unfinished = any(count.state not in {"done", "dead"} for count in counted.parts)
    if unfinished or any(file.state in {"listed", "fetched"} for file in counted.files):
        return
    dead = {count.entity: count.parts for count in counted.parts if count.state == "dead"}
    if dead:
        names = ", ".join(f"{number} of {entity}" for entity, number in dead.items())
        text = f"Parts are dead ({names}): the end of run {counted.run.id} waits for `linernotes dead-letters requeue`."
        yield Reason("dead-parts", text)
    else:
        end = _waiting(Finish, None, f"the end of run {counted.run.id}", 1, counted.end_sent_at)
        yield structs.replace(end, back_at=_later(look, counted.end_sent_at))


def _of_files(look: Look, counted: Counted) -> Iterator[Reason | _Waiting]:
    coming = [file for file in counted.files if file.state == "listed"]
    here = [file for file in counted.files if file.state == "fetched"]
    for file in coming:
        yield from _of_download(look, file)
    if coming and here:
        names, missing = (listed([file.entity for file in files]) for files in (here, coming))
        text = f"Reading {names} waits for {missing}: nothing is loaded before every file is here and checked."
        yield Reason("waits-for-file", text, "split")
    elif here:
        yield from _of_splits(look, counted, here)


def _of_download(look: Look, file: FileCount) -> Iterator[Reason | _Waiting]:
    if file.sent_at and file.sent_at > look.at:
        text = (
            f"The download of {file.entity} is put off, as its source asked or since it failed: it begins again "
            f"{_at(file.sent_at)}."
        )
        yield Reason("download-put-off", text, "download", file.entity, file.sent_at)
    else:
        yield _waiting(Download, file.entity, f"the file of {file.entity}", 1, file.sent_at)


def _of_splits(look: Look, counted: Counted, here: Sequence[FileCount]) -> Iterator[Reason | _Waiting]:
    """Files are read one after the other: as long as one of them is in hand, the others wait for their turn."""
    for file in here:
        pending = sum(
            count.parts
            for count in counted.parts
            if count.entity == file.entity and count.state not in {"done", "dead", "damaged"}
        )
        if pending >= look.pending_parts:
            text = (
                f"Reading {file.entity} waits for room: {pending} parts of it are under way, and no more than "
                f"{look.pending_parts} may be."
            )
            yield Reason("waits-for-room", text, "split", file.entity)
            return
    in_hand = [queue for queue in (_queue(look, Split, file.entity) for file in here) if queue and queue.unacked]
    for file in here[:1] if not in_hand else ():
        waiting = _waiting(Split, file.entity, f"the file of {file.entity}", 1, file.sent_at)
        yield structs.replace(waiting, back_at=_later(look, file.sent_at))


def _derivations(look: Look) -> Iterator[Reason | _Waiting]:
    over = look.counted.run.finished_at if look.counted else None
    for status in look.derivations:
        if status.batches_left:
            what = f"{status.batches_left:,} {'batch' if status.batches_left == 1 else 'batches'} of {status.name}"
            yield _waiting(Derive, None, what, status.batches_left, over)


def _kind(look: Look, waiting: _Waiting) -> ReasonKind | None:
    """Why nobody works on what a queue should hold; None where somebody does, or soon will."""
    if look.workers is None or look.queues is None:
        return None
    workers = look.workers.get(waiting.function, FunctionWorkers(0, 0))
    queue = look.queues.get(waiting.queue)
    if not workers.workers and (queue is None or queue.depth or not _is_overdue(look, waiting)):
        return _without_worker(look, waiting)
    if queue is None or queue.unacked:
        return "lock-held" if workers.busy and look.lock_waits >= workers.busy else None
    if queue.ready == 0 and queue.delayed:
        return "backoff"
    return "lost" if queue.depth == 0 and not workers.busy and _is_overdue(look, waiting) else None


def _without_worker(look: Look, waiting: _Waiting) -> ReasonKind:
    if look.fixed.get(waiting.function) == 0:
        return "scaled-to-zero"
    since = waiting.sent_at
    woken = look.is_supervised and (since is None or (look.at - since).total_seconds() < _WAKES_S)
    return "waking" if woken else "no-worker"


def _is_overdue(look: Look, waiting: _Waiting) -> bool:
    """Whether its message should be in the queue by now; nobody has set the function to no worker."""
    long_ago = waiting.sent_at is not None and (look.at - waiting.sent_at).total_seconds() >= MOVES_S
    return long_ago and look.fixed.get(waiting.function) != 0


def _together(waiting: Sequence[_Waiting]) -> _Waiting:
    """Several that wait alike, as one."""
    first = waiting[0]
    if len(waiting) == 1:
        return first
    names = [one.what for one in waiting]
    return structs.replace(
        first,
        entity=None,
        what=f"{', '.join(names[:-1])} and {names[-1]}",
        count=sum(one.count for one in waiting),
        sent_at=min((one.sent_at for one in waiting if one.sent_at), default=None),
        back_at=min((one.back_at for one in waiting if one.back_at), default=None),
    )


def _reason(look: Look, kind: ReasonKind, waiting: _Waiting) -> Reason:
    """The sentence."""
    name, waits = waiting.function, waiting.says("waits", "wait")
    until = None
    match kind:
        case "scaled-to-zero":
            text = f"{waits} for {name}, which was scaled to 0: `linernotes scale {name} auto` wakes it."
        case "waking":
            text = f"{waits} for {name}, which had no work and is being woken."
        case "no-worker":
            start = (
                "`linernotes up` starts them" if look.is_supervised else f"`linernotes run worker {name}` starts one"
            )
            text = f"{waits} for {name}, and no worker is there: {start}."
        case "lock-held":
            text = f"{waits} for {name}, which waits for a lock that another holds."
        case "backoff":
            until = waiting.back_at
            tried = waiting.says("has failed and is tried again", "have failed and are tried again")
            when = f"{', the first' * (waiting.count > 1)} {_at(until)}" if until else ""
            text = f"{tried} by {name}{when}."
        case _:
            again = (waiting.sent_at or look.at) + dt.timedelta(seconds=look.lease_s)
            until = again if again > look.at else None
            when = _at(again) if until else "by the next sweep"
            text = f"{waits} for {name}, and no queue holds a message: it is sent again {when}."
    return Reason(kind, text, name, waiting.entity, until)


def _waiting(
    kind: type[Message], entity: str | None, what: str, count: int = 1, sent_at: dt.datetime | None = None
) -> _Waiting:
    name = function_name(kind)
    return _Waiting(name, entity, what, f"{name}.{entity}" if entity else queues_of(kind)[0], count, sent_at)


def _later(look: Look, moment: dt.datetime | None) -> dt.datetime | None:
    """When what has failed comes back: messages that come at once were sent in the past."""
    return moment if moment and moment > look.at else None


def _queue(look: Look, kind: type[Message], entity: str) -> QueueStats | None:
    return (look.queues or {}).get(f"{function_name(kind)}.{entity}")


def _parts(count: PartCount, kind: str = "") -> str:
    return f"{count.parts:,} {kind}{'part' if count.parts == 1 else 'parts'} of {count.entity}"


def _sentence(text: str | None) -> str:
    said = (text or "nobody knows why").strip()
    return said if said.endswith((".", "!", "?")) else f"{said}."


def _at(moment: dt.datetime) -> str:
    return f"at {moment.astimezone(dt.UTC):%H:%M:%S} UTC"
