"""Which schedules are overdue: pure."""

from __future__ import annotations

import datetime as dt
from typing import Final

#: How long after it was due a schedule counts as overdue: its retries come every five minutes.
GRACE: Final = dt.timedelta(minutes=10)
#: The same for one that has failed and asks a site, which is asked again after an hour: one outage of it alarms nobody.
_SITE_GRACE: Final = {"check": dt.timedelta(hours=2, minutes=10)}


def overdue(
    name: str,
    due: dt.datetime | None,
    done_at: dt.datetime | None,
    error: str | None,
    set_up_at: dt.datetime,
    now: dt.datetime,
) -> str | None:
    """Why a schedule counts as overdue, in a sentence; None while it does not.

    Args:
        name: of the schedule.
        due: when it is due next, or was; None where no scheduler has ever begun with it.
        done_at: when it succeeded last.
        error: why it has failed since.
        set_up_at: when the tables were made or changed last: nobody could run before.
        now: by the same clock.
    """
    grace = _SITE_GRACE.get(name, GRACE) if error else GRACE
    if now - max(due or set_up_at, set_up_at) <= grace:
        return None
    if due is None:
        return f"The schedule {name} has never run: is the scheduler up?"
    last = f"it succeeded last at {done_at:%Y-%m-%d %H:%M} UTC" if done_at else "it has never succeeded"
    why = f": {error}" if error else ": is the scheduler up?"
    return f"The schedule {name} was due at {due:%Y-%m-%d %H:%M} UTC, and {last}{why}"
