"""The figures of charts: what is added up, what stays a gap, and that a page can colour them."""

from __future__ import annotations

import datetime as dt
import re
from typing import get_args

import msgspec
import pytest

from functions.metrics_history.metric_names import matching
from functions.metrics_history.read import RANGES, Line
from gateway.pages import chart_routes
from gateway.pages.charts import CHARTS, RANGE_WORDS, ChartData, ChartLine, figure, lines_of
from gateway.pages.words import counted

START = dt.datetime(2026, 4, 3, 12, tzinfo=dt.UTC)


def line(metric: str, *values: float | None) -> Line:
    known = list(values)
    return Line(metric, "messages", known, known, known, known)


def data(*lines: ChartLine) -> ChartData:
    at = [START + dt.timedelta(seconds=10 * place) for place in range(len(lines[0].values) if lines else 2)]
    return ChartData("depth", "Messages", "messages", "things", "1h", 10, at, list(lines))


def test_queues_of_a_function_are_one_line_and_dead_letters_another() -> None:
    found = [
        line("queue/split.artists/ready", 1, None, None),
        line("queue/split.labels/delayed", 2, 5, None),
        line("queue/split.labels/dead", 1, 1, 1),
        line("queue/finish/ready", 0, 0, 0),
    ]
    assert lines_of(found, CHARTS["depth"].label) == [
        ChartLine("split", [3, 5, None]),
        ChartLine("dead letters", [1, 1, 1]),
        ChartLine("finish", [0, 0, 0]),
    ]


def test_a_gap_is_null_for_plotly_and_is_not_drawn_over() -> None:
    drawn = figure(data(ChartLine("split", [1.0, None, 3.0])))
    [trace] = drawn.data
    assert (trace["y"], trace["connectgaps"], trace["type"]) == ([1.0, None, 3.0], False, "scatter")
    assert (trace["x0"], trace["dx"]) == ("2026-04-03 12:00:00", 10_000)


def test_axes_and_title_say_what_is_shown() -> None:
    layout = figure(data(ChartLine("split", [1.0, 2.0]))).layout
    assert layout["title"]["text"] == "Messages, the last hour"
    assert (layout["xaxis"]["title"]["text"], layout["yaxis"]["title"]["text"]) == ("time (UTC)", "messages")
    assert layout["xaxis"]["range"] == ["2026-04-03 12:00:00", "2026-04-03 12:00:20"]


def test_every_colour_is_a_token_of_the_stylesheet() -> None:
    lines = [ChartLine(str(number), [1.0]) for number in range(20)]
    text = msgspec.json.encode(figure(data(*lines))).decode()
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", text) == []
    assert len(set(re.findall(r'"color":"(var\(--[a-z]+\))"', text))) > 5
    styles = {(trace["line"]["color"], trace["line"]["dash"]) for trace in figure(data(*lines)).data}
    assert len(styles) == 20


@pytest.mark.parametrize("lines", [(), (ChartLine("split", []),), (ChartLine("split", [None, None]),)])
def test_a_chart_of_nothing_is_a_chart(lines: tuple[ChartLine, ...]) -> None:
    assert len(figure(data(*lines)).data) == len(lines)


def test_every_chart_has_an_address() -> None:
    assert set(get_args(get_args(chart_routes.Name)[0])) == set(CHARTS)


def test_shares_are_written_as_percentages_in_the_chart_and_in_its_table() -> None:
    shares = msgspec.structs.replace(data(ChartLine("cache", [0.987, None])), counts="shares")
    assert figure(shares).layout["yaxis"]["tickformat"] == ".0%"
    assert [counted(value, "shares") for value in shares.lines[0].values] == ["98 %", "–"]
    assert [counted(1_500.0, counts) for counts in ("bytes", "things")] == ["1.5 kB", "1,500"]


def test_the_cache_and_postgresql_have_a_line_each_in_the_chart_of_hits() -> None:
    chart = CHARTS["hits"]
    assert [chart.label(name) for name in chart.metrics] == ["cache", "PostgreSQL"]


@pytest.mark.parametrize(
    ("chart", "metric", "label"),
    [
        ("pools", "pool/gateway/used", "gateway"),
        ("pools", "pool/gateway/waiting", "requests that wait"),
        ("health", "health/bad", "checks that are bad"),
        ("health", "health/down", "stores that are down"),
    ],
)
def test_pools_and_health_have_lines_that_say_what_they_count(chart: str, metric: str, label: str) -> None:
    assert CHARTS[chart].label(metric) == label
    assert matching([metric], CHARTS[chart].metrics) == [metric]


def test_every_range_is_called_something() -> None:
    assert RANGE_WORDS.keys() == RANGES.keys()
