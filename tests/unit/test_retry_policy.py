"""What the type of an error decides, and what a process does when its broker is gone."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from dramatiq.errors import ConnectionClosed
from dramatiq.middleware import Shutdown, TimeLimitExceeded

from functions.runtime.errors import (
    Busy,
    PermanentError,
    RunGone,
    SourceError,
    SourceUnavailable,
    StoreBroke,
    StoreConflict,
    StoreFailed,
    StoreUnavailable,
    TransientError,
)
from functions.runtime.messaging.connection_guard import ConnectionGuard
from functions.runtime.messaging.retry_policy import Decision, decide
from functions.runtime.process.hang_watchdog import HangWatchdog


@pytest.mark.parametrize(
    ("error", "retries", "decision"),
    [
        (PermanentError("no"), 0, "dead"),
        (SourceError("no"), 0, "dead"),
        (RunGone("emptied"), 0, "over"),
        (TransientError("later"), 0, "retry"),
        (TransientError("later"), 8, "dead"),
        (StoreUnavailable("away"), 8, "retry"),
        (StoreBroke("away"), 1_000, "retry"),
        (Busy("held"), 1_000, "retry"),
        (StoreFailed("no"), 8, "dead"),
        (SourceUnavailable("away"), 8, "dead"),
        (StoreConflict("met"), 8, "dead"),
        (KeyError("a mistake"), 0, "retry"),
        (KeyError("a mistake"), 8, "dead"),
        (TimeLimitExceeded(), 2, "retry"),
        (Shutdown(), 8, "again"),
    ],
)
def test_the_type_of_an_error_and_the_tries_decide(error: BaseException, retries: int, decision: Decision) -> None:
    assert decide(error, retries, max_retries=8) == decision


def test_a_call_long_over_its_limit_is_noticed() -> None:
    watch = HangWatchdog(limit_s=10, grace_s=30)
    assert not watch.is_hanging()
    watch.before_process_message(None, None)  # type: ignore[arg-type]
    assert not watch.is_hanging()
    watch.limit_s = -100
    assert watch.is_hanging()
    watch.after_process_message(None, None)  # type: ignore[arg-type]
    assert not watch.is_hanging()


def test_time_that_a_call_has_waited_for_others_is_no_time_of_its_own() -> None:
    watch = HangWatchdog(limit_s=10, grace_s=30)
    watch.before_process_message(None, None)  # type: ignore[arg-type]
    watch.limit_s = -100
    watch.extend(200)
    assert not watch.is_hanging()
    watch.after_process_message(None, None)  # type: ignore[arg-type]


@pytest.fixture
def terminated() -> Iterator[list[int]]:
    """The SIGTERMs this process has sent itself."""
    seen: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: seen.append(number))
    yield seen
    signal.signal(signal.SIGTERM, before)


def test_a_queue_is_consumed_once_and_a_second_time_ends_the_process(terminated: list[int]) -> None:
    guard = ConnectionGuard(deadline=1, in_worker=True)
    guard.admit("a")
    guard.admit("b")
    assert terminated == []
    for _ in range(2):
        with pytest.raises(ConnectionClosed):
            guard.admit("a")
    assert terminated == [signal.SIGTERM]
    assert guard.broken.is_set()


def test_sending_is_tried_until_it_works() -> None:
    answers = iter([OSError("away"), OSError("away"), "sent"])

    def send() -> str:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return str(answer)

    assert ConnectionGuard(deadline=5, in_worker=False).retry_call("Sending", send, (OSError,)) == "sent"


def test_sending_gives_up_at_its_deadline_and_says_so() -> None:
    def send() -> None:
        raise OSError("refused")

    with pytest.raises(StoreUnavailable, match=r"did not answer for 0 s \(Sending: refused\)"):
        ConnectionGuard(deadline=0, in_worker=False).retry_call("Sending", send, (OSError,))
