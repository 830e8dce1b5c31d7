"""What a schedule is; the schedules themselves are in `functions/schedules.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from apscheduler.triggers.base import BaseTrigger
from msgspec import Struct

from functions.runtime.settings import Settings

ZONE: Final = "UTC"


class Schedule(Struct, frozen=True):
    """What is called when.

    Args:
        name: its name in the table `schedules` and in the logs.
        calls: `module:function`; it takes the context, and returns the messages to send or what it has done.
        trigger: when, by the settings.
        wanted: whether the settings ask for it at all.
        what: what it does, in words.
        when: when it does so, in words, by the settings.
        unwanted: why it does not, where the settings do not ask for it.
    """

    name: str
    calls: str
    trigger: Callable[[Settings], BaseTrigger]
    wanted: Callable[[Settings], bool] = lambda _: True
    what: str = ""
    when: Callable[[Settings], str] = lambda _: ""
    unwanted: str = ""
