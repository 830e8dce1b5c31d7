"""Names in the order that people expect: Ö with O, page by page, on a server with ICU and on one without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from litestar.testing import TestClient
from msgspec.structs import replace

from functions.counts.top_counts import CountKind, by_name, collation, largest
from functions.counts.top_counts import _sql as counts_sql
from functions.load_table.collation import follow_collation
from functions.registry import FUNCTIONS
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, postgres_conninfo, prepare_context
from functions.runtime.stores.migrations import migrate_postgres
from gateway.app import create_app
from infra.backup.backup import write_backup
from infra.backup.restore import restore_backup
from infra.stack.home import Home
from tests.postgres_servers import system_server
from tests.stack import FreshSettings, temporary_home

#: As people look for them; by their bytes Ö, Å and small letters would stand behind Z.
NAMES = ("1st", "abba", "Åben", "Abend", "Öde", "Odeon", "Ödland", "Ok", "Zebra", "Кино")


def fill(settings: Settings) -> None:
    """Labels and styles of these names, of which some have as many releases."""
    with psycopg.connect(postgres_conninfo(settings)) as connection:
        migrate_postgres(connection)
        for number, name in enumerate(reversed(NAMES), start=1):
            values = {"id": number, "key": str(number), "name": name, "releases": 1 + number % 2}
            connection.execute(
                "INSERT INTO labels (id, hash, dump, name, data) VALUES (%(id)s, '', '2026-04-01', %(name)s, '{}')",
                values,
            )
            connection.execute("INSERT INTO counts VALUES ('label', %(key)s, %(releases)s, 0)", values)
            connection.execute("INSERT INTO counts VALUES ('style', %(name)s, %(releases)s, 0)", values)


@pytest.fixture(scope="module")
def plain_letters(settings: Settings) -> Settings:
    """The embedded server, which has no ICU."""
    fill(settings)
    return settings


@pytest.fixture(scope="module")
def icu_root() -> Iterator[Settings]:
    """A server with ICU, and the address of a graph that nobody asks."""
    with temporary_home() as path, system_server(Home(path)) as settings:
        fill(settings)
        yield replace(settings, graph_address="bolt://127.0.0.1:1")


@pytest.fixture(scope="module", params=["icu_root", "plain_letters"])
def served(request: pytest.FixtureRequest) -> Settings:
    """Settings of a server of that kind."""
    settings: Settings = request.getfixturevalue(request.param)
    return settings


@pytest.fixture
def context(served: Settings) -> Iterator[Context]:
    with prepare_context(served, FUNCTIONS) as context:
        yield context


both_kinds = pytest.mark.parametrize("kind", ["label", "style"])


@both_kinds
def test_by_name_is_as_people_expect_page_by_page(context: Context, kind: CountKind) -> None:
    found, page = list[str](), by_name(context, kind, 3, None)
    while page.next:
        assert len(page.counts) == 3
        found += [one.shown for one in page.counts]
        page = by_name(context, kind, 3, page.next)
    assert [*found, *(one.shown for one in page.counts)] == list(NAMES)


@both_kinds
def test_of_as_many_releases_the_order_is_by_name(context: Context, kind: CountKind) -> None:
    counts = largest(context, kind, len(NAMES))
    assert [one.releases for one in counts] == [2] * 5 + [1] * 5
    names = [one.shown for one in counts]
    assert names == sorted(names[:5], key=NAMES.index) + sorted(names[5:], key=NAMES.index)
    assert [one.shown for one in largest(context, kind, 2)] == names[:2]


def test_labels_by_name_are_read_from_an_index(served: Settings) -> None:
    with psycopg.connect(postgres_conninfo(served)) as connection:
        connection.execute("SET enable_seqscan = off")
        connection.execute("SET enable_sort = off")
        values = {"name": "B", "key": "-1", "limit": 3}
        plan = connection.execute(f"EXPLAIN {counts_sql.labels_by_name}", values).fetchall()
    text = "\n".join(row[0] for row in plan)
    assert "labels_sorted" in text
    assert "Index Cond" in text


def test_the_answer_says_by_which(served: Settings, context: Context, request: pytest.FixtureRequest) -> None:
    with context.connection() as connection:
        assert follow_collation(connection, print) == []
    assert collation(context) == request.node.callspec.params["served"].replace("_", "-")


def test_over_http(plain_letters: Settings) -> None:
    with TestClient(create_app(plain_letters)) as client:
        first = client.get("/api/counts/label?order=name&limit=4").json()
        assert (first["order"], first["collation"]) == ("name", "plain-letters")
        assert [one["name"] for one in first["counts"]] == list(NAMES[:4])
        second = client.get("/api/counts/label", params={"order": "name", "limit": 9, "cursor": first["next"]}).json()
        assert [one["name"] for one in second["counts"]] == list(NAMES[4:])
        assert second["next"] is None
        for query in ("order=name&cursor=x", "order=name&cursor=WyJhIiwieCJd", "cursor=x", "order=size"):
            assert client.get(f"/api/counts/label?{query}").status_code in {400, 422}, query
        assert "letter by letter without accents" in client.get("/").text


def test_after_an_update_of_icu_what_is_sorted_by_it_is_built_again(icu_root: Settings) -> None:
    said = list[str]()
    with psycopg.connect(postgres_conninfo(icu_root), autocommit=True) as connection:
        assert follow_collation(connection, said.append) == []
        connection.execute("UPDATE pg_collation SET collversion = '1' WHERE collname = 'people'")
        assert follow_collation(connection, said.append) == ["labels_sorted"]
        assert follow_collation(connection, said.append) == []
    assert said == ["PostgreSQL has another version of ICU: what is sorted by it is built again, labels_sorted"]


def test_a_backup_of_a_server_with_icu_is_restored_on_one_without(
    icu_root: Settings, fresh_settings: FreshSettings, tmp_path: Path
) -> None:
    settings = fresh_settings()
    with psycopg.connect(postgres_conninfo(settings)) as connection:
        migrate_postgres(connection)
    write_backup(icu_root, tmp_path / "all.backup", lambda *_: None)
    with prepare_context(settings, FUNCTIONS) as context:
        restore_backup(context, tmp_path / "all.backup", replace=True, ignore_disk=True, show=lambda *_: None)
        assert collation(context) == "plain-letters"
        assert [one.name for one in by_name(context, "label", 100, None).counts] == list(NAMES)
