"""Settings under their names of before."""

from __future__ import annotations

import pytest

from functions.runtime.settings import ALIASES, read_settings, variables


def test_each_old_name_stands_for_a_setting_that_is_there() -> None:
    known = {str((meta.extra or {})["env"]) for meta in variables().values()}
    assert set(ALIASES.values()) <= known
    assert not set(ALIASES) & known


def test_an_old_name_is_accepted_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="LINERNOTES_OVERRUN is now called LINERNOTES_HANG_TIMEOUT"):
        assert read_settings({"LINERNOTES_HOME": "/nowhere", "LINERNOTES_OVERRUN": "7"}).hang_timeout == 7


def test_where_both_names_are_set_the_new_one_counts() -> None:
    both = {"LINERNOTES_HOME": "/nowhere", "LINERNOTES_STRETCH_BYTES": "2000", "LINERNOTES_PART_SPAN_BYTES": "3000"}
    with pytest.warns(UserWarning, match="LINERNOTES_PART_SPAN_BYTES"):
        assert read_settings(both).part_span_bytes == 3000
