"""Nodes with very many edges in the embedded graph: theirs are spread over chains, and nobody sees a difference."""

from __future__ import annotations

from pathlib import Path

import pytest

from functions.load_graph.bulk import hubs
from functions.runtime.stores.arcadedb_http import graph_http
from infra.synth import mutate_dump
from infra.synth import write_dump as write_generated_dump
from tests.integration.pipeline import APRIL, Pipeline, date_of, open_pipeline, small, write_dump
from tests.stack import FreshSettings

FIRST, SECOND = "20260901", "20261001"


def chains(pipeline: Pipeline) -> set[str]:
    """Labels of the nodes whose edges are spread."""
    settings = pipeline.context.settings
    with graph_http(settings) as server:
        names = [row["name"] for row in server.sql(settings.graph_database, "SELECT name FROM schema:buckets")]
    return {name.partition("_sn_stripe_")[0] for name in names if "_sn_stripe_" in name}


def test_edges_that_are_spread_are_filled_changed_and_removed_as_all_others(
    fresh_settings: FreshSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_generated_dump(tmp_path, releases=300, seed=5, dump=FIRST)
    mutate_dump(tmp_path, tmp_path, changed=0.05, seed=6, dump=SECOND)
    with open_pipeline(fresh_settings()) as spread, open_pipeline(fresh_settings()) as usual:
        usual.load(tmp_path, date_of(FIRST), bulk="auto")
        with monkeypatch.context() as patch:
            patch.setattr(hubs, "LEAST", 40)
            patch.setattr(hubs, "CHAIN", 10)
            assert spread.load(tmp_path, date_of(FIRST), bulk="auto").state == "done"
        assert chains(usual) == set()
        assert {"Genre", "Style"} <= chains(spread) <= {"Genre", "Style", "Label", "Artist"}
        for month in (FIRST, SECOND):
            for pipeline in (spread, usual):
                assert pipeline.load(tmp_path, date_of(month)).state == "done"
                assert pipeline.differences(tmp_path, date_of(month)) == {}
            assert spread.graph() == usual.graph()
        from_the_hub = "MATCH (g:Genre)<-[:IS]-(r:Release) RETURN g.name AS name, count(r) AS releases ORDER BY name"
        assert spread.cypher(from_the_hub) == usual.cypher(from_the_hub)


def test_a_master_with_very_many_releases_does_not_stop_a_fill(
    fresh_settings: FreshSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_dump(tmp_path, APRIL, small())  # each of its five masters has a record and twelve releases
    monkeypatch.setattr(hubs, "LEAST", 10)
    with open_pipeline(fresh_settings()) as pipeline:
        assert pipeline.load(source, bulk="auto").state == "done"
        assert chains(pipeline) == {"Genre", "Style"}
        assert pipeline.differences(source, APRIL) == {}
