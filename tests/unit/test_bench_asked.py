"""Questions are asked twice of a server in use, and of a cold one after it was made cold for each."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from infra.bench.harness.asked import asked
from infra.bench.harness.cold import Cold
from infra.bench.harness.figures import NothingToDo
from infra.bench.harness.stack import Memory, family_memory


class _Noted(list[str]):
    """A server that notes when it is made cold, among the questions."""

    def make(self) -> None:
        self.append("cold")


def _figures(noted: Any, names: str, cold: Any) -> list[str]:
    questions = [partial(noted.append, name) for name in names]
    return [result.name for result in asked("words", questions, cast("Cold | None", cold))]


def test_each_question_is_asked_warm_and_then_of_a_cold_server() -> None:
    noted = _Noted()
    names = _figures(noted, "ab", noted)
    assert noted == ["a", "b", "a", "b", "cold", "a", "cold", "b"]
    assert names == [f"words, {state}, p{share}" for state in ("warm", "cold") for share in (50, 95, 99)]


def test_where_the_system_cannot_drop_files_there_are_no_figures_of_a_cold_server() -> None:
    noted = _Noted()
    assert _figures(noted, "a", None) == [f"words, warm, p{share}" for share in (50, 95, 99)]
    assert noted == ["a", "a"]


def test_no_questions_are_no_figures() -> None:
    with pytest.raises(NothingToDo):
        _figures(_Noted(), "", None)


def test_what_this_process_holds_is_looked_at_where_it_is_asked_for(tmp_path: Path) -> None:
    memory = Memory()
    memory.sample(tmp_path)
    assert memory.peaks == {}
    memory.sample(tmp_path, with_own=True)
    assert 0.5 < memory.peaks["benchmark"] / family_memory(os.getpid()) < 2
    assert memory.total == memory.peaks["benchmark"]
