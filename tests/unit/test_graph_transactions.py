"""Every statement goes to the graph server through the one module that gives it a limit and begins it again."""

from __future__ import annotations

import re
from pathlib import Path

import neo4j
import pytest
from neo4j.exceptions import ClientError, ServiceUnavailable, SessionExpired

from functions.runtime.stores import graph_transactions
from functions.runtime.stores.graph_transactions import stream

ROOT = Path(__file__).resolve().parents[2]
SEAM = Path(graph_transactions.__file__)
#: What sends a statement without a limit of its own.
UNLIMITED = re.compile(
    r"session\.run\((?!neo4j\.Query\(.*timeout=)|execute_query\(|begin_transaction\((?!timeout=)|execute_(?:read|write)\("
)


def test_no_statement_goes_to_the_graph_without_a_limit() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in ("functions", "gateway", "infra")
        for path in (ROOT / folder).rglob("*.py")
        if path != SEAM
        for line in path.read_text(encoding="utf-8").splitlines()
        if UNLIMITED.search(line)
    ]
    assert found == []


class _Session:
    """A session whose first statements fail; a real one that does so in passing cannot be had at will."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.limits: list[float | None] = []

    def run(self, query: neo4j.Query, values: dict[str, object]) -> _Session:
        self.limits.append(query.timeout)
        if self.failures:
            raise self.failures.pop(0)
        return self

    def peek(self) -> None:
        return None

    def __iter__(self) -> _Session:
        return self

    def __next__(self) -> None:
        raise StopIteration


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_transactions, "_FIRST_PAUSE_S", 0.01)


def test_what_fails_in_passing_is_begun_again_with_the_same_limit() -> None:
    session = _Session(SessionExpired("the leader is another"), ServiceUnavailable("it starts"))
    assert list(stream(session, "RETURN 1", limit_s=7)) == []  # type: ignore[arg-type]
    assert session.limits == [7, 7, 7]


def test_what_is_wrong_is_not_begun_again() -> None:
    session = _Session(ClientError("no such thing"))
    with pytest.raises(ClientError):
        list(stream(session, "RETURN 1"))  # type: ignore[arg-type]
    assert len(session.limits) == 1


def test_the_last_failure_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_transactions, "RETRIED_S", 0.02)
    session = _Session(*[ServiceUnavailable("it is away")] * 9)
    with pytest.raises(ServiceUnavailable):
        list(stream(session, "RETURN 1"))  # type: ignore[arg-type]
    assert session.failures
