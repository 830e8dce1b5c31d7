"""Rows in the text form of COPY; that PostgreSQL reads them so is shown in `test_derivations.py`."""

from __future__ import annotations

import datetime as dt

import pytest

from functions.derivations.copy_text import copy_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, r"\N"),
        (0, "0"),
        (-(2**63), "-9223372036854775808"),
        (True, "True"),
        (0.5, "0.5"),
        (dt.date(2026, 4, 1), "2026-04-01"),
        ("", ""),
        ("坂本龍一", "坂本龍一"),
        (r"\N", r"\\N"),
        ("a\tb\nc\rd", r"a\tb\nc\rd"),
        ([], "{}"),
        ([1, 2], "{1,2}"),
        (["a", "", "NULL", "b,c{}"], '{"a","","NULL","b,c{}"}'),
        (['7"', "\\", "x\ny"], r'{"7\\"","\\\\","x\ny"}'),
    ],
)
def test_a_value_is_written_as_copy_reads_it(value, text):
    assert copy_text([(value, 1), (2, value)]) == f"{text}\t1\n2\t{text}\n"


def test_a_value_of_another_kind_is_refused():
    with pytest.raises(TypeError, match="bytes has no text form"):
        copy_text([(b"x",)])
