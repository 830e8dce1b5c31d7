"""Benchmarks on stores where their work is done already."""

from __future__ import annotations

import pytest

from functions.load_table.indexes import drop_indexes
from infra.bench.cases.load import index_figures
from infra.bench.harness.figures import NothingToDo, Work
from tests.integration.pipeline import Pipeline

TABLES_ONLY = True


def test_indexes_that_are_there_already_are_no_figure(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NothingToDo, match="no secondary indexes built"):
        list(index_figures(pipeline.context, Work(5, "releases stored")))
    pipeline.query("DROP INDEX releases_year")
    with pytest.raises(NothingToDo, match=r"did 1 of \d+ secondary indexes built"):
        list(index_figures(pipeline.context, Work(5, "releases stored")))
    with pipeline.context.connection() as connection:
        drop_indexes(connection)
    figures = {result.name: result.value for result in index_figures(pipeline.context, Work(5, "releases stored"))}
    assert figures["secondary indexes"] > 0
