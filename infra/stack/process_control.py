"""What is asked of Linux about the processes of a stack; elsewhere nothing is done, and the answer is False."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress

# From <linux/prctl.h>.
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def die_with_parent(number: signal.Signals) -> bool:
    """Have the kernel send this process a signal when its parent of now dies."""
    return _prctl(_PR_SET_PDEATHSIG, number)


def adopt_orphans(*, adopt: bool = True) -> bool:
    """Be the parent of whatever the processes below this one leave behind, instead of process 1; or no longer."""
    return _prctl(_PR_SET_CHILD_SUBREAPER, int(adopt))


class Orphans:
    """Ends of adopted processes, which nobody else waits for: else each would stay a zombie."""

    def __init__(self) -> None:
        self._seen: int | None = None

    def reap(self) -> None:
        """Wait for one that had ended at the last look, too; what somebody waits for is gone by then."""
        with suppress(ChildProcessError):
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            pid = found.si_pid if found else None
            if pid is not None and pid == self._seen:
                os.waitpid(pid, os.WNOHANG)
            self._seen = pid


def _prctl(option: int, value: int) -> bool:
    if sys.platform != "linux":
        return False
    return bool(ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0)
