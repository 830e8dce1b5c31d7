"""What a supervisor tells the processes that it starts."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Final

#: Set by the supervisor for its children: which of the processes of one kind this is, from 0.
CHILD_INDEX: Final = "LINERNOTES_CHILD_INDEX"

#: Set by the supervisor for its children: its own process id.
SUPERVISOR: Final = "LINERNOTES_SUPERVISOR_PID"

#: Set by the supervisor for its children: the descriptor to which they write a line when they are ready.
NOTIFY: Final = "LINERNOTES_NOTIFY_FD"


def is_supervised() -> bool:
    """Whether a supervisor started this process."""
    return CHILD_INDEX in os.environ


def child_index() -> int:
    """Which of the processes of one kind this is."""
    return int(os.environ.get(CHILD_INDEX, "0"))


def notify_ready() -> None:
    """Tell a supervisor that asks for it that this process is ready for work; once only."""
    descriptor = os.environ.pop(NOTIFY, "")
    if descriptor:
        with suppress(OSError), open(int(descriptor), "wb", buffering=0) as told:  # noqa: PTH123  no path
            told.write(b"\n")


def is_alive(pid: int) -> bool:
    """Whether a process of that id runs, whoever owns it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
