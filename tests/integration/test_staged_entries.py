"""Entries that wait to be put into their place, and others that come meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.runtime.settings import Settings
from functions.search_entries import assemble as entries
from tests.integration.pipeline import APRIL, Pipeline, artist, open_pipeline, write_dump


@pytest.fixture
def pipeline(settings: Settings) -> Iterator[Pipeline]:
    with open_pipeline(settings) as opened:
        opened.reset()
        yield opened


def test_an_entry_that_is_written_while_the_one_before_is_put_into_its_place_waits(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.load(write_dump(tmp_path, APRIL, {"artists": [artist(1)]}), APRIL, only_store="table")
    stage(pipeline, "Second")
    date_releases, later = entries._date_releases, ["Third"]

    def interrupted(connection: Any) -> None:
        while later:
            pipeline.query("DELETE FROM search_staged")
            stage(pipeline, later.pop())
        date_releases(connection)

    monkeypatch.setattr(entries, "_date_releases", interrupted)
    entries.assemble(pipeline.context, building=False)
    names = " UNION ALL ".join(f"SELECT name FROM search_entries_{tier}" for tier in range(4))  # noqa: S608
    assert pipeline.query(names) == [("Third",)]
    assert pipeline.query("SELECT * FROM search_staged") == []


def stage(pipeline: Pipeline, name: str) -> None:
    """Have artist 1 be called so, once it is put into its place."""
    query = """INSERT INTO search_staged (entity, id, name, by_line, plain, words, facets, links)
               SELECT entity, id, %s, by_line, plain, words, facets, links FROM search_entries_0
               UNION ALL SELECT entity, id, %s, by_line, plain, words, facets, links FROM search_entries_1
               UNION ALL SELECT entity, id, %s, by_line, plain, words, facets, links FROM search_entries_2
               UNION ALL SELECT entity, id, %s, by_line, plain, words, facets, links FROM search_entries_3"""
    pipeline.query(query, *[name] * 4)
