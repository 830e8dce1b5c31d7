"""The bulk load: what it leaves behind is what the incremental load leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from functions.extract.records.part_index import decode_index
from functions.load_graph.bulk import bulk_load, document_reader
from functions.load_graph.bulk.arcadedb import ArcadeSink
from functions.load_graph.bulk.slices import Slice
from functions.load_graph.graph_writer import WrittenElements as WrittenToGraph
from functions.load_table.binary_copy import copy_rows
from functions.load_table.bulk_copy import copy_documents, copy_states
from functions.load_table.indexes import begin_indexes, indexes, missing_indexes
from functions.runs.begin import begin_rebuild
from functions.runs.run_commands import cancel
from functions.runs.run_status import WrittenCounts, run_view, steps_of
from functions.runtime.entities import Entity
from functions.runtime.errors import RefusedError, RunInactive
from functions.runtime.ledger.models import run_prefix
from functions.runtime.messages import LoadTable, ParseChunk
from infra.synth import mutate_dump
from infra.synth import write_dump as write_generated_dump
from tests.graph_servers import ON_BOTH_IN_SWEEPS, SERVERS_IN_SWEEPS, GraphSettings
from tests.integration.pipeline import (
    APRIL,
    LONG_NAMES,
    MAY,
    Pipeline,
    artist,
    date_of,
    deliver,
    deliver_all,
    master,
    open_pipeline,
    release,
    small,
    split_of,
    write_dump,
)
from tests.stack import FreshSettings

FIRST, SECOND, THIRD = "20260901", "20261001", "20261101"
BOTH = ["table", "graph"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three months of a generated dump."""
    root = tmp_path_factory.mktemp("dumps")
    write_generated_dump(root, releases=300, seed=5, dump=FIRST)
    mutate_dump(root, root, changed=0.03, seed=6, dump=SECOND)
    mutate_dump(root, root, changed=0.03, seed=7, dump=THIRD)
    return root


@pytest.fixture
def pipeline(graph_settings: GraphSettings, request: pytest.FixtureRequest) -> Iterator[Pipeline]:
    """A pipeline on empty stores, with the embedded graph server if not told otherwise."""
    with open_pipeline(graph_settings(getattr(request, "param", "arcadedb"))) as opened:
        yield opened


def states(pipeline: Pipeline) -> list[tuple[Any, ...]]:
    return pipeline.query("SELECT entity, id, raw, doc, graph, embed FROM record_state ORDER BY entity, id")


def rows(pipeline: Pipeline) -> dict[str, list[tuple[Any, ...]]]:
    """Every column of every row."""
    return {table: [row[1:] for row in found] for table, found in pipeline.rows().items()}


def index_definitions(pipeline: Pipeline) -> list[tuple[str]]:
    return pipeline.query("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname")


@pytest.mark.parametrize("server", SERVERS_IN_SWEEPS)
def test_both_roads_end_with_the_same_stores(
    graph_settings: GraphSettings, fresh_settings: FreshSettings, source: Path, server: str
) -> None:
    """Neo4j is filled as a whole, the embedded server part by part, and the other way round."""
    with open_pipeline(graph_settings(server)) as fast, open_pipeline(fresh_settings()) as slow:
        before = index_definitions(fast)
        by_bulk, by_parts = fast.load(source, date_of(FIRST), bulk="auto"), slow.load(source, date_of(FIRST))
        assert (by_bulk.state, by_bulk.bulk) == ("done", BOTH)
        assert (by_parts.state, by_parts.bulk) == ("done", [])
        assert fast.differences(source, date_of(FIRST)) == {}
        assert fast.graph() == slow.graph()
        assert rows(fast) == rows(slow)
        assert states(fast) == states(slow)
        assert index_definitions(fast) == before
        nodes, edges = fast.graph()
        assert (fast.written(by_bulk).nodes, fast.written(by_bulk).edges) == (len(nodes), len(edges))
        assert fast.written(by_bulk).rows == slow.written(by_parts).rows
        assert not fast.work_left()


@ON_BOTH_IN_SWEEPS
def test_three_months_end_as_the_last_of_them_loaded_at_once(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source, date_of(FIRST))
    pipeline.load(source, date_of(SECOND))
    assert pipeline.load(source, date_of(THIRD)).state == "done"
    assert pipeline.differences(source, date_of(THIRD)) == {}
    graph = pipeline.graph()
    pipeline.reset()
    assert pipeline.load(source, date_of(THIRD), bulk="auto").bulk == BOTH
    assert pipeline.differences(source, date_of(THIRD)) == {}
    assert pipeline.graph() == graph


