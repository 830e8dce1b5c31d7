"""When the schedules say what."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from apscheduler.triggers.base import BaseTrigger
from apscheduler.util import ref_to_obj

from functions.runtime.settings import Settings
from functions.schedules import SCHEDULES

START = dt.datetime(2026, 4, 3, 12, tzinfo=dt.UTC)


def trigger_of(name: str, settings: Settings) -> BaseTrigger:
    return next(schedule for schedule in SCHEDULES if schedule.name == name).trigger(settings)


def times(trigger: BaseTrigger, count: int) -> list[dt.datetime]:
    found: list[dt.datetime] = []
    while len(found) < count:
        found.append(trigger.get_next_fire_time(found[-1] if found else None, found[-1] if found else START))
    return found


@pytest.mark.parametrize(
    ("every", "days"), [(15, [16, 1, 16, 31]), (31, [1, 1, 1, 1]), (10, [11, 21, 1, 11]), (1, [4, 5, 6, 7])]
)
def test_the_check_is_counted_anew_from_the_first_of_each_month(every: int, days: list[int]) -> None:
    found = times(trigger_of("check", Settings(home="", check_days=every)), 4)
    assert [time.day for time in found] == days
    assert {time.utcoffset() for time in found} == {dt.timedelta(0)}


def test_the_sweep_follows_its_setting_and_housekeeping_is_daily() -> None:
    settings = Settings(home="", sweep_seconds=7)
    sweeps, nights = (times(trigger_of(name, settings), 3) for name in ("sweep", "housekeeping"))
    assert {b - a for a, b in pairwise(sweeps)} == {dt.timedelta(seconds=7)}
    assert {b - a for a, b in pairwise(nights)} == {dt.timedelta(days=1)}


def test_every_schedule_calls_what_is_there_and_a_check_needs_a_source() -> None:
    assert all(callable(ref_to_obj(schedule.calls)) for schedule in SCHEDULES)
    wanted = {schedule.name for schedule in SCHEDULES if schedule.wanted(Settings(home=""))}
    assert wanted == {"sweep", "housekeeping"}
    more = Settings(home="", check_source="/dumps", webhooks="https://example.org/", webhook_secret="s")
    assert all(schedule.wanted(more) for schedule in SCHEDULES)
    assert all(schedule.what and schedule.when(more) for schedule in SCHEDULES)
