"""A child of the supervisor ends with it also where the kernel does not see to that (macOS)."""

from __future__ import annotations

import os
import signal
import threading
import time


def end_with_supervisor(every: float = 1.0) -> None:
    """Watch, in a thread, that the supervisor which started this process lives; kill this process when it does not.

    To be called first thing by each `linernotes run …`. Does nothing in a process that no supervisor started.
    """
    supervisor = int(os.environ.get("LINERNOTES_SUPERVISOR", "0"))
    if supervisor and os.getppid() == supervisor:
        threading.Thread(target=_watch, args=(supervisor, every), name="orphan", daemon=True).start()


def _watch(supervisor: int, every: float) -> None:
    while os.getppid() == supervisor:
        time.sleep(every)
    os.kill(os.getpid(), signal.SIGKILL)
