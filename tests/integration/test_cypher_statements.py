"""Every Cypher statement of the project runs on both graph servers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.load_graph.schema import prepare_graph
from functions.runtime.entities import NODE
from functions.runtime.stores.migrations import migration_files
from functions.runtime.stores.query_files import statements
from tests.graph_servers import SERVERS, GraphSettings
from tests.integration.pipeline import Pipeline, open_pipeline

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    path.relative_to(ROOT)
    for folder in ("functions", "gateway", "infra")
    for path in (ROOT / folder).rglob("*.cypher")
    if path.parent.name != "migrations"
)
STATEMENTS = [(path, name) for path in FILES for name in vars(statements(str(ROOT / path), path.name))]

#: A value for each parameter that any statement has; a new statement with a new one adds it here.
VALUES: dict[str, Any] = {
    "ids": [1, 2**40],
    "identity": "x",
    "limit": 10,
    "most": 20,
    "name": "x",
    "run": 1,
}
#: What the names of lists in a statement are bound to, by the statement's own use of an item.
EDGE = {"id": 1, "catno": "", "roles": ["Bass"]}


@pytest.fixture(scope="module", params=SERVERS)
def graph(graph_settings: GraphSettings, request: pytest.FixtureRequest) -> Iterator[Pipeline]:
    with open_pipeline(graph_settings(request.param)) as opened:
        with opened.context.graph_session() as session:
            prepare_graph(opened.context.settings, session)
        opened.cypher("CREATE (:Linernotes), (:Artist {id: 1, stub: true}), (:Label {id: 1}), (:Master {id: 1})")
        opened.cypher("CREATE (:Release {id: 1})-[:IS]->(:Genre {name: 'x'})<-[:PART_OF]-(:Style {name: 'x'})")
        yield opened


def value_of(parameter: str, text: str) -> Any:
    """A value for a parameter of a statement."""
    names = "{name:" in text or "{name: key}" in text
    if parameter == "keys":
        return ["x"] if names else [1]
    if parameter == "pairs":
        return [["x", "x"]] if "Style" in text else [[1, 1]]
    if parameter == "rows":
        item: Any = EDGE if re.search(r"\bk\.", text) else ("x" if "name: k}" in text else 1)
        return [{"id": 1, "props": {"id": 1, "name": "x"}, "to": [item]}]
    return VALUES[parameter]


def run(graph: Pipeline, text: str) -> None:
    parameters = {name: value_of(name, text) for name in re.findall(r"\$(\w+)", text)}
    with graph.context.graph_session() as session:
        session.run(text, parameters).consume()


@pytest.mark.parametrize(("path", "name"), STATEMENTS, ids=[f"{path.stem}-{name}" for path, name in STATEMENTS])
def test_a_statement_runs(graph: Pipeline, path: Path, name: str) -> None:
    text = getattr(statements(str(ROOT / path), path.name), name)
    labels = [*NODE.values(), "Genre", "Style"] if "{label}" in text else [""]
    for label in labels:
        run(graph, text.replace("{label}", label))


@pytest.mark.parametrize("path", migration_files("cypher"), ids=lambda path: path.stem)
def test_a_migration_runs_twice(graph: Pipeline, path: Path) -> None:
    text = re.sub(r"^//.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for _ in range(2):
        for statement in filter(str.strip, text.split(";")):
            run(graph, statement)
