"""When a run stops by itself, as the ledger counts."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from functions.extract.limits.load_limits import Tally, collapsed_alarm, collapsed_fields, is_settled, rejected_alarm
from functions.extract.limits.stop_run import is_looked_at

READ = Tally(
    entity="releases",
    state="split",
    bytes=1_000,
    read_bytes=1_000,
    records=10_000,
    unchanged=0,
    rejected=0,
    cut=10_000,
    unparsed=0,
    quarantined=0,
)


def tally(**changes: Any) -> Tally:
    return msgspec.structs.replace(READ, **changes)


@pytest.mark.parametrize(("rejected", "quarantined", "stops"), [(100, 0, False), (50, 50, False), (50, 51, True)])
def test_a_run_stops_beyond_the_share_and_not_at_it(rejected: int, quarantined: int, *, stops: bool) -> None:
    alarm = rejected_alarm([READ, tally(rejected=rejected, quarantined=quarantined)], 0.01)
    assert (alarm is not None) == stops
    assert not stops or "101 of 10,000 releases (1.0%)" in str(alarm)


def test_small_files_are_not_stopped_for_their_share() -> None:
    assert rejected_alarm([tally(records=999, cut=999, quarantined=999)], 0.01) is None
    assert rejected_alarm([tally(records=1_000, cut=1_000, quarantined=11)], 0.01)


def test_while_a_file_is_read_the_share_is_of_all_that_it_will_have() -> None:
    early = tally(state="fetched", read_bytes=10, records=5_000, cut=5_000)
    assert rejected_alarm([msgspec.structs.replace(early, rejected=4_000)], 0.01) is None
    assert rejected_alarm([msgspec.structs.replace(early, rejected=5_000 * 100 // 50 + 1)], 0.01)


def test_a_field_collapses_that_half_of_the_stored_records_had_and_less_than_half_as_many_have_now() -> None:
    compared = {"": (1_000, 1_000), "title": (1_000, 1_000), "notes": (500, 249), "year": (499, 0), "genre": (800, 400)}
    assert collapsed_fields(READ, compared) == ["notes"]
    assert collapsed_alarm({"releases": ["notes", "year"], "labels": []}) == (
        "Most records have lost notes, year of releases: nothing was removed; "
        "if that is right, load it again with --accept-collapsed."
    )


def test_no_field_collapses_where_most_of_a_file_is_unchanged_or_little_was_compared() -> None:
    lost = {"": (500, 500), "notes": (500, 0)}
    assert collapsed_fields(READ, lost) == ["notes"]
    assert collapsed_fields(tally(unchanged=5_100, cut=4_900), lost) == []
    assert collapsed_fields(tally(unchanged=4_900, cut=5_100), lost) == ["notes"]
    assert collapsed_fields(READ, {"": (99, 99), "notes": (99, 0)}) == []
    assert collapsed_fields(READ, {}) == []


@pytest.mark.parametrize(
    ("changes", "settled"),
    [
        ({}, True),
        ({"unparsed": 1, "unchanged": 9_900, "cut": 100}, True),
        ({"unparsed": 101, "unchanged": 9_899, "cut": 101}, False),
        ({"unparsed": 90, "quarantined": 11, "unchanged": 9_890, "cut": 110}, False),
        ({"unparsed": 5, "unchanged": 20, "cut": 30, "records": 50}, True),
        ({"unparsed": 5, "unchanged": 90, "cut": 110, "records": 200}, False),
        ({"unparsed": 5, "cut": 5, "records": 5}, False),
        ({"unparsed": 2, "unchanged": 40, "cut": 2, "records": 42}, True),
    ],
)
def test_removals_wait_as_long_as_the_rest_could_stop_the_run(changes: dict[str, int], *, settled: bool) -> None:
    assert is_settled(tally(**changes), 0.01) is settled


def test_fields_are_looked_at_after_the_first_parts_and_then_less_and_less_often() -> None:
    assert [part for part in range(70) if is_looked_at(part, 4)] == [0, 4, 8, 16, 32, 64]
