"""Names in every script are found: by new homes, by homes made before, and elsewhere only where the server can."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from functions.runtime.errors import PermanentError, RefusedError
from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo
from functions.runtime.stores.invalid_indexes import build_invalid_indexes
from functions.runtime.stores.letters import knows_letters
from functions.runtime.stores.migrations import migrate_postgres
from infra.stack import postgres, postgres_ctype
from infra.stack.home import Home
from infra.stack.postgres_ctype import is_own, teach_letters
from infra.stack.postgres_databases import create_postgres_database, drop_postgres_database
from tests.postgres_servers import embedded_server, started
from tests.stack import RunningStack, temporary_home

NAMES = ("Кино", "坂本龍一", "Björk", "Motörhead", "Ænima", "عمرو دياب", "한대수", "ザ・ピーナッツ")

#: Ways in which a name was looked for by earlier versions, each by an index of its own.
BY_WORD = "to_tsvector('simple', plain_text(name)) @@ plainto_tsquery('simple', plain_text(%(text)s))"
BY_LETTERS = "plain_text(name) LIKE '%%' || plain_text(%(text)s) || '%%'"
CTYPE = "SELECT datctype FROM pg_database WHERE datname = current_database()"
INDEXES = {BY_WORD: "artists_words", BY_LETTERS: "artists_letters"}
MADE = (
    "CREATE INDEX artists_words ON artists USING gin (to_tsvector('simple', plain_text(name)))",
    "CREATE INDEX artists_letters ON artists USING gin (plain_text(name) gin_trgm_ops)",
)


@contextmanager
def connected(settings: Settings, database: str | None = None) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres_conninfo(settings, database), autocommit=True) as connection:
        connection.execute("SET enable_seqscan = off")
        yield connection


def found(connection: psycopg.Connection[Any], way: str, text: str) -> set[str]:
    return {name for (name,) in connection.execute(f"SELECT name FROM artists WHERE {way}", {"text": text})}  # noqa: S608


def plan(connection: psycopg.Connection[Any], way: str) -> str:
    asked = f"EXPLAIN SELECT name FROM artists WHERE {way}"  # noqa: S608
    return str(connection.execute(asked, {"text": "Кино"}).fetchall())


def fill(connection: psycopg.Connection[Any]) -> None:
    for statement in MADE:
        connection.execute(statement)
    for number, name in enumerate(NAMES, start=1):
        connection.execute(
            "INSERT INTO artists (id, hash, dump, name, data) VALUES (%s, '', '2026-04-01', %s, '{}')", (number, name)
        )


def assert_all_found(connection: psycopg.Connection[Any]) -> None:
    for way, index in INDEXES.items():
        assert index in plan(connection, way)
        assert [name for name in NAMES if found(connection, way, name) != {name}] == [], index
        assert found(connection, way, "ピーナッツ") == {"ザ・ピーナッツ"}


def test_a_new_home_knows_letters_of_every_script(settings: Settings) -> None:
    with connected(settings) as connection:
        migrate_postgres(connection)
        assert connection.execute("SELECT show_trgm('Кино') <> '{}', lower('ÖЖ')").fetchone() == (True, "öж")
        fill(connection)
        assert_all_found(connection)


@pytest.mark.parametrize("extension", ["", "pg_trgm"])
def test_a_database_elsewhere_that_knows_ascii_alone_is_refused(stack: RunningStack, extension: str) -> None:
    name = "ascii_alone"
    with connected(stack.settings, "postgres") as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 LC_CTYPE 'C'")
    try:
        with connected(stack.settings, name) as connection:
            if extension:
                connection.execute(f"CREATE EXTENSION {extension}")
            with pytest.raises(RefusedError, match=r"ascii_alone knows no letters outside ASCII, its LC_CTYPE is C:"):
                migrate_postgres(connection)
            assert connection.execute("SELECT to_regclass('artists')").fetchone() == (None,)
    finally:
        drop_postgres_database(stack.settings, name)


def test_a_database_beside_knows_the_letters_of_ours_whatever_new_ones_know(settings: Settings) -> None:
    """As a restore makes it, on a server whose template knows less."""
    with connected(settings, "postgres") as connection:
        connection.execute("UPDATE pg_database SET datctype = 'C' WHERE datname = 'template1'")
    try:
        create_postgres_database(settings, "beside")
        with connected(settings, "beside") as connection:
            assert knows_letters(connection)
    finally:
        drop_postgres_database(settings, "beside")
        with connected(settings, "postgres") as connection:
            connection.execute(
                "UPDATE pg_database SET datctype = (SELECT datctype FROM pg_database WHERE datname = 'postgres')"
                "WHERE datname = 'template1'"
            )


@pytest.fixture
def old_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home as earlier versions made it, with names in it; its server does not run."""
    with temporary_home() as path, monkeypatch.context() as patch:
        home = Home(path)
        patch.setattr(postgres, "CTYPES", ("C",))  # with it, initdb is called as it was then
        patch.setattr("functions.runtime.stores.migrations.refuse_without_letters", lambda _: None)
        with started(embedded_server(home), home) as settings, connected(settings) as connection:
            assert connection.execute(CTYPE).fetchone() == ("C",)
            migrate_postgres(connection)
            fill(connection)
            assert found(connection, BY_WORD, "ピーナッツ") == set()  # what is between two words was none to it
            assert connection.execute("SELECT show_trgm('Кино')").fetchone() == ([],)
            connection.execute("CREATE DATABASE another")
        patch.undo()
        yield home


