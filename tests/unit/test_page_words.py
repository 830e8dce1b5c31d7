"""Numbers, sizes and times as people read them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from functions.operations.plurals import plural
from gateway.pages import words


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.number(1_234_567), "1,234,567"),
        (words.number(12.34), "12.3"),
        (words.number(None), "–"),
        (words.number(0.0), "0.0"),
        (words.number(0.5), "0.5"),
        (words.number(0.04), "0.04"),
        (words.number(0.001234), "0.0012"),
        (words.number(1e-9), "0"),
        (words.size(999), "999 B"),
        (words.size(1_500), "1.5 kB"),
        (words.size(116_000_000_000), "116 GB"),
        (words.size(5e15), "5000 TB"),
        (words.percent(0.999), "99 %"),
        (words.percent(1.0), "100 %"),
        (words.span(0), "0 seconds"),
        (words.span(65), "1 minute 5 seconds"),
        (words.span(3_600), "1 hour"),
        (words.span(90_061), "1 day 1 hour"),
        (words.clock(32), "0:32"),
        (words.clock(3_905), "1:05:05"),
        (words.date("20260401"), "1 April 2026"),
        (words.month(dt.date(2026, 4, 1)), "2026-04"),
        (plural(1, "part"), "1 part"),
        (plural(1_200, "part"), "1,200 parts"),
    ],
)
def test_what_is_said(said: str, expected: str) -> None:
    assert said == expected


def test_a_moment_is_exact_for_machines_and_on_hover() -> None:
    moment = dt.datetime(2026, 4, 1, 14, 5, 6, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    text = str(words.moment(moment))
    assert 'datetime="2026-04-01T12:05:06+00:00"' in text
    assert 'title="2026-04-01 12:05:06 UTC"' in text
    assert ">1 Apr 2026 12:05 UTC<" in text  # without a script there is no more than that


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"by": "key:a", "parts": 3, "nothing": None, "empty": ""}, "by: key:a · parts: 3"),
        ({"filter": {"run": 3}, "list": [1, 2]}, "filter: run 3 · list: 1, 2"),
    ],
)
def test_the_detail_of_an_event_is_a_line(detail: dict[str, Any], expected: str) -> None:
    assert words.event_detail(detail) == expected
