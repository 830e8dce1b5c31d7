"""A Neo4j with little memory is emptied although one node has half a million edges. Only `make faults` waits for it."""

from __future__ import annotations

import msgspec
import pytest

from functions.load_graph.clear_graph import remove_elements
from infra.setup.fetch_neo4j import jars_folder
from infra.stack.daemon import start_detached
from tests.faults.loading import ROUNDS
from tests.graph_servers import needed_parts
from tests.integration.pipeline import open_pipeline
from tests.integration.test_clear_graph import contents, fill_hub
from tests.stack import FreshSettings, RunningStack, temporary_home

_RELEASES = 500_000
#: Enough to import them; all edges of that node in one transaction need more (measured).
_HEAP = "320m"


@pytest.mark.skipif(ROUNDS == 1, reason="in the long sweeps only: the gate has a smaller hub")
def test_half_a_million_edges_of_one_node_go_with_a_small_heap(
    stack: RunningStack, fresh_settings: FreshSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed_parts()
    own = {"neo4j_jars": str(jars_folder()), "graph_memory": _HEAP, "graph_address": "", "graph_http": ""}
    names = ("home", "graph_address", "graph_http", "graph_import", "graph_username", "graph_password")
    with temporary_home() as home:
        wanted = msgspec.structs.replace(stack.settings, home=str(home), **own)
        started = start_detached(wanted, durable=False, with_parent=True)
        changes = {name: getattr(started, name) for name in (*names, "graph_database")}
        with open_pipeline(msgspec.structs.replace(fresh_settings(), **changes)) as pipeline:
            fill_hub(pipeline.context, _RELEASES, monkeypatch)
            with pipeline.context.graph_session() as session:
                remove_elements(session)
            assert contents(pipeline) == {}
            fill_hub(pipeline.context, _RELEASES, monkeypatch)
            pipeline.reset()
            assert set(contents(pipeline)) == {"Linernotes", "Migration"}
