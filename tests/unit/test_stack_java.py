"""Options of the graph servers' Java."""

from __future__ import annotations

import os

import pytest

from infra.stack.java import collector


@pytest.mark.parametrize(("cores", "wanted"), [(1, ("-XX:+UseSerialGC",)), (2, ("-XX:+UseSerialGC",)), (4, ())])
def test_few_cores_get_the_collector_that_needs_none_of_its_own(
    monkeypatch: pytest.MonkeyPatch, cores: int, wanted: tuple[str, ...]
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert collector() == wanted
