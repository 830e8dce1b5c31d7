"""Figures over time: rates of counters, roll-ups, and points of a chart. All of it is arithmetic."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.metrics_history.downsampling import Row, downsample, moments, step_for
from functions.metrics_history.metric_names import matching, unit_of
from functions.metrics_history.rates import CpuShares, Rates
from functions.metrics_history.read import choose, levels_of
from functions.metrics_history.roll_up import Rolled, roll_up, roll_up_each, sample
from functions.metrics_history.server_processes import _times
from functions.metrics_history.sources import sum_of
from functions.runtime.settings import Settings

NOW = dt.datetime(2026, 4, 3, 12, tzinfo=dt.UTC)

figures = st.one_of(st.none(), st.floats(-1e6, 1e6))


# ── counters


def test_a_counter_has_a_rate_from_the_second_look_on() -> None:
    rates = Rates()
    assert rates.per_second(100.0, {"a": 50.0}) == {}
    assert rates.per_second(110.0, {"a": 80.0}) == {"a": 3.0}
    assert rates.per_second(120.0, {"a": 80.0}) == {"a": 0.0}


def test_a_counter_that_began_anew_has_no_rate_once_and_never_a_negative_one() -> None:
    rates = Rates()
    rates.per_second(0.0, {"a": 50.0})
    assert rates.per_second(10.0, {"a": 5.0}) == {}
    assert rates.per_second(20.0, {"a": 15.0}) == {"a": 1.0}


def test_a_counter_that_is_new_has_a_rate_only_if_it_began_since_the_last_look() -> None:
    rates = Rates()
    rates.per_second(0.0, {})
    assert rates.per_second(10.0, {"old": 1e6, "new": 20.0}, begun={"new"}) == {"new": 2.0}


def test_a_counter_that_was_away_begins_anew() -> None:
    rates = Rates()
    for at, counters in ((0.0, {"a": 10.0}), (10.0, {}), (20.0, {"a": 500.0})):
        assert rates.per_second(at, counters) == {}


def test_the_first_look_of_a_process_gives_no_rate_even_of_what_just_began() -> None:
    assert Rates().per_second(1e6, {"a": 5.0}, begun={"a"}) == {}


def test_the_rate_of_a_stage_is_that_of_all_runs_and_unknown_where_one_is() -> None:
    counters = {"1 stage/split/records": 7.0, "2 stage/split/records": 9.0}
    assert sum_of({"1 stage/split/records": 1.0, "2 stage/split/records": 2.0}, counters, "stage/split/records") == 3.0
    assert sum_of({"1 stage/split/records": 1.0}, counters, "stage/split/records") is None
    assert sum_of({}, {}, "stage/split/records") == 0


def test_the_cpu_of_a_process_is_that_between_its_own_reports() -> None:
    shares = CpuShares()
    assert shares.of({"old": (1000.0, 5000.0, 70.0), "young": (1000.0, 10.0, 5.0)}) == {"old": None, "young": 0.5}
    again = shares.of({"old": (1000.0, 5000.0, 70.0), "young": (1015.0, 25.0, 20.0)})
    assert again == {"old": None, "young": 1.0}
    assert shares.of({"old": (1060.0, 5060.0, 76.0)}) == {"old": 0.1}
    assert shares.of({"old": (1060.0, 5060.0, 76.0)}) == {"old": 0.1}  # until it reports again


def test_a_name_with_brackets_and_spaces_does_not_confuse_the_times_of_a_process() -> None:
    line = b"12 (a) b (c) S 7 1 1 0 -1 0 0 0 0 0 100 50 30 20 20 0 1 0 5 0 0"
    times = _times(line)
    assert (times.parent, times.own / times.ended) == (7, 3.0)


# ── roll-up


def test_a_roll_up_has_average_least_most_and_last_of_each_figure() -> None:
    rows = [sample([1.0, 10.0]), sample([5.0, 30.0]), sample([3.0, 20.0])]
    assert roll_up(rows) == Rolled([3.0, 20.0], [1.0, 10.0], [5.0, 30.0], [3.0, 20.0])


def test_what_was_not_known_counts_for_nothing_and_stays_unknown_where_it_never_was() -> None:
    rows = [sample([None, 4.0, None]), sample([2.0, None, None])]
    assert roll_up(rows) == Rolled([2.0, 4.0, None], [2.0, 4.0, None], [2.0, 4.0, None], [2.0, 4.0, None])


def test_figures_that_came_later_make_longer_rows() -> None:
    assert roll_up([sample([1.0]), sample([3.0, 8.0])]).average == [2.0, 8.0]


def test_rows_of_different_spans_count_by_their_spans() -> None:
    assert roll_up([sample([10.0]), sample([40.0])], [3600.0, 1800.0]).average == [20.0]


def test_a_roll_up_of_roll_ups_keeps_the_extremes() -> None:
    minute = roll_up([sample([1.0]), sample([9.0])])
    hour = roll_up([minute, roll_up([sample([4.0]), sample([6.0])])])
    assert hour == Rolled([5.0], [1.0], [9.0], [6.0])


def test_rows_are_rolled_up_by_their_keys() -> None:
    rows = [("a", sample([1.0])), ("a", sample([3.0])), ("b", sample([7.0]))]
    assert [(key, rolled.average) for key, rolled in roll_up_each(rows)] == [("a", [2.0]), ("b", [7.0])]


@given(st.lists(st.lists(figures, max_size=4), min_size=1, max_size=6))
def test_an_average_lies_between_the_extremes_and_is_known_exactly_where_they_are(
    rows: list[list[float | None]],
) -> None:
    for average, least, most, last in zip(*roll_up([sample(row) for row in rows]), strict=True):
        if average is None or least is None or most is None or last is None:
            assert (average, least, most, last) == (None, None, None, None)
        else:
            assert least - 1e-6 <= average <= most + 1e-6
            assert least <= last <= most


# ── points


@pytest.mark.parametrize(
    ("seconds", "points", "least", "step"),
    [
        (900, 599, 10, 10),
        (3_600, 599, 10, 10),
        (21_600, 599, 10, 40),
        (86_400, 599, 60, 180),
        (31_536_000, 599, 3_600, 54_000),
    ],
)
def test_steps_are_multiples_of_what_is_kept_and_long_enough(seconds: int, points: int, least: int, step: int) -> None:
    assert step_for(seconds, points, least) == step
    assert len(moments(1_000_003.0, 1_000_003.0 + seconds, step)) <= points + 1


def test_the_step_that_a_range_ends_in_is_one_of_its_points() -> None:
    assert moments(100.0, 120.0, 10) == [100, 110]
    assert moments(100.0, 120.5, 10) == [100, 110, 120]
    assert moments(104.0, 104.0, 10) == [100]


def test_a_time_without_rows_is_a_gap_and_not_a_line() -> None:
    rows = [Row(0.0, 10.0, sample([1.0])), Row(10.0, 10.0, sample([3.0])), Row(60.0, 10.0, sample([9.0]))]
    found = downsample(rows, moments(0.0, 80.0, 20), 20, roll_up)
    assert [each.average if each else None for each in found] == [[2.0], None, None, [9.0]]


def test_a_row_of_an_hour_counts_more_than_the_minutes_behind_it() -> None:
    rows = [Row(0.0, 3600.0, sample([10.0])), Row(3600.0, 60.0, sample([71.0]))]
    [only] = downsample(rows, [0], 7200, roll_up)
    assert only is not None
    assert list(only.average) == pytest.approx([11.0])


@pytest.mark.parametrize(
    ("hours", "read", "step"),
    [
        (0.25, ["samples"], 10),
        (1, ["samples"], 10),
        (6, ["samples"], 40),
        (24, ["minutes", "samples"], 180),
        (24 * 7, ["hours", "minutes", "samples"], 3_600),
        (24 * 365, ["hours", "minutes", "samples"], 54_000),
    ],
)
def test_a_range_is_read_from_the_table_that_reaches_back_and_is_fine_enough(
    hours: float, read: list[str], step: int
) -> None:
    levels, found = choose(levels_of(Settings(home="")), NOW - dt.timedelta(hours=hours), NOW, NOW, 600)
    assert ([level.table for level in levels], found) == (read, step)


def test_an_old_hour_is_read_from_what_is_still_kept_of_it() -> None:
    since = NOW - dt.timedelta(days=30)
    levels, step = choose(levels_of(Settings(home="")), since, since + dt.timedelta(hours=1), NOW, 600)
    assert (levels[0].table, step) == ("hours", 3_600)


def test_longer_kept_minutes_are_read_for_longer_ranges() -> None:
    settings = Settings(home="", keep_minutes_days=30)
    levels, step = choose(levels_of(settings), NOW - dt.timedelta(days=7), NOW, NOW, 600)
    assert (levels[0].table, step) == ("minutes", 1_020)


# ── names


def test_a_star_stands_for_anything_in_a_name() -> None:
    names = ["queue/finish/dead", "queue/split.labels/dead", "queue/split.labels/ready", "store/graph/up"]
    assert matching(names, ["queue/*/dead"]) == names[:2]
    assert matching(names, ["store/graph/up", "queue/finish/*"]) == [names[0], names[3]]
    assert matching(names, ["[", "queue"]) == []
    assert unit_of("queue/finish/dead") == "messages"
