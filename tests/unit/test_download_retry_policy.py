"""How long a download waits, and how its speed is told."""

from __future__ import annotations

import datetime as dt

import pytest

from functions.extract.download.range_response import RangeRefused, content_range, part_of
from functions.extract.download.retry_policy import DownloadRetry, interruptible_sleep, retry_after
from functions.extract.download.throughput import Speed
from functions.runtime.errors import StoreUnavailable
from functions.runtime.messaging.retry_policy import delay_of
from functions.runtime.settings import Settings

NOW = dt.datetime(2026, 4, 1, 12, 0, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("3574", 3574),
        (" 10 ", 10),
        ("Wed, 01 Apr 2026 13:00:00 GMT", 3600),
        ("Wed, 01 Apr 2026 11:00:00 GMT", 0),
        ("999999999999", 86_400),
        ("Wed, 01 Apr 2036 13:00:00 GMT", 86_400),
        ("", None),
        (None, None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(text: str | None, seconds: float | None) -> None:
    assert retry_after(text, NOW) == seconds


def patient(slept: list[float]) -> DownloadRetry:
    return DownloadRetry(tries=4, longest_s=100, first_s=1, most_s=30, sleep=slept.append, clock=lambda: 0.0)


@pytest.mark.parametrize(("failures", "least", "most"), [(1, 1, 2), (2, 2, 4), (3, 4, 8), (6, 15, 30), (1000, 15, 30)])
def test_pauses_double_up_to_a_bound_and_jitter_spreads_them(failures: int, least: float, most: float) -> None:
    pauses = {patient([]).pause(failures, None) for _ in range(50)}
    assert len(pauses) > 1
    assert least <= min(pauses) <= max(pauses) <= most


def test_no_less_is_waited_than_the_server_asks_for() -> None:
    slept: list[float] = []
    patient(slept).wait(StoreUnavailable("Busy.", 60), 1)
    assert slept == [60]


def test_a_long_wait_is_not_waited_but_handed_on() -> None:
    slept: list[float] = []
    with pytest.raises(StoreUnavailable) as refused:
        patient(slept).wait(StoreUnavailable("Busy.", 3574), 1)
    assert (slept, refused.value.retry_after) == ([], 3574)


def test_tries_are_bounded() -> None:
    with pytest.raises(StoreUnavailable, match=r"^Away\. 4 tries in a row brought little"):
        patient([]).wait(StoreUnavailable("Away."), 4)


def test_a_nap_lasts_as_long_as_it_should() -> None:
    interruptible_sleep(0.0)
    interruptible_sleep(0.001)


def test_a_message_comes_back_no_sooner_than_the_server_asked_for() -> None:
    settings = Settings(home="/", min_backoff_ms=500)
    assert delay_of(StoreUnavailable("Busy.", 3574), 0, settings) == 3574
    for error in (StoreUnavailable("Busy."), StoreUnavailable("Busy.", 0.01), KeyError("a mistake")):
        assert 0.5 <= delay_of(error, 0, settings) <= 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bytes 5-9/10", (5, 10)),
        ("bytes 5-9/*", (5, None)),
        ("bytes */10", (None, 10)),
        ("bytes=5-9/10", (None, None)),
        ("", (None, None)),
        (None, (None, None)),
    ],
)
def test_a_content_range_tells_its_start_and_the_whole(text: str | None, found: tuple[int | None, int | None]) -> None:
    assert content_range(text) == found


def test_an_answer_that_begins_elsewhere_is_no_part() -> None:
    assert part_of("bytes 5-9/10", 5) == 10
    for text in ("bytes 4-9/10", "bytes */10", None):
        with pytest.raises(RangeRefused):
            part_of(text, 5)


def test_speed_is_that_of_the_last_seconds() -> None:
    moments = iter([0.0, 10.0, 20.0, 30.0, 40.0, 50.0])
    speed = Speed(clock=lambda: next(moments))
    assert (speed.rate, speed.left(100)) == (0.0, None)
    for done in (0, 1_000_000, 2_000_000, 12_000_000, 22_000_000):
        speed.note(done)
    assert speed.rate == 1_000_000
    assert speed.sentence(32_000_000) == "1.0 MB/s, 10 s left"
    assert speed.sentence(322_000_000) == "1.0 MB/s, 5 min left"
    assert speed.sentence(None) == "1.0 MB/s"
    speed.note(0)
    assert speed.rate == 0
