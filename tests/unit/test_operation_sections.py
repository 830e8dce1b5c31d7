"""The sections of operations while a store is down: what is not known is not told as if there were nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from functions.operations.function_views import FunctionView
from functions.operations.headline import Headline
from functions.operations.needs import Need
from functions.operations.snapshot import Snapshot
from gateway.pages.render import render

DOWN = Snapshot(
    at=dt.datetime(2026, 4, 1, tzinfo=dt.UTC),
    headline=Headline("PostgreSQL does not answer.", "bad"),
    needs=[],
    idle=[],
    run=None,
    runs=None,
    queues=None,
    depths=None,
    functions=None,
    workers=None,
    longest=None,
    stores=[],
    schedules=None,
    events=None,
    disk=None,
    derivations=None,
    unavailable=["PostgreSQL", "broker"],
)
FINISH = FunctionView("finish", "🏁", 1, 0, 0, None, [], False, None, None, None)


def shown(section: str, **changes: Any) -> str:
    return render(f"operations/{section}.html", s=msgspec.structs.replace(DOWN, **changes), lines={})


def test_without_postgresql_neither_runs_nor_work_are_known():
    for section, nothing in (("run", "No run so far"), ("longest", "Nobody is at work")):
        assert "Not known: PostgreSQL does not answer." in shown(section)
        assert nothing not in shown(section)
        assert nothing in shown(section, runs=[], longest=[])


def test_without_the_broker_no_number_of_messages_is_known():
    row = shown("functions", functions=[FINISH])
    assert row.count(">–<") == 3
    assert shown("functions", functions=[FINISH], queues=[]).count(">0<") == 3


def test_needs_of_one_kind_have_keys_of_their_own_that_do_not_hang_on_those_before():
    disk = [Need("disk", f"The volume {name} is too small.", "/operations#stores") for name in ("a", "b")]
    failed = Need("run-failed", "Run 7 has failed.", "/operations/runs/7")
    for needs in (disk, [failed, *disk]):
        assert 'data-key="need-disk-0"' in shown("needs", needs=needs)
        assert 'data-key="need-disk-1"' in shown("needs", needs=needs)
