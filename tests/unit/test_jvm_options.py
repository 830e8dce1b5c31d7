"""Options of the graph servers' Java."""

from __future__ import annotations

import os

import pytest

from infra.stack.jvm_options import on_few_cores


@pytest.mark.parametrize("cores", [1, 2])
def test_few_cores_get_the_serial_collector_and_inline_less(monkeypatch: pytest.MonkeyPatch, cores: int) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert on_few_cores() == ("-XX:+UseSerialGC", "-XX:FreqInlineSize=100", "-XX:InlineSmallCode=600")


def test_on_more_cores_java_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert on_few_cores() == ()
