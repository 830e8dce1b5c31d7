"""A supervised process does not outlive its supervisor, whatever ended that one.

On Linux the supervisor has asked the kernel to kill it then; this is for other systems, and for a supervisor that ended
before it could ask.
"""

from __future__ import annotations

import os

from functions.runtime.supervised_process import SUPERVISOR, is_supervised


class ParentWatchdog:
    """Notices that the supervisor is gone; a process that has none never does."""

    def __init__(self) -> None:
        self._parent = int(os.environ.get(SUPERVISOR, os.getppid())) if is_supervised() else None

    def is_parent_gone(self) -> bool:
        """Whether the supervisor is gone. Looked at every second or so, for where no signal tells."""
        return self._parent is not None and os.getppid() != self._parent
