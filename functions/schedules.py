"""All schedules at a glance. All times are UTC."""

from __future__ import annotations

from typing import Final

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from functions.runtime.schedules.schedule import ZONE, Schedule

#: Seconds between two looks for events that are to be told.
WEBHOOK_SECONDS: Final = 5


def _from_the_first(days: int) -> str:
    """Days of the month, so many apart. (APScheduler refuses the step 31 in `1-31/31`.)"""
    return ",".join(str(day) for day in range(1, 32, days))


SCHEDULES: Final = (
    # Is a new dump there? Every PERIODIC_CHECK_DAYS days, counted anew from the first of each month.
    Schedule(
        "check",
        "functions.runs.new_dump_check:check",
        lambda settings: CronTrigger(day=_from_the_first(settings.check_days), hour=6, minute=23, timezone=ZONE),
        wanted=lambda settings: bool(settings.check_source),
        what="looks whether there is a newer dump",
        when=lambda settings: f"every {settings.check_days} days from the 1st of the month, at 06:23 UTC",
        unwanted="LINERNOTES_CHECK_SOURCE names no source",
    ),
    # Send again what was lost.
    Schedule(
        "sweep",
        "functions.runs.run_commands:sweep",
        lambda settings: IntervalTrigger(seconds=settings.sweep_seconds, timezone=ZONE),
        what="sends again what was lost",
        when=lambda settings: f"every {settings.sweep_seconds} seconds",
    ),
    # Throw away what its setting no longer keeps.
    Schedule(
        "housekeeping",
        "functions.runs.housekeeping:keep_house",
        lambda _: CronTrigger(hour=3, minute=41, timezone=ZONE),
        what="throws away what is no longer kept",
        when=lambda _: "every day at 03:41 UTC",
    ),
    # Tell events to other programs.
    Schedule(
        "webhooks",
        "functions.webhooks.deliver:deliver",
        lambda _: IntervalTrigger(seconds=WEBHOOK_SECONDS, timezone=ZONE),
        wanted=lambda settings: bool(settings.webhook_addresses),
        what="tells events to other programs",
        when=lambda _: f"every {WEBHOOK_SECONDS} seconds",
        unwanted="LINERNOTES_WEBHOOKS names no address",
    ),
)
