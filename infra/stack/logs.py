"""The logs of the stack: what each process prints, kept short while it prints on, and what happened to it.

A server's is `NAME.log`; a child's is `NAME.out.log`, because it writes and rotates a `NAME.log` of its own.
"""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from infra.stack.home import Home, append_private

#: What the supervisor did, and what it printed.
SUPERVISOR_LOG = "supervisor.log"

_WARNINGS = frozenset({"ended", "killed", "short-of-memory", "waiting"})
#: Bytes at the end of a log among which its last line is looked for: more than a stack trace.
_TAIL = 65_536
_FRAME = re.compile(r"\s+(at |\.\.\. \d+ more)")


class Event(msgspec.Struct, frozen=True):
    """Something that happened to a process of the stack."""

    process: str
    event: str
    text: str = ""
    retry_in_s: float | None = None


def rotate(path: Path, limit: int, keep: int) -> None:
    """Move the content of a log that has grown over `limit` bytes to `NAME.1`, that one to `NAME.2`, and so on.

    The content is copied and the file emptied, so that a process appending to it goes on.
    """
    if not path.exists() or path.stat().st_size <= limit:
        return
    copy = path.with_name(f"{path.name}.new")
    if keep:
        _copy(path, copy)
    for number in range(keep, 1, -1):
        older = path.with_name(f"{path.name}.{number - 1}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number}"))
    if keep:
        copy.replace(path.with_name(f"{path.name}.1"))
    with path.open("r+b") as file:
        file.truncate(0)


def _copy(path: Path, copy: Path) -> None:
    """Copy a log; a copy that the disk does not hold is not left there."""
    try:
        shutil.copy(path, copy)
    except OSError:
        copy.unlink(missing_ok=True)
        raise


def last_line(path: Path) -> str:
    """The last line of a log that says something: it is not empty, nor a frame of Java's stack trace."""
    if not path.exists():
        return ""
    lines = path.read_bytes()[-_TAIL:].decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip() and not _FRAME.match(line)), "")


def append_event(home: Home, event: Event) -> None:
    """Add an event to the supervisor's own log; on a full disk it is lost."""
    line: dict[str, object] = {
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": "warning" if event.event in _WARNINGS else "info",
        "event": event.event,
        "process": event.process,
        "text": event.text,
    }
    if event.retry_in_s is not None:
        line["retry_in_s"] = event.retry_in_s
    with suppress(OSError), append_private(home.logs / SUPERVISOR_LOG) as file:
        file.write(msgspec.json.encode(line) + b"\n")
