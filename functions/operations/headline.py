"""The first line: how things are, in one sentence. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from functions.derivations.status import DerivationStatus
from functions.operations.idle_reasons import Reason
from functions.operations.plurals import listed, plural
from functions.operations.run_progress import EntityProgress, RunProgress

Level = Literal["ok", "busy", "warn", "bad"]

_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0

#: What a run is doing, and what it is called.
_DOING = {"load": "Loading", "rebuild": "Filling the graph", "retry": "Trying quarantined records again"}
_CALLED = {"load": "load", "rebuild": "rebuild of the graph", "retry": "retry of quarantined records"}


class Headline(Struct, frozen=True):
    """How things are: `busy` while a run goes on, `warn` when something waits for a person, `bad` when it is broken."""

    text: str
    level: Level


def headline_of(
    run: RunProgress | None,
    reasons: Sequence[Reason],
    down: Mapping[str, str],
    derivations: Sequence[DerivationStatus] = (),
    held: str | None = None,
) -> Headline:
    """The sentence.

    Args:
        run: the active run, or the latest one; None where there is none, or nobody can tell.
        reasons: why nothing moves.
        down: what does not answer, by name.
        derivations: what is made of documents after a run.
        held: the month that the stores hold, as in 2026-11.
    """
    if "PostgreSQL" in down:
        return Headline(f"{down['PostgreSQL']} Nothing moves until it answers.", "bad")
    level = _level(run, reasons, down)
    return Headline(f"{_run_text(run, reasons, derivations, held)}; {_answers(down)}.", level)


def time_left(seconds: float) -> str:
    """So many seconds as people say it: `about 32 minutes left`."""
    if seconds < _MINUTE:
        return "less than a minute left"
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= 1.5 * unit or unit == _MINUTE:
            count = round(seconds / unit)
            return f"about {count} {name}{'s' * (count != 1)} left"
    raise AssertionError(seconds)


def _level(run: RunProgress | None, reasons: Sequence[Reason], down: Mapping[str, str]) -> Level:
    if down or (run and run.state == "failed"):
        return "bad"
    waits = any(reason.kind not in {"waking", "store-down"} for reason in reasons)
    if waits or (run and (run.state in {"paused", "stopped"} or any(entity.dead for entity in run.entities))):
        return "warn"
    return "busy" if run and run.active else "ok"


def _run_text(
    run: RunProgress | None, reasons: Sequence[Reason], derivations: Sequence[DerivationStatus], held: str | None
) -> str:
    if run is None:
        return "Nothing was loaded yet"
    if run.state == "paused":
        return f"The {_called(run)} is paused at {_percent(run.share)}"
    if run.active:
        return _active(run, reasons)
    if run.state in {"failed", "stopped"}:
        ended = "has failed" if run.state == "failed" else "stopped at a limit"
        return f"The {_called(run)} {ended}: {(run.reason or 'nobody knows why').rstrip('.')}"
    return _idle(derivations, held)


def _active(run: RunProgress, reasons: Sequence[Reason]) -> str:
    text = _doing(run)
    if still := [reason for reason in reasons if reason.kind not in {"store-down", "waking"}]:
        return f"{text}; nothing moves: {_why(still[0])}"
    if waking := [reason.function for reason in reasons if reason.kind == "waking" and reason.function]:
        return f"{text}; {listed(waking)} {'is' if len(waking) == 1 else 'are'} being woken"
    left = f", {time_left(run.seconds_left)}" if run.seconds_left else ""
    return f"{text}{left}{_then(run)}"


def _why(reason: Reason) -> str:
    """A reason in a few words: its sentence, which names all that waits, stands below."""
    name = reason.function
    short = {
        "scaled-to-zero": f"{name} was scaled to 0",
        "no-worker": f"{name} has no worker",
        "lost": f"messages for {name} are lost, and will be sent again",
        "lock-held": f"{name} waits for a lock that another holds",
        "backoff": f"what {name} has failed at is tried again later",
    }
    return short.get(reason.kind) or _lower(reason.text).rstrip(".")


def _doing(run: RunProgress) -> str:
    doing = " ".join(filter(None, (_DOING[run.kind], run.month)))
    if run.state == "finishing":
        step = run.steps[-1] if run.steps else None
        named = " ".join(filter(None, (step.step, step.entity))) if step and not step.ended_at else ""
        return f"{doing}: at its end" + (f", {named}" if named else "")
    if coming := [entity for entity in run.entities if entity.state == "listed"]:
        return f"{doing}: fetching {coming[0].entity}{_fetched(coming[0])}"
    entity = next((entity for entity in run.entities if entity.share < 1), None)
    return f"{doing}: {entity.entity} {_percent(entity.share)}" if entity else f"{doing}: {_percent(run.share)}"


def _fetched(entity: EntityProgress) -> str:
    return f" {_percent(entity.read_bytes / entity.bytes)}" if entity.bytes and entity.read_bytes else ""


def _then(run: RunProgress) -> str:
    """A graph that is filled as a whole takes its time after the records."""
    later = run.state == "running" and "graph" in run.bulk and run.kind == "load"
    return ", and then the graph" if later else ""


def _idle(derivations: Sequence[DerivationStatus], held: str | None) -> str:
    holds = f"the stores hold {held}" if held else "the stores hold no whole month yet"
    if made := [status for status in derivations if status.batches_left]:
        left = sum(status.batches_left for status in made)
        names = listed([status.name for status in made])
        share = sum(status.share * (status.batches + 1) for status in made) / sum(status.batches + 1 for status in made)
        done = f"{_percent(share)} done, {plural(left, 'batch', 'batches')} left"
        return f"Bringing {names} up to {held or 'the documents'}: {done}"
    return f"Idle: {holds}"


def _answers(down: Mapping[str, str]) -> str:
    if not down:
        return "everything answers"
    names = listed([f"the {name}" for name in down])
    return f"{names} {'does' if len(down) == 1 else 'do'} not answer"


def _called(run: RunProgress) -> str:
    return f"{_CALLED[run.kind]} of {run.month}" if run.month else _CALLED[run.kind]


def _percent(share: float) -> str:
    """Never 100 before it is through."""
    return f"{min(99, int(share * 100)) if share < 1 else 100} %"


def _lower(text: str) -> str:
    """As it stands within a sentence."""
    return text[:1].lower() + text[1:]
