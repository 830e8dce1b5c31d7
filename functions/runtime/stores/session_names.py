"""What the sessions of a process are called at PostgreSQL, so that others can end them when it is gone."""

from __future__ import annotations

import os
import uuid
from functools import lru_cache


def process_id() -> str:
    """32 hexadecimal digits that no other process has; a forked process has others than its parent."""
    return _made(os.getpid())


def session_name() -> str:
    """An application name that no other pool has. It begins with `linernotes`, the pid and 8 digits of the process."""
    return f"linernotes {os.getpid()} {process_id()[:8]} {uuid.uuid4().hex[:8]}"


@lru_cache(maxsize=1)
def _made(pid: int) -> str:  # noqa: ARG001 - what it is made for
    return uuid.uuid4().hex