def test_a_home_of_before_finds_names_in_every_script(old_home: Home) -> None:
    server, said = embedded_server(old_home), list[str]()
    with started(server, old_home) as settings:
        assert is_own(settings)
        teach_letters(settings, said.append)
        with connected(settings) as connection:
            for way, index in INDEXES.items():  # broken off here, nothing is found by what was indexed before
                assert index not in plan(connection, way)
                assert found(connection, way, "Кино") == {"Кино"}
            assert migrate_postgres(connection, said.append) == []
            built = build_invalid_indexes(connection, said.append)
            assert sorted(built) == ["artists_letters", "artists_words"]
            assert_all_found(connection)
            assert_other_indexes_hold(connection)
            assert connection.execute("SELECT datname FROM pg_database WHERE datctype = 'C'").fetchall() == []
        assert "by LC_CTYPE C.UTF-8" in said[0]
        assert "Indexes are built again: artists_letters" in said[1]
        create_postgres_database(settings, "a_new_one")
        for name in ("another", "a_new_one"):
            with connected(settings, name) as connection:
                assert knows_letters(connection)
        assert_nothing_is_left_to_do(settings)


def assert_other_indexes_hold(connection: psycopg.Connection[Any]) -> None:
    """No B-tree goes by letters: what is in them is still what the tables hold, in its order."""
    connection.execute("CREATE EXTENSION amcheck")
    checked = connection.execute(
        "SELECT count(bt_index_check(c.oid, true)::text) FROM pg_class c JOIN pg_am a ON a.oid = c.relam "
        "WHERE a.amname = 'btree' AND c.relnamespace = 'public'::regnamespace"
    ).fetchone()
    assert checked is not None
    assert checked[0] > 20


def assert_nothing_is_left_to_do(settings: Settings) -> None:
    said = list[str]()
    teach_letters(settings, said.append)
    with connected(settings) as connection:
        assert build_invalid_indexes(connection, said.append) == []
    assert said == []


def test_a_home_moved_to_a_system_without_its_locale_is_told_what_to_install(old_home: Home) -> None:
    server = embedded_server(old_home)
    with started(server, old_home) as settings:
        with connected(settings, "postgres") as connection:
            connection.execute("UPDATE pg_database SET datctype = 'xx_XX.UTF-8' WHERE datname = 'postgres'")
        with pytest.raises(PermanentError, match=r"install C.UTF-8 \(Debian: libc-bin"):
            asyncio.run(server.ready())


def test_of_a_system_without_any_such_locale_nothing_is_changed(
    old_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_ctype, "CTYPES", ("xx_XX.UTF-8",))
    with started(embedded_server(old_home), old_home) as settings:
        with pytest.raises(RefusedError, match="Nothing was changed"):
            teach_letters(settings, print)
        with connected(settings) as connection:
            assert connection.execute(CTYPE).fetchone() == ("C",)


def test_a_new_home_takes_the_first_locale_that_the_system_has(monkeypatch: pytest.MonkeyPatch) -> None:
    with temporary_home() as path:
        home = Home(path)
        monkeypatch.setattr(postgres, "CTYPES", ("xx_XX.UTF-8",))
        with pytest.raises(PermanentError, match=r"cannot be set up in .*: PostgreSQL needs a locale"):
            embedded_server(home).prepare()
        monkeypatch.setattr(postgres, "CTYPES", ("xx_XX.UTF-8", "C.UTF-8"))
        embedded_server(home).prepare()