@ON_BOTH_IN_SWEEPS
def test_after_a_bulk_load_the_same_dump_writes_nothing_and_the_next_only_its_changes(
    pipeline: Pipeline, source: Path
) -> None:
    pipeline.load(source, date_of(FIRST), bulk="auto")
    found, graph = pipeline.rows(), pipeline.graph()
    again = pipeline.load(source, date_of(FIRST), bulk="auto")
    assert (again.state, again.bulk, pipeline.written(again)) == ("done", [], WrittenCounts(0, 0, 0, 0))
    assert (pipeline.rows(), pipeline.graph()) == (found, graph)
    month = pipeline.load(source, date_of(SECOND), bulk="auto")
    assert (month.state, month.bulk) == ("done", [])
    changed = sum(file.records - file.unchanged for file in pipeline.files(month).values())
    [(removed,)] = pipeline.query("SELECT count(*) FROM tombstones")
    assert pipeline.written(month).rows == changed + removed
    assert pipeline.differences(source, date_of(SECOND)) == {}


def test_secondary_indexes_are_missing_during_a_bulk_load_only(pipeline: Pipeline, source: Path) -> None:
    names = {index.name for index in indexes()}
    assert len(names) > 10

    def there() -> set[str]:
        return {name for (name,) in pipeline.query("SELECT indexname FROM pg_indexes")} & names

    assert there() == names
    begun = pipeline.begin(source, date_of(FIRST), bulk="auto")
    assert there() == set()
    pipeline.go_on(begun.messages)
    assert there() == names


def test_a_cancelled_bulk_load_is_gone_on_with_by_the_next_run(pipeline: Pipeline, source: Path) -> None:
    _, messages = split_of(pipeline, source, dump=date_of(FIRST), bulk="auto")
    parsed = deliver_all(pipeline, messages, ParseChunk)
    deliver_all(pipeline, parsed[::2], LoadTable)
    cancel(pipeline.context)
    assert pipeline.query("SELECT count(*) > 0, count(*) FILTER (WHERE graph IS NOT NULL) > 0 FROM record_state") == [
        (True, True)
    ]
    run = pipeline.load(source, date_of(FIRST), bulk="auto")
    assert (run.state, run.bulk) == ("done", ["graph"])
    assert pipeline.differences(source, date_of(FIRST)) == {}
    assert pipeline.written(pipeline.load(source, date_of(FIRST))) == WrittenCounts(0, 0, 0, 0)


def test_what_a_cancelled_bulk_load_noted_of_the_graph_does_not_deceive_the_incremental_road(
    pipeline: Pipeline, source: Path
) -> None:
    _, messages = split_of(pipeline, source, dump=date_of(FIRST), bulk="auto")
    deliver_all(pipeline, deliver_all(pipeline, messages, ParseChunk)[::2], LoadTable)
    cancel(pipeline.context)
    assert pipeline.load(source, date_of(FIRST), bulk="no").state == "done"
    assert pipeline.differences(source, date_of(FIRST)) == {}


def test_a_part_delivered_twice_is_copied_once(pipeline: Pipeline, tmp_path: Path) -> None:
    _, messages = split_of(pipeline, write_dump(tmp_path, MAY, small()), bulk="auto")
    parsed = deliver_all(pipeline, messages, ParseChunk)
    due = [following for message in [*parsed, *parsed] for following in deliver(pipeline, message)]
    pipeline.go_on(due)
    assert pipeline.differences(tmp_path, MAY) == {}


