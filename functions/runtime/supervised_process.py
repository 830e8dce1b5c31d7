"""What a supervisor tells the processes that it starts."""

from __future__ import annotations

import os
from typing import Final

#: Set by the supervisor for its children: which of the processes of one kind this is, from 0.
CHILD_INDEX: Final = "LINERNOTES_CHILD_INDEX"

#: Set by the supervisor for its children: its own process id.
SUPERVISOR: Final = "LINERNOTES_SUPERVISOR_PID"


def is_supervised() -> bool:
    """Whether a supervisor started this process."""
    return CHILD_INDEX in os.environ


def child_index() -> int:
    """Which of the processes of one kind this is."""
    return int(os.environ.get(CHILD_INDEX, "0"))


def is_alive(pid: int) -> bool:
    """Whether a process of that id runs, whoever owns it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
