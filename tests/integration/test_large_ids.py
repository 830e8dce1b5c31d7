"""Ids of 64 bits, in both graph servers, by both strategies, as records and as what records refer to.

In the gate Neo4j has them in `test_neo4j.py`: its keys never had fewer bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from functions.load_graph.schema import has_narrow_keys
from functions.runtime.settings import Settings
from functions.runtime.stores.arcadedb_http import graph_http
from infra.cli.command_context import migrate
from tests.graph_servers import SERVERS_IN_SWEEPS, GraphSettings
from tests.integration.pipeline import (
    APRIL,
    JUNE,
    MAY,
    Pipeline,
    artist,
    label,
    master,
    open_pipeline,
    release,
    small,
    write_dump,
)
from tests.stack import FreshSettings

STRATEGIES = ("no", "auto")
#: Above 32 bits, above what a double holds, the largest of 64 bits.
LARGE = (2**31, 2**53 + 1, 2**63 - 1)


@pytest.fixture(scope="module", params=SERVERS_IN_SWEEPS)
def opened(graph_settings: GraphSettings, request: pytest.FixtureRequest) -> Iterator[Pipeline]:
    with open_pipeline(graph_settings(request.param), part_bytes=4_000, deletion_share=1.0) as pipeline:
        yield pipeline


def write_referred(folder: Path) -> None:
    """A month whose records refer to large ids that no record has."""
    records = small()
    for own, number in enumerate(LARGE, start=100):
        credit = f"<extraartists><artist><id>{number}</id><role>Bass</role></artist></extraartists>"
        text = release(own, f"{credit}<master_id>{number}</master_id>")
        records["releases"].append(text.replace("<labels>", f"<labels><label id='{number}'/>"))
        records["artists"].append(artist(own, f"<aliases><name id='{number}'/></aliases>"))
        records["labels"].append(label(own, f"<parentLabel id='{number}'>P</parentLabel>"))
    write_dump(folder, MAY, records)


def write_large(folder: Path) -> None:
    """A month that has records of those ids."""
    records = small()
    for number in LARGE:
        records["artists"].append(artist(number, f"<aliases><name id='{number - 1}'/></aliases>"))
        records["labels"].append(label(number))
        records["masters"].append(master(number))
        records["releases"].append(release(number, f"<master_id>{number}</master_id>"))
    write_dump(folder, JUNE, records)


def ids(pipeline: Pipeline, label: str) -> set[int]:
    return {row["id"] for row in pipeline.cypher(f"MATCH (n:{label}) WHERE n.id > 1000000 RETURN n.id AS id")}


@pytest.mark.parametrize("bulk", STRATEGIES)
def test_large_ids_come_after_small_ones(pipeline: Pipeline, tmp_path: Path, bulk: str) -> None:
    write_dump(tmp_path, APRIL, small())
    pipeline.load(tmp_path, bulk=bulk)
    write_referred(tmp_path)
    assert pipeline.load(tmp_path).state == "done"
    assert pipeline.differences(tmp_path, MAY) == {}
    assert [ids(pipeline, label) for label in ("Artist", "Label", "Master")] == [set(LARGE)] * 3
    write_large(tmp_path)
    assert pipeline.load(tmp_path, JUNE).state == "done"
    assert pipeline.differences(tmp_path, JUNE) == {}
    assert ids(pipeline, "Artist") == {*LARGE, *(number - 1 for number in LARGE)}
    write_dump(tmp_path, JUNE, small())
    assert pipeline.load(tmp_path, JUNE).state == "done"
    assert pipeline.differences(tmp_path, JUNE) == {}
    assert ids(pipeline, "Artist") == set()


@pytest.mark.parametrize("bulk", STRATEGIES)
def test_large_ids_are_there_from_the_beginning(pipeline: Pipeline, tmp_path: Path, bulk: str) -> None:
    write_large(tmp_path)
    pipeline.load(tmp_path, bulk=bulk)
    assert pipeline.differences(tmp_path, JUNE) == {}
    assert [ids(pipeline, label) for label in ("Label", "Master", "Release")] == [set(LARGE)] * 3
    number = LARGE[1]
    found = pipeline.cypher("MATCH (r:Release {id: $id})-[:DERIVED_FROM]->(m:Master) RETURN r.id, m.id", id=number)
    assert found == [{"r.id": number, "m.id": number}]


@pytest.fixture
def narrow(fresh_settings: FreshSettings, tmp_path: Path) -> Iterator[Pipeline]:
    """A graph as earlier versions made it: its key has 32 bits."""
    write_dump(tmp_path, APRIL, small())
    with open_pipeline(fresh_settings(), part_bytes=4_000, deletion_share=1.0) as pipeline:
        pipeline.load(tmp_path, bulk="auto")
        make_narrow(pipeline.context.settings)
        write_referred(tmp_path)
        yield pipeline


def make_narrow(settings: Settings) -> None:
    with graph_http(settings) as server:
        server.sql(settings.graph_database, "DROP INDEX `Artist[id]`")
        server.sql(settings.graph_database, "ALTER PROPERTY Artist.id NAME was")
        server.sql(settings.graph_database, "DROP PROPERTY Artist.was")
        server.sql(settings.graph_database, "CREATE PROPERTY Artist.id INTEGER")
        server.sql(settings.graph_database, "CREATE INDEX ON Artist (id) UNIQUE")
    assert has_narrow_keys(settings)


@pytest.mark.parametrize("bulk", STRATEGIES)
def test_a_graph_with_keys_of_32_bits_is_filled_again_by_the_next_run(
    narrow: Pipeline, tmp_path: Path, bulk: str
) -> None:
    run = narrow.load(tmp_path, MAY, bulk=bulk)
    assert (run.state, run.bulk) == ("done", ["graph"] if bulk == "auto" else [])
    assert narrow.differences(tmp_path, MAY) == {}
    assert not has_narrow_keys(narrow.context.settings)


def test_a_run_that_met_keys_of_32_bits_goes_on_after_an_update(narrow: Pipeline, tmp_path: Path) -> None:
    """The part failed with the version before; `up` brings the stores to the form of this one."""
    settings = narrow.context.settings
    begun = narrow.begin(tmp_path, MAY)
    with narrow.context.graph_session() as session:
        session.run("MATCH (m:Linernotes) SET m.last_run = $run", run=begun.run.id).consume()
    narrow.query("UPDATE installation SET graph_run = %s", begun.run.id)
    migrate(settings)
    narrow.go_on(begun.messages)
    assert narrow.run(begun.run.id).state == "done"
    assert narrow.differences(tmp_path, MAY) == {}
    migrate(settings)
    assert narrow.load(tmp_path, MAY).state == "done"
    assert msgspec.structs.astuple(narrow.written(narrow.load(tmp_path, MAY))) == (0, 0, 0, 0)
