"""Faults of the cluster profile: Neo4j killed, a host cut off from one server alone, a host that vanishes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from functions.runtime.ledger.models import ACTIVE
from infra.synth import write_dump
from tests.graph_servers import server_pid, server_process
from tests.integration.broker.cluster import Cluster
from tests.integration.broker.servers import until

PART_BYTES = 25_000
CUT_S = 20
DONE_S = 600

pytestmark = [pytest.mark.sweep, pytest.mark.timeout(DONE_S + 300)]


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About forty parts."""
    folder = tmp_path_factory.mktemp("dump")
    write_dump(folder, releases=250, seed=6)
    return folder


def test_a_kill_9_of_neo4j_changes_nothing(working: Cluster, dump: Path) -> None:
    working.begin(working.publish(dump, "dump"), parts=5)
    before = server_process(working.stack)
    before.kill()
    assert working.state() in ACTIVE
    until(lambda: server_pid(working.stack) not in {before.pid, None}, 60, "another Neo4j")
    working.until_done(DONE_S)
    working.assert_equal(dump)


@pytest.mark.parametrize("servers", [("rabbitmq", "management"), ("postgres",)], ids=["broker", "postgres"])
def test_a_host_cut_off_from_one_server_alone_goes_on_afterwards(
    working: Cluster, dump: Path, servers: tuple[str, ...]
) -> None:
    """No other host works on parts: the run ends by what this one does."""
    working.leave_parts_to_second()
    working.begin(working.publish(dump, "dump"), parts=5)
    working.second.cut(*servers)
    reached = {name for name in working.second.addresses if working.second.reaches(name)}
    assert reached == working.second.addresses.keys() - set(servers)
    time.sleep(CUT_S)
    assert working.state() in ACTIVE
    working.second.mend()
    working.until_done(DONE_S)
    working.assert_equal(dump)


def test_a_host_that_vanishes_gives_its_parts_back(working: Cluster, dump: Path) -> None:
    """All parts are its own until then."""
    working.leave_parts_to_second()
    working.begin(working.publish(dump, "dump"), parts=5)
    working.second.vanish()
    assert working.state() in ACTIVE
    working.parts_on_first = True
    working.until_done(DONE_S)
    working.assert_equal(dump)
