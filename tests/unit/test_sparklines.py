"""The depth of queues over an hour as small lines: what is summed, what is left out, and what is drawn."""

from __future__ import annotations

import pytest

from functions.metrics_history.read import Line
from functions.operations.queue_depths import QueueDepth, depths_of
from gateway.pages.render import render
from gateway.pages.sparklines import sparkline, sparklines


def line(metric: str, *values: float | None) -> Line:
    return Line(metric, "messages", list(values))


def test_the_depth_of_a_queue_is_what_is_ready_delayed_or_in_work() -> None:
    found = [
        line("queue/split.labels/ready", 1, None, None),
        line("queue/split.labels/delayed", 2, 5, None),
        line("queue/split.artists/unacked", 0, 0.25, 0),
        line("queue/finish/ready", 0, None, 0),
        line("queue/gone/ready", 7, 7, 7),
    ]
    assert depths_of(found, 120, ["split.artists", "split.labels", "split.masters", "finish"]) == [
        QueueDepth("split.artists", 120, [0, 0.25, 0]),
        QueueDepth("split.labels", 120, [3, 5, None]),
    ]


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ([0, 0, 8, 8, 4], "M0 19H40V1H80V10H100"),
        ([None, 2, None, None, 1], "M20 1H40M80 10H100"),
        ([3], "M0 1H100"),
        ([0, 0], "M0 19H100"),
        ([None], ""),
        ([], ""),
    ],
)
def test_a_line_has_a_point_where_something_changes_and_a_gap_where_nothing_is_known(values, path) -> None:
    assert sparkline("finish", values).path == path


def test_the_lines_of_all_queues_of_a_busy_hour_stay_small() -> None:
    busy = [
        QueueDepth(f"load-table.{number}", 120, [float(place * number % 97) for place in range(31)])
        for number in range(24)
    ]
    html = render("operations/depths.html", lines=sparklines(busy))
    assert len(html) < 24 * 450
