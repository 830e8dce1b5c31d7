"""Names and titles are indexed on both graph servers, by either strategy, and in graphs that were there before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.load_graph.schema import prepare_graph
from functions.projection import projection
from functions.runtime.stores import migrations
from functions.runtime.stores.arcadedb_http import graph_http
from infra.verify import edges
from tests.graph_servers import SERVERS, GraphSettings
from tests.integration.pipeline import MAY, Pipeline, artist, label, master, open_pipeline, release, small, write_dump

INDEXED = {("Artist", "name"), ("Label", "name"), ("Master", "title"), ("Release", "title")}
KEYS = {("Artist", "id"), ("Label", "id"), ("Master", "id"), ("Release", "id"), ("Genre", "name"), ("Style", "name")}
#: Four bytes each, and two of the units that Java counts in.
ASTRAL = "x" + "𝄞" * 3_000


@pytest.fixture(params=SERVERS)
def pipeline(graph_settings: GraphSettings, request: pytest.FixtureRequest) -> Iterator[Pipeline]:
    with open_pipeline(graph_settings(request.param)) as opened:
        yield opened


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dump with names that are longer than Neo4j indexes."""
    records = small()
    records["artists"].append(artist(999).replace("Artist 999", ASTRAL))
    records["labels"].append(label(999).replace("Label 999", "坂" * 50_000))
    records["masters"].append(master(999).replace("Master 999", "é" * 50_000))
    records["releases"].append(release(999).replace("Release 999", "title " * 100_000))
    return write_dump(tmp_path_factory.mktemp("dump"), MAY, records)


def indexes(pipeline: Pipeline) -> set[tuple[str, str]]:
    """Label and property of every index."""
    settings = pipeline.context.settings
    if not settings.graph_http:
        rows = pipeline.cypher("SHOW INDEXES YIELD labelsOrTypes, properties, state, type WHERE type = 'RANGE'")
        return {(row["labelsOrTypes"][0], row["properties"][0]) for row in rows}
    with graph_http(settings) as server:
        types = server.sql(settings.graph_database, "SELECT name, indexes FROM schema:types")
    return {(kind["name"], name) for kind in types for index in kind["indexes"] for name in index["properties"]}


def lengths(pipeline: Pipeline) -> list[int]:
    query = "MATCH (n) WHERE n.id = 999 RETURN labels(n)[0] AS label, size(coalesce(n.name, n.title)) AS size"
    return [row["size"] for row in sorted(pipeline.cypher(query), key=lambda row: str(row["label"]))]


@pytest.mark.parametrize("bulk", ["no", "auto"])
def test_long_names_are_cut_and_all_are_indexed(pipeline: Pipeline, source: Path, bulk: str) -> None:
    run = pipeline.load(source, bulk=bulk)
    assert (run.state, pipeline.quarantined()) == ("done", [])
    assert pipeline.differences(source, MAY) == {}
    assert indexes(pipeline) >= INDEXED | KEYS
    assert lengths(pipeline) == [2_000] * 4
    assert pipeline.cypher("MATCH (n:Artist {name: $name}) RETURN n.id AS id", name="Artist 1") == [{"id": 1}]
    assert pipeline.cypher("MATCH (n:Artist {name: $name}) RETURN n.id AS id", name=ASTRAL[:2_000]) == [{"id": 999}]


def test_a_graph_that_was_there_before_gets_them(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("artist_name", "label_name", "master_title", "release_title"):
        pipeline.cypher(f"DROP INDEX {name} IF EXISTS")
    with monkeypatch.context() as before:
        files = migrations.migration_files
        before.setattr(
            migrations, "migration_files", lambda kind: [path for path in files(kind) if "names" not in path.name]
        )
        before.setattr(projection, "NAME_LIMIT", 10**9)
        before.setattr(edges, "_LONGEST_NAME", 10**9)
        assert pipeline.load(source, bulk="no").state == "done"
        assert pipeline.differences(source, MAY) == {}
    assert not indexes(pipeline) & INDEXED
    assert max(lengths(pipeline)) > 2_000
    with pipeline.context.graph_session() as session:
        prepare_graph(pipeline.context.settings, session)
        prepare_graph(pipeline.context.settings, session)
    assert indexes(pipeline) >= INDEXED | KEYS
    assert max(lengths(pipeline)) == 2_000
    assert pipeline.differences(source, MAY) == {}
