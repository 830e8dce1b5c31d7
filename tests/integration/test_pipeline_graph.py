"""The graph is a projection of the documents: emptied, restored or rebuilt, it shows them again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.load_graph import graph_writer
from functions.registry import FUNCTIONS
from functions.runs.begin import begin_rebuild
from functions.runtime.errors import RefusedError
from functions.runtime.messages import LoadGraph
from tests.graph_servers import SERVERS, SERVERS_IN_SWEEPS, GraphSettings
from tests.integration.pipeline import (
    APRIL,
    JUNE,
    MAY,
    Pipeline,
    artist,
    deliver,
    label,
    open_pipeline,
    release,
    small,
    write_dump,
)

ON_BOTH = pytest.mark.parametrize("opened", SERVERS, indirect=True, scope="module")
#: What the ledger decides and not the server: Neo4j in `make faults` only.
ON_BOTH_IN_SWEEPS = pytest.mark.parametrize("opened", SERVERS_IN_SWEEPS, indirect=True, scope="module")


@pytest.fixture(scope="module")
def opened(graph_settings: GraphSettings, request: pytest.FixtureRequest) -> Iterator[Pipeline]:
    with open_pipeline(graph_settings(request.param), part_bytes=4_000, graph_batch=7) as pipeline:
        yield pipeline


def meta(pipeline: Pipeline) -> list[dict[str, Any]]:
    query = "MATCH (n:Linernotes) RETURN n.identity AS identity, n.last_run AS last_run, n.writes AS writes"
    return pipeline.cypher(query)


@ON_BOTH_IN_SWEEPS
def test_a_graph_that_was_emptied_is_filled_by_the_next_load(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source)
    graph, rows, before = pipeline.graph(), pipeline.rows(), meta(pipeline)
    pipeline.cypher("MATCH (n) DETACH DELETE n")
    assert pipeline.graph() == ([], [])
    run = pipeline.load(source)
    written = pipeline.written(run)
    assert (run.state, written.parts, written.rows) == ("done", 0, 0)
    assert written.edges > 0
    assert pipeline.graph() == graph
    assert pipeline.rows() == rows
    (after,) = meta(pipeline)
    assert after["last_run"] == run.id
    assert after["identity"] != before[0]["identity"]
    assert pipeline.differences(source, APRIL) == {}


@ON_BOTH_IN_SWEEPS
def test_a_graph_restored_from_before_the_last_run_is_filled_again(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source)
    graph = pipeline.graph()
    pipeline.load(source)
    pipeline.cypher("MATCH (n:Linernotes) SET n.last_run = n.last_run - 1")
    pipeline.cypher("MATCH (:Release)-[e:BY]->() WITH e LIMIT 9 DELETE e")
    assert pipeline.load(source).state == "done"
    assert pipeline.graph() == graph


def restore(pipeline: Pipeline, copy: list[dict[str, Any]]) -> None:
    """Have the graph be what it was when this was its meta node: that again, and edges of all kinds missing."""
    pipeline.cypher("MATCH (n:Linernotes) SET n = $copy", copy=copy[0])
    for edge in ("BY", "DERIVED_FROM", "PART_OF"):
        pipeline.cypher(f"MATCH ()-[e:{edge}]->() WITH e LIMIT 9 DELETE e")


@ON_BOTH_IN_SWEEPS
@pytest.mark.parametrize("moment", ["after a part", "before it is settled"])
def test_a_graph_restored_from_a_copy_of_the_last_run_is_filled_again(
    pipeline: Pipeline, source: Path, moment: str
) -> None:
    waiting, copy = list(pipeline.begin(source).messages), list[dict[str, Any]]()
    while waiting:
        message = waiting.pop(0)
        waiting += deliver(pipeline, message)
        if isinstance(message, LoadGraph) and (not copy or moment != "after a part"):
            copy = meta(pipeline)
    graph = pipeline.graph()
    assert copy[0]["last_run"] == meta(pipeline)[0]["last_run"]
    restore(pipeline, copy)
    assert pipeline.load(source).state == "done"
    assert pipeline.graph() == graph


@ON_BOTH_IN_SWEEPS
def test_a_graph_restored_in_the_middle_of_a_run_is_whole_at_the_end(pipeline: Pipeline, source: Path) -> None:
    begun = pipeline.begin(source)
    waiting, copies = list(begun.messages), list[list[dict[str, Any]]]()
    while waiting:
        message = waiting.pop(0)
        waiting += deliver(pipeline, message)
        if isinstance(message, LoadGraph):
            copies.append(meta(pipeline))
            if len(copies) == 3:
                restore(pipeline, copies[0])
    assert len(copies) > 3
    assert pipeline.run(begun.run.id).state == "done"
    assert pipeline.differences(source, APRIL) == {}


@ON_BOTH_IN_SWEEPS
def test_a_graph_that_an_earlier_version_has_filled_stays(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source)
    pipeline.cypher("MATCH (n:Linernotes) REMOVE n.writes")
    pipeline.query("UPDATE installation SET graph_writes = 0")
    [before] = meta(pipeline)
    run = pipeline.load(source)
    assert (run.state, pipeline.written(run).edges) == ("done", 0)
    [after] = meta(pipeline)
    assert (after["identity"], before["writes"], after["writes"]) == (before["identity"], None, 1)


@ON_BOTH_IN_SWEEPS
@pytest.mark.parametrize("tampering", ["SET n.identity = 'another'", "DETACH DELETE n", "CREATE (:Linernotes)"])
def test_a_graph_that_is_another_one_is_filled_again(
    pipeline: Pipeline, source: Path, tampering: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.load_graph.graph_identity._CLEARED_AT_ONCE", 7)
    pipeline.load(source)
    graph = pipeline.graph()
    pipeline.cypher(f"MATCH (n:Linernotes) {tampering}")
    pipeline.cypher("CREATE (:Artist {id: 4711, name: 'of another graph'})")
    assert pipeline.load(source).state == "done"
    assert pipeline.graph() == graph
    assert len(meta(pipeline)) == 1


@ON_BOTH_IN_SWEEPS
@pytest.mark.parametrize("after", [1, 3, 7])
def test_a_graph_that_is_lost_between_two_parts_is_whole_at_the_end(
    pipeline: Pipeline, source: Path, after: int
) -> None:
    begun = pipeline.begin(source)
    waiting, shown = list(begun.messages), 0
    while waiting:
        message = waiting.pop(0)
        shown += isinstance(message, LoadGraph)
        waiting += FUNCTIONS.spec_of(message).load()(pipeline.context, message) or ()
        if isinstance(message, LoadGraph) and shown == after:
            pipeline.cypher("MATCH (n) DETACH DELETE n")
    assert shown > after
    assert pipeline.run(begun.run.id).state == "done"
    assert pipeline.differences(source, APRIL) == {}


@ON_BOTH_IN_SWEEPS
def test_a_graph_rebuilt_from_the_documents_is_the_same(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source)
    graph, rows = pipeline.graph(), pipeline.rows()
    pipeline.cypher("MATCH (a:Artist) WITH a LIMIT 20 SET a.name = 'wrong'")
    pipeline.cypher("MATCH (r:Release {id: 1}) MATCH (a:Artist {id: 9}) CREATE (r)-[:BY]->(a)")
    assert pipeline.differences(source, APRIL) != {}
    begun = begin_rebuild(pipeline.context)
    with pytest.raises(RefusedError, match="a rebuild, is running"):
        pipeline.begin(source)
    pipeline.go_on(begun.messages)
    run = pipeline.run(begun.run.id)
    assert (run.state, pipeline.written(run).rows) == ("done", 0)
    assert pipeline.graph() == graph
    assert pipeline.rows() == rows
    assert pipeline.differences(source, APRIL) == {}


@ON_BOTH_IN_SWEEPS
def test_an_older_dump_can_be_forced_and_ends_equal(pipeline: Pipeline, source: Path) -> None:
    records = small()
    records["artists"] = [artist(1, "<aliases><name id='2'>A</name></aliases>"), *records["artists"][1:], artist(41)]
    write_dump(source, MAY, records)
    assert pipeline.load(source, APRIL).state == "done"
    assert pipeline.load(source, MAY).state == "done"
    with pytest.raises(RefusedError, match="The stores hold the dump 20260501, newer than 20260401"):
        pipeline.begin(source, APRIL)
    assert pipeline.load(source, APRIL, force=True).state == "done"
    assert pipeline.tombstones() == {("artists", 41)}
    assert pipeline.differences(source, APRIL) == {}


CREDITED = "<extraartists><artist><id>{0}</id><role>{1}</role></artist></extraartists>"
BEFORE = (
    "<master_id>3</master_id><country>UK</country><released>1999</released>"
    "<tracklist><track><artists><artist><id>77</id></artist></artists></track></tracklist>"
    + CREDITED.format(78, "Bass, Voice")
)
AFTER = "<released>unknown</released>" + CREDITED.format(78, "Voice [Lead]") + "<genres><genre>Pop</genre></genres>"


@ON_BOTH
def test_edges_written_are_those_that_differ(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    pipeline.load(write_dump(tmp_path, APRIL, records))
    first = str(records["releases"][0])
    records["releases"][0] = first.replace("<id>2</id>", "<id>7</id>").replace("catno='R 1'", "catno='X 1'")
    del records["releases"][1]
    run = pipeline.load(write_dump(tmp_path, MAY, records))
    assert pipeline.differences(tmp_path, MAY) == {}
    # BY and ON of the one go and come; of the other BY, ON, DERIVED_FROM and twice IS go.
    assert (pipeline.written(run).rows, pipeline.written(run).edges) == (2, 4 + 5)


def credited(numbers: range, role: str) -> str:
    return "".join(CREDITED.format(number, role) for number in numbers).replace("</extraartists><extraartists>", "")


@ON_BOTH
def test_a_record_of_more_edges_than_a_transaction_may_hold_is_written_in_several(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, sizes = graph_writer._write_batch, list[int]()

    def noting(*given: Any) -> Any:
        written, left = write(*given)
        sizes.append(written.edges)
        return written, left

    monkeypatch.setattr(graph_writer, "MOST_EDGES", 5)
    monkeypatch.setattr(graph_writer, "_write_batch", noting)
    records = small()
    for month, numbers, role, edges in ((APRIL, range(2, 34), "Bass", 4 + 32), (MAY, range(20, 40), "Drums", 18 + 6)):
        records["releases"] = [release(1, credited(numbers, role))]
        sizes.clear()
        assert pipeline.load(write_dump(tmp_path, month, records), month).state == "done"
        assert (max(sizes), sum(sizes)) == (5, edges)
        assert pipeline.differences(tmp_path, month) == {}
    owned = len(pipeline.cypher("MATCH (:Release {id: 1})-[e]-() RETURN e.catno"))
    records["releases"] = [release(2)]
    sizes.clear()
    assert pipeline.load(write_dump(tmp_path, JUNE, records), JUNE, accept_deletions=True).state == "done"
    assert max(sizes) <= 5
    assert sum(sizes) == owned + len(pipeline.cypher("MATCH (:Release)-[e]-() RETURN e.catno"))
    assert pipeline.differences(tmp_path, JUNE) == {}


@ON_BOTH
def test_every_edge_that_a_record_no_longer_states_goes(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    records["releases"] = [release(1, BEFORE)]
    records["artists"] += [artist(50, "<aliases><name id='51'/></aliases><groups><name id='52'/></groups>")]
    records["labels"] += [label(60, "<parentLabel id='61'>P</parentLabel>")]
    write_dump(tmp_path, APRIL, records)
    pipeline.load(tmp_path)
    assert pipeline.differences(tmp_path, APRIL) == {}
    edges = "<artists><artist><id>2</id></artist></artists><labels><label id='2' catno='new'/></labels>"
    records["releases"] = [f"<release id='1'>{edges}{AFTER}</release>"]
    records["artists"][-1], records["labels"][-1] = artist(50), label(60)
    write_dump(tmp_path, MAY, records)
    run = pipeline.load(tmp_path)
    assert (run.state, pipeline.written(run).rows) == ("done", 3)
    assert pipeline.differences(tmp_path, MAY) == {}
    assert pipeline.cypher("MATCH (n) WHERE n.stub = true RETURN n.id AS id") == [{"id": 78}]
    assert pipeline.cypher("MATCH (n) WHERE n:Genre OR n:Style RETURN n.name AS name") == [{"name": "Pop"}]
    assert pipeline.cypher("MATCH (n:Release) RETURN n.year AS year, n.country AS country") == [
        {"year": None, "country": None}
    ]
