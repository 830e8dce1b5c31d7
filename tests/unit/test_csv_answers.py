"""Figures and lists as CSV, which people open as sheets."""

from __future__ import annotations

import pytest

from gateway.csv_answers import csv_answer


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    answer = csv_answer("figures", ("a", "b"), [(text, -1)])
    assert answer.content == f"a,b\r\n'{text},-1\r\n"
