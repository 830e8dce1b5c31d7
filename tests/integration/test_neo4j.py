"""A Neo4j of our own: what it shows of itself, and fills that break off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import neo4j
import psutil
import pytest
from neo4j.exceptions import AuthError

from functions.load_graph import neo4j_import
from functions.runs.run_commands import resume
from functions.runtime.errors import PermanentError
from functions.runtime.ledger.models import Run
from infra.stack.home import Home
from tests.graph_servers import GraphSettings, server_process
from tests.integration.pipeline import MAY, Pipeline, artist, master, open_pipeline, release, small, write_dump
from tests.stack import RunningStack


class Crash(Exception):
    """The worker ends here."""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dump with what is hard for the importer: line breaks, an empty catalogue number, credits without roles, ids
    above 32 bits and above what a double holds.
    """
    records = small()
    for number in (2**31, 2**53 + 1, 2**63 - 1):
        records["artists"].append(artist(number, f"<aliases><name id='{number - 1}'/></aliases>"))
        records["masters"].append(master(number))
        records["releases"].append(release(number, f"<master_id>{number}</master_id>"))
    records["artists"] += [
        artist(50, "<namevariations/>"),
        "<artist><id>51</id><name>two&#10;lines&#13;</name></artist>",
    ]
    credited = (
        "<artist><id>50</id><role>Bass&#10;, Voice</role></artist><artist><id>51</id><role>[none]</role></artist>"
    )
    labels = "<labels><label id='2'/><label id='2' catno='a&#10;b'/></labels>"
    texts = f"<title>more\nlines</title><extraartists>{credited}</extraartists>{labels}"
    records["releases"] += [f"<release id='900'>{texts}<genres><genre>one&#10;two</genre></genres></release>"]
    return write_dump(tmp_path_factory.mktemp("dump"), MAY, records)


@pytest.fixture
def pipeline(graph_settings: GraphSettings) -> Iterator[Pipeline]:
    with open_pipeline(graph_settings("neo4j")) as opened:
        yield opened


def assert_filled(pipeline: Pipeline, source: Path, run: Run) -> None:
    assert (run.state, run.bulk) == ("done", ["table", "graph"])
    assert pipeline.differences(source, MAY) == {}
    assert not list(Path(pipeline.context.settings.graph_import).iterdir())


def test_it_listens_on_loopback_only_and_shows_no_secret(neo4j_stack: RunningStack) -> None:
    process, password = server_process(neo4j_stack), neo4j_stack.settings.graph_password
    listening = [found.laddr.ip for found in process.net_connections("inet") if found.status == psutil.CONN_LISTEN]
    assert [address.removeprefix("::ffff:") for address in listening] == ["127.0.0.1"]
    assert not [text for text in (*process.cmdline(), *process.environ().values()) if password in text]
    secret = Home(neo4j_stack.home).neo4j / "password"
    assert secret in Home(neo4j_stack.home).secret_files()
    assert secret.stat().st_mode & 0o777 == 0o600
    for wrong in ("neo4j", "wrong"):
        address, auth = neo4j_stack.settings.graph_address, ("neo4j", wrong)
        with neo4j.GraphDatabase.driver(address, auth=auth) as driver, pytest.raises(AuthError):
            driver.verify_connectivity()


def test_what_is_hard_for_the_importer_arrives(pipeline: Pipeline, source: Path) -> None:
    assert_filled(pipeline, source, pipeline.load(source, bulk="auto"))
    derived = "MATCH (r:Release)-[:DERIVED_FROM]->(m:Master) WHERE r.id > 1000 RETURN r.id = m.id AS same"
    assert pipeline.cypher(derived) == [{"same": True}] * 3
    assert pipeline.cypher("MATCH (a:Artist {id: 51})-[e:CREDITED_ON]->() RETURN e.roles AS roles") == [{"roles": []}]


@pytest.mark.sweep
def test_a_server_killed_in_the_middle_of_an_import_imports_again(
    pipeline: Pipeline, source: Path, neo4j_stack: RunningStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[int] = []

    def touched(marker: Path) -> float:
        """Kill it when it has begun: the importer's log is there."""
        if not killed and (marker.with_suffix("") / "import.log").exists():
            process = server_process(neo4j_stack)
            process.kill()
            killed.append(process.pid)
        return marker.stat().st_mtime if marker.exists() else 0.0

    monkeypatch.setattr(neo4j_import, "_touched", touched)
    assert_filled(pipeline, source, pipeline.load(source, bulk="auto"))
    assert killed
    assert server_process(neo4j_stack).pid not in killed


def test_a_worker_that_dies_while_it_waits_begins_again_over_the_import_in_progress(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(marker: Path) -> float:
        if (marker.with_suffix("") / "import.log").exists():
            raise Crash
        return 0.0

    with monkeypatch.context() as patch:
        patch.setattr(neo4j_import, "_touched", die)
        patch.setattr("functions.load_graph.bulk.neo4j.Neo4jSink.close", lambda _: None)
        with pytest.raises(Crash):
            pipeline.load(source, bulk="auto")
    run, messages = resume(pipeline.context)
    pipeline.go_on(messages)
    assert_filled(pipeline, source, pipeline.run(run.id))


def test_a_failed_import_says_so_and_leaves_an_empty_graph(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.load(source, bulk="auto")
    hand_over = neo4j_import.hand_over

    def with_a_wrong_argument(folder: Path, arguments: list[str], still_wanted: Callable[[], None]) -> None:
        hand_over(folder, [*arguments, "--nodes=x"], still_wanted)

    with monkeypatch.context() as patch:
        patch.setattr(neo4j_import, "hand_over", with_a_wrong_argument)
        with pytest.raises(PermanentError, match=r"could not be filled .* exit code \d+"):
            pipeline.load(source, bulk="yes", only_store="graph")
    run, messages = resume(pipeline.context)
    pipeline.go_on(messages)
    assert pipeline.run(run.id).state == "done"
    assert pipeline.differences(source, MAY) == {}
