"""The kinds of events: how grave each is, what it says in words, and which are told to other programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

Level = Literal["info", "warning", "error"]

LEVELS: Final[tuple[Level, ...]] = ("info", "warning", "error")

#: What has to be looked at, and what should be; everything else is as it should be.
_GRAVE: Final[dict[Level, tuple[str, ...]]] = {
    "error": ("derivation-dead", "part-dead", "run-failed", "wrong-checksum"),
    "warning": (
        "action-failed",
        "check-failed",
        "download-put-off",
        "drift-collapsed",
        "drift-unknown",
        "file-damaged",
        "file-refused",
        "graph-emptied",
        "meaning-off",
        "new-dump-refused",
        "not-whole",
        "part-damaged",
        "process-ended",
        "run-stopped",
        "webhook-given-up",
    ),
}
_LEVEL: Final[dict[str, Level]] = {kind: level for level, kinds in _GRAVE.items() for kind in kinds}

#: What webhooks tell: a run finished, failed or stopped at a limit, a new dump, drift of its form.
TOLD: Final = ("drift-collapsed", "drift-unknown", "new-dump", "run-done", "run-failed", "run-stopped")

#: What each kind says; `{…}` is of its detail.
_WORDS: Final[dict[str, str]] = {
    "action-failed": "{action} was not done: {outcome}",
    "check-failed": "The look for a new dump at {source} failed: {error}",
    "derivation-begun": "{name} is made from all documents",
    "derivation-built": "{name} is complete",
    "derivation-dead": "Batch {batch} of {name} was given up: {error}",
    "download-put-off": "The download of {file} is put off for {seconds} s: {error}",
    "drift-collapsed": "Most {entity} have lost the field {field}",
    "drift-unknown": "{entity} have {name}, which the model does not know",
    "emptied": "Both stores were emptied",
    "file-damaged": "The list of ids of {entity} was damaged and is made again",
    "file-refused": "A file was refused: {problem}",
    "graph-emptied": "The graph was another one: it is emptied and filled again",
    "graph-filling": "The graph is filled as a whole",
    "key-made": "The key {name} was made, with the right {right}",
    "key-revoked": "The key {name} was revoked",
    "load-planned": "The load of the new dump begins",
    "meaning-off": "Nothing is found by meaning: {reason}",
    "new-dump": "The dump {dump} is there at {source}",
    "new-dump-refused": "The new dump {dump} is not loaded: {error}",
    "not-whole": "{file} is not whole: {problem}",
    "part-damaged": "Part {part} of {entity} was damaged and is made again",
    "part-dead": "Part {part} of {entity} was given up: {error}",
    "process-ended": "{process} has ended and is started again: {error}",
    "purged": "{letters} dead letters were dropped",
    "requeued": "Dead letters were tried again: {parts} parts, {batches} batches",
    "restored": "A backup took the place of the database",
    "run-begun": "A run from {source} begins",
    "run-cancelled": "The run was cancelled",
    "run-done": "The run came to its end",
    "run-failed": "The run failed: {error}",
    "run-paused": "The run was paused",
    "run-resent": "What is due of the run was sent again",
    "run-resumed": "The failed run was taken up again",
    "run-running": "The run goes on",
    "run-stopped": "The run stopped: {reason}",
    "scale-asked": "{function}: {wanted}",
    "scaled": "{function}: workers {before} → {workers}, {reason}",
    "schedule-asked": "The schedule {schedule} is to run now",
    "signed-in": "Signed in, with the right {right}",
    "signed-out": "Signed out",
    "suppressed": "{records} of {entity} are shown to nobody",
    "stack-started": "The supervisor has begun to keep workers",
    "unsuppressed": "{records} of {entity} are shown again",
    "webhook-given-up": "Event {event} could not be told to {host}: {error}",
    "wrong-checksum": "{file} has another checksum than its dump says",
}


def level_of(kind: str) -> Level:
    """How grave events of a kind are; of one that is not known here, `info`."""
    return _LEVEL.get(kind, "info")


def kinds_of(level: Level) -> tuple[str, ...]:
    """The kinds of a level; of `info`, which has all others, none."""
    return _GRAVE.get(level, ())


def words_of(kind: str, detail: Mapping[str, Any]) -> str:
    """What an event says, in a sentence; of a kind that is not known here, its detail."""
    words = _WORDS.get(kind)
    if words is None:
        return " ".join([kind, *(f"{name}={value}" for name, value in detail.items())])
    return words.format_map(_Shown(detail))


class _Shown(dict[str, Any]):
    """A detail that lacks a name says so, instead of failing: older events had other ones."""

    def __missing__(self, name: str) -> str:
        return "?"
