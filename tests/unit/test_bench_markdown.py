"""Figures on their way into the docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.bench.harness.markdown import BEGIN, END, markdown, put
from infra.bench.harness.result import Result
from infra.bench.harness.suite import Section, reason, sections

_SECTIONS = [
    Section(("load", "--releases", "5"), [Result("PostgreSQL", 12_345.6, "releases/s", "discogskit", 4.25)]),
    Section(("graph", "--server", "neo4j"), problem="Neo4j's jars are missing."),
]


def test_each_benchmark_stands_under_the_command_that_prints_it() -> None:
    text = markdown({"date": "2026-11-23", "cores": "2"}, _SECTIONS)
    assert text.startswith("- date: 2026-11-23\n- cores: 2\n\n`linernotes bench load --releases 5`\n\n```\nPostgreSQL ")
    assert "12,345.6 releases/s  (4.25 × discogskit)\n```" in text
    assert text.endswith("`linernotes bench graph --server neo4j`\n\nNot run here: Neo4j's jars are missing.")


def test_figures_take_the_place_of_those_before_and_nothing_else_moves(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text(f"# Performance\n\n{BEGIN}\nold\n{END}\n\n## What was tried\n")
    for text in ("new", "newer"):
        put(path, text)
    assert path.read_text() == f"# Performance\n\n{BEGIN}\n\nnewer\n\n{END}\n\n## What was tried\n"


def test_a_file_without_marks_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "figures.md"
    put(path, "new")
    assert path.read_text() == f"{BEGIN}\n\nnew\n\n{END}\n"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (['{"event":"split"}\n', "error: No jars: run make neo4j.\n"], "No jars: run make neo4j."),
        (["╭─ Error ──╮\n", "│ No such option: --server │\n", "╰──────────╯\n"], "No such option: --server"),
        (["… generating\n"], ""),
    ],
)
def test_the_reason_is_the_last_thing_that_was_said(said: list[str], expected: str) -> None:
    assert reason(said) == expected


def test_quick_differs_in_sizes_alone() -> None:
    full, quick = sections(quick=False), sections(quick=True)
    assert [section.command[0] for section in quick] == [section.command[0] for section in full]
    assert "linernotes bench load --releases 2000 --against discogskit" in {section.title for section in quick}
    assert len({section.title for section in full}) == len({section.title for section in quick}) == len(full)