def test_a_record_that_is_there_already_sends_its_part_over_the_incremental_road(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    begun, messages = split_of(pipeline, write_dump(tmp_path, MAY, small()), bulk="auto")
    pipeline.query("INSERT INTO record_state (entity, id, raw) VALUES (1, 5, 7)")
    pipeline.query("""INSERT INTO artists (id, hash, dump, data) VALUES (6, '', '2026-01-01', '{"id": 6}')""")
    pipeline.go_on(messages)
    assert pipeline.run(begun.run.id).state == "done"
    assert pipeline.differences(tmp_path, MAY) == {}
    assert pipeline.query("SELECT count(*) FROM record_state WHERE graph IS NULL") == [(0,)]


def test_two_parts_are_copied_at_the_same_time(pipeline: Pipeline, source: Path) -> None:
    begun, messages = split_of(pipeline, source, dump=date_of(FIRST), bulk="auto")
    parsed = [found for found in deliver_all(pipeline, messages, ParseChunk) if isinstance(found, LoadTable)]
    one, other, *rest = [found for found in parsed if found.entity == "releases"]
    folder = f"{run_prefix(begun.run.id)}/releases/{one.part}"
    index = decode_index(pipeline.context.bucket.get(f"{folder}.index"))
    rows = copy_rows("releases", date_of(FIRST), index, pipeline.context.bucket.get(f"{folder}.ndjson"), None)
    with pipeline.context.connection() as connection:
        copy_documents(connection, "releases", rows)
        copy_states(connection, rows)
        deliver(pipeline, other)
        connection.rollback()
    assert rest
    assert pipeline.query("SELECT state FROM parts WHERE entity = 'releases' AND part = %s", other.part) == [("done",)]
    pipeline.go_on([one, *rest])


@ON_BOTH_IN_SWEEPS
def test_odd_texts_reach_the_graph_as_they_are(pipeline: Pipeline, tmp_path: Path) -> None:
    names = [
        "#1:0",
        "2020-01-01",
        "1e5",
        "true",
        "null",
        "[1, 2]",
        '{"@rid": "#1:0"}',
        "@in",
        'a "b" \\ \t c',
        "坂本龍一 🎹",
    ]
    records = small()
    for number, name in enumerate(names):
        text = name.replace("&", "&amp;").replace("<", "&lt;")
        records["artists"] = [*records["artists"], f"<artist><id>{900 + number}</id><name>{text}</name></artist>"]
        genre = f"<genres><genre>{text}</genre></genres><styles><style>{text}</style></styles>"
        credit = f"<extraartists><artist><id>{900 + number}</id><role>{text}</role></artist></extraartists>"
        labels = f"<labels><label id='{9_000_000_000 + number}' catno='{text.replace(chr(34), '&quot;')}'/></labels>"
        odd = f"<title>{text}</title>{genre}{credit}{labels}<country>{text}</country>"
        records["releases"] = [*records["releases"], f"<release id='{900 + number}'>{odd}</release>"]
    run = pipeline.load(write_dump(tmp_path, MAY, records), bulk="auto")
    assert (run.state, run.bulk) == ("done", BOTH)
    assert pipeline.differences(tmp_path, MAY) == {}


@ON_BOTH_IN_SWEEPS
def test_a_dump_without_releases_is_filled_too(pipeline: Pipeline, tmp_path: Path) -> None:
    records: dict[Entity, list[str]] = {"artists": [artist(1, "<aliases><name id='7'>x</name></aliases>")]}
    assert pipeline.load(write_dump(tmp_path, MAY, records), bulk="auto").state == "done"
    assert pipeline.differences(tmp_path, MAY) == {}
    records["releases"] = [release(1)]
    assert pipeline.load(write_dump(tmp_path, MAY, records), bulk="auto").bulk == []
    assert pipeline.differences(tmp_path, MAY) == {}


def test_a_rebuild_fills_the_graph_anew(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source, date_of(FIRST), bulk="auto")
    graph = pipeline.graph()
    pipeline.cypher("MATCH (a:Artist) WITH a LIMIT 20 SET a.name = 'wrong'")
    begun = begin_rebuild(pipeline.context, "auto")
    pipeline.go_on(begun.messages)
    assert run_view(pipeline.context, begun.run.id).bulk == ["graph"]
    assert pipeline.graph() == graph


@ON_BOTH_IN_SWEEPS
def test_a_graph_that_was_lost_is_filled_as_a_whole_by_the_next_load(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source, date_of(FIRST), bulk="auto")
    graph = pipeline.graph()
    pipeline.cypher("MATCH (n:Linernotes) DELETE n")
    run = pipeline.load(source, date_of(FIRST), bulk="auto")
    assert (run.state, run.bulk, pipeline.written(run).rows) == ("done", ["graph"], 0)
    assert pipeline.graph() == graph


@ON_BOTH_IN_SWEEPS
def test_bulk_yes_is_refused_over_filled_tables_and_fills_a_graph_anew(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source, date_of(FIRST), bulk="yes", only_store="table")
    assert pipeline.graph() == ([], [])
    with pytest.raises(RefusedError, match="The tables hold records"):
        pipeline.begin(source, date_of(FIRST), bulk="yes")
    assert pipeline.query("SELECT count(*) FROM runs WHERE state = 'running'") == [(0,)]
    run = pipeline.load(source, date_of(FIRST), bulk="yes", only_store="graph")
    assert run.bulk == ["graph"]
    assert pipeline.differences(source, date_of(FIRST)) == {}
    graph = pipeline.graph()
    again = pipeline.load(source, date_of(FIRST), bulk="yes", only_store="graph")
    assert pipeline.written(again).edges == len(graph[1])
    assert pipeline.graph() == graph


def test_bulk_yes_is_refused_where_the_graph_is_reached_over_bolt_only(
    fresh_settings: FreshSettings, source: Path
) -> None:
    with open_pipeline(fresh_settings(), graph_http="") as pipeline:
        with pytest.raises(RefusedError, match="over Bolt only"):
            pipeline.begin(source, date_of(FIRST), bulk="yes")
        begun = pipeline.begin(source, date_of(FIRST), bulk="auto")
        assert begun.run.bulk == ["table"]


def test_how_far_the_end_of_a_run_is_can_be_seen_meanwhile(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = pipeline.begin(source, bulk="yes")
    seen: list[tuple[str, int, int | None]] = []

    class Watched(ArcadeSink):
        def nodes_with_edges(self, projected: Slice) -> WrittenToGraph:
            step = run_view(pipeline.context, begun.run.id).steps[-1]
            seen.append((step.name, step.done, step.total))
            return super().nodes_with_edges(projected)

    monkeypatch.setattr(bulk_load, "ArcadeSink", Watched)
    monkeypatch.setattr(document_reader, "SLICE", 20)
    pipeline.go_on(begun.messages)
    releases = len(pipeline.ids("releases"))
    wanted = [("graph releases", done, releases) for done in range(0, releases, 20)]
    assert seen == wanted
    steps = {step.name: (step.done, step.total) for step in steps_of(pipeline.context, begun.run.id)}
    assert steps["graph releases"] == (releases, releases)
    assert list(steps)[-1] == "settling"
    with pipeline.context.connection() as connection:
        assert missing_indexes(connection) == []  # they were built beside the graph


def test_how_many_indexes_are_built_can_be_seen(pipeline: Pipeline, source: Path) -> None:
    run = pipeline.load(source, bulk="yes", only_store="table")
    steps = {step.name: (step.done, step.total) for step in steps_of(pipeline.context, run.id)}
    assert steps["indexes"] == (len(indexes()), len(indexes()))
    assert list(steps)[-2:] == ["statistics", "counting"]


def test_a_style_that_is_too_long_for_a_pair_is_part_of_no_genre(pipeline: Pipeline, tmp_path: Path) -> None:
    genre, style, _ = LONG_NAMES
    odd = f"<genres><genre>{genre}</genre></genres><styles><style>{style}</style><style>Odd</style></styles>"
    records = small()
    records["masters"].append(master(6, odd))
    assert pipeline.load(write_dump(tmp_path, APRIL, records), bulk="yes").state == "done"
    assert pipeline.differences(tmp_path, APRIL) == {}
    records["masters"].append(master(7, odd))
    assert pipeline.load(write_dump(tmp_path, MAY, records)).state == "done"
    assert pipeline.differences(tmp_path, MAY) == {}
    assert pipeline.cypher("MATCH (s:Style)-[:PART_OF]->(:Genre {name: $name}) RETURN s.name AS name", name=genre) == [
        {"name": "Odd"}
    ]


def test_no_index_is_built_for_a_run_that_is_over(pipeline: Pipeline, source: Path) -> None:
    begun = pipeline.begin(source, bulk="yes", only_store="table")
    cancel(pipeline.context)
    with ThreadPoolExecutor(1) as threads:
        building = begin_indexes(pipeline.context, threads, begun.run.id)
    assert len(building) == len(indexes())
    assert all(isinstance(built.exception(), RunInactive) for built in building)
    with pipeline.context.connection() as connection:
        assert len(missing_indexes(connection)) == len(indexes())
    assert pipeline.load(source, bulk="auto", only_store="table").state == "done"
    with pipeline.context.connection() as connection:
        assert missing_indexes(connection) == []
