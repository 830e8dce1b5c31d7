"""Nodes that nothing points to any more go, and only those that may have become such are asked about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.finish import graph_cleanup
from functions.runs.run_commands import cancel
from functions.runtime.messages import LoadTable, ParseChunk
from tests.graph_servers import SERVERS_IN_SWEEPS, GraphSettings
from tests.integration.pipeline import (
    APRIL,
    JUNE,
    MAY,
    Pipeline,
    artist,
    deliver_all,
    open_pipeline,
    release,
    small,
    split_of,
    write_dump,
)

#: What release 1 has beside what it shares with the others.
MASTER = "<master_id>2</master_id>"
CREDIT = "<extraartists><artist><id>{}</id><role>Bass</role></artist></extraartists>"


@pytest.fixture(scope="module", params=SERVERS_IN_SWEEPS)
def opened(graph_settings: GraphSettings, request: pytest.FixtureRequest) -> Iterator[Pipeline]:
    with open_pipeline(graph_settings(request.param), part_bytes=4_000, deletion_share=1.0) as pipeline:
        yield pipeline


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Filled with a word each time that all of the graph is searched."""
    found: list[str] = []
    real = graph_cleanup._remove_all_orphans

    def noting(session: Any) -> Any:
        found.append("searched")
        return real(session)

    monkeypatch.setattr(graph_cleanup, "_remove_all_orphans", noting)
    return found


def write_month(folder: Path, date: dt.date, number: int = 1, more: str = "", *, odd: bool = False) -> None:
    """A month whose release of that number has more than the others, or a genre and style of its own."""
    records = small()
    if more:
        text = release(number, more)
        records["releases"][number - 1] = text.replace("Rock", "Odd").replace("Indie", "Odder") if odd else text
    write_dump(folder, date, records)


def stubs(pipeline: Pipeline) -> set[int]:
    return {row["id"] for row in pipeline.cypher("MATCH (n {stub: true}) RETURN n.id AS id")}


def names(pipeline: Pipeline) -> set[str]:
    return {row["name"] for row in pipeline.cypher("MATCH (n) WHERE n:Genre OR n:Style RETURN n.name AS name")}


def noted(pipeline: Pipeline) -> list[tuple[Any, ...]]:
    return pipeline.query("SELECT DISTINCT label, key FROM graph_candidates ORDER BY label, key")


def test_an_orphan_goes_when_its_last_referrer_changes(pipeline: Pipeline, tmp_path: Path, searches: list[str]) -> None:
    write_month(tmp_path, APRIL, 7, CREDIT.format(77), odd=True)
    pipeline.load(tmp_path)
    assert (stubs(pipeline), names(pipeline) >= {"Odd", "Odder"}) == ({77}, True)
    write_month(tmp_path, MAY)
    run = pipeline.load(tmp_path)
    assert (run.state, pipeline.written(run).rows) == ("done", 1)
    assert (stubs(pipeline), names(pipeline)) == (set(), {"Rock", "Indie"})
    assert pipeline.differences(tmp_path, MAY) == {}
    assert (searches, noted(pipeline)) == ([], [])


def test_a_removed_record_stays_as_a_stub_until_nothing_points_to_it(
    pipeline: Pipeline, tmp_path: Path, searches: list[str]
) -> None:
    records = small()
    records["artists"].append(artist(50, "<aliases><name id='51'/></aliases>"))
    records["releases"][0] = release(1, CREDIT.format(50))
    write_dump(tmp_path, APRIL, records)
    pipeline.load(tmp_path)
    assert stubs(pipeline) == {51}
    del records["artists"][-1]
    write_dump(tmp_path, MAY, records)
    pipeline.load(tmp_path)
    assert stubs(pipeline) == {50}
    write_month(tmp_path, JUNE)
    pipeline.load(tmp_path)
    assert stubs(pipeline) == set()
    assert pipeline.differences(tmp_path, JUNE) == {}
    assert searches == []


def test_what_a_cancelled_run_noted_is_settled_by_the_next(
    pipeline: Pipeline, tmp_path: Path, searches: list[str]
) -> None:
    write_month(tmp_path, APRIL, 7, CREDIT.format(77))
    pipeline.load(tmp_path)
    write_month(tmp_path, MAY, 7, CREDIT.format(78))
    _, messages = split_of(pipeline, tmp_path)
    deliver_all(pipeline, deliver_all(pipeline, messages, ParseChunk), LoadTable)
    cancel(pipeline.context)
    assert stubs(pipeline) == {77}
    assert noted(pipeline) == [("Artist", "77")]
    write_month(tmp_path, JUNE, 7, CREDIT.format(79))
    pipeline.load(tmp_path, only_store="table")
    assert noted(pipeline) == [("Artist", "77"), ("Artist", "78")]
    assert pipeline.load(tmp_path, only_store="graph").state == "done"
    assert stubs(pipeline) == {79}
    assert pipeline.differences(tmp_path, JUNE) == {}
    assert (searches, noted(pipeline)) == ([], [])


