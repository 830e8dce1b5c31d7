"""Reports of a process: one that cannot be made is not the last."""

from __future__ import annotations

import threading
import time

import pytest

from functions.runtime.process import worker_reports
from functions.runtime.process.activity import Doing
from functions.runtime.process.worker_reports import reporting
from functions.runtime.settings import Settings

LIMIT_S = 60.0


def _none(_: object) -> None:
    """What is called for what it does alone."""


@pytest.mark.filterwarnings("default::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("fails", ["figures", "pool"])
def test_a_report_that_fails_as_nobody_expects_is_tried_again(monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    monkeypatch.setattr(worker_reports, "_POLL_INTERVAL_S", 0.01)
    monkeypatch.setattr(worker_reports, "LEAST_S", 0.0)
    tries, again = [], threading.Event()

    def fail(what: str) -> dict[str, int]:
        if what == fails:
            tries.append(what)
            if len(tries) > 2:
                again.set()
            raise OSError("No space left on device")
        return {}

    doing = Doing("idle", time.monotonic())
    settings = Settings(home="", postgres_address="127.0.0.1:1")
    with reporting(settings, "split", lambda: doing, lambda: _none(fail("figures")), lambda: fail("pool")):
        assert again.wait(LIMIT_S)
