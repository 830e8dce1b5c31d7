"""Figures and lists as CSV, which people open as sheets."""

from __future__ import annotations

import pytest

from gateway.csv_answers import attachment, csv_answer
from gateway.ndjson_answers import lines_answer


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    answer = csv_answer("figures", ("a", "b"), [(text, -1)])
    assert answer.content == f"a,b\r\n'{text},-1\r\n"


def test_a_name_that_no_header_can_have_is_written_as_one_that_it_can() -> None:
    assert attachment("genres.csv") == 'attachment; filename="genres.csv"'
    for answer in (csv_answer("genre-民謡", (), []), lines_answer("genre-民謡", [])):
        named = answer.headers["Content-Disposition"]
        assert named.startswith("attachment; filename*=UTF-8''genre-%E6%B0%91%E8%AC%A1."), named