def test_a_record_that_went_and_came_back_unseen_by_the_graph_leaves_nothing(
    pipeline: Pipeline, tmp_path: Path, searches: list[str]
) -> None:
    write_month(tmp_path, APRIL, 60, CREDIT.format(77), odd=True)
    pipeline.load(tmp_path)
    records = small()
    del records["releases"][59]
    write_dump(tmp_path, MAY, records)
    pipeline.load(tmp_path, only_store="table")
    write_month(tmp_path, JUNE, 60, CREDIT.format(78))
    pipeline.load(tmp_path)
    assert stubs(pipeline) == {78}
    assert pipeline.differences(tmp_path, JUNE) == {}
    assert pipeline.load(tmp_path, APRIL, force=True).state == "done"
    assert stubs(pipeline) == {77}
    assert pipeline.differences(tmp_path, APRIL) == {}
    assert (searches, noted(pipeline)) == ([], [])


def test_after_a_change_of_the_projection_all_of_the_graph_is_searched(
    pipeline: Pipeline, tmp_path: Path, searches: list[str]
) -> None:
    write_month(tmp_path, APRIL)
    pipeline.load(tmp_path)
    pipeline.cypher("CREATE (:Artist {id: 4711, stub: true})")
    pipeline.load(tmp_path)
    assert (searches, stubs(pipeline)) == ([], {4711})
    pipeline.query("UPDATE installation SET graph_settled = 0")
    pipeline.load(tmp_path)
    assert (searches, stubs(pipeline)) == (["searched"], set())
    pipeline.load(tmp_path)
    assert searches == ["searched"]


def test_a_settling_that_broke_off_is_done_again(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_month(tmp_path, APRIL, 7, CREDIT.format(77), odd=True)
    pipeline.load(tmp_path)
    write_month(tmp_path, MAY)

    class Stopped(Exception):
        """The process ends here."""

    def broken(_connection: object) -> None:
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(graph_cleanup, "forget_candidates", broken)
        with pytest.raises(Stopped):
            pipeline.load(tmp_path)
    assert noted(pipeline) != []
    cancel(pipeline.context)
    run = pipeline.load(tmp_path)
    assert (run.state, pipeline.written(run).rows) == ("done", 0)
    assert pipeline.differences(tmp_path, MAY) == {}
    assert noted(pipeline) == []


@pytest.mark.parametrize("bulk", ["yes", "no"])
def test_a_graph_that_is_filled_anew_has_nothing_to_be_asked_about(
    pipeline: Pipeline, tmp_path: Path, searches: list[str], bulk: str
) -> None:
    write_month(tmp_path, APRIL, 7, CREDIT.format(77), odd=True)
    pipeline.load(tmp_path)
    write_month(tmp_path, MAY)
    pipeline.load(tmp_path, only_store="table")
    pipeline.cypher("MATCH (n) DETACH DELETE n")
    pipeline.load(tmp_path, bulk=bulk, only_store="graph")
    assert stubs(pipeline) == set()
    assert pipeline.differences(tmp_path, MAY) == {}
    assert (searches, noted(pipeline)) == ([], [])


def test_what_the_graph_does_not_show_of_a_change_writes_nothing_there(pipeline: Pipeline, tmp_path: Path) -> None:
    write_month(tmp_path, APRIL)
    write_month(tmp_path, MAY, more=MASTER + "<notes>other words</notes>")
    write_month(tmp_path, JUNE, more=MASTER + "<notes>other words</notes><country>Peru</country>")
    pipeline.load(tmp_path, APRIL)
    written = pipeline.written(pipeline.load(tmp_path, MAY))
    assert (written.rows, written.nodes, written.edges) == (1, 0, 0)
    assert pipeline.differences(tmp_path, MAY) == {}
    written = pipeline.written(pipeline.load(tmp_path, JUNE))
    assert (written.rows, written.nodes) == (1, 1)
    assert pipeline.differences(tmp_path, JUNE) == {}


def test_a_change_that_the_graph_does_not_show_waits_for_one_that_it_has_not_shown_yet(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    write_month(tmp_path, APRIL)
    write_month(tmp_path, MAY, more=MASTER + "<country>Peru</country>")
    write_month(tmp_path, JUNE, more=MASTER + "<country>Peru</country><notes>other words</notes>")
    pipeline.load(tmp_path, APRIL)
    pipeline.load(tmp_path, MAY, only_store="table")
    written = pipeline.written(pipeline.load(tmp_path, JUNE))
    assert (written.rows, written.nodes) == (1, 1)
    assert pipeline.differences(tmp_path, JUNE) == {}
