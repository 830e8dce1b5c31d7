"""Whoever updates is told what is applied, how long it may take, and how far it is."""

from __future__ import annotations

import psycopg

from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo
from functions.runtime.stores.migrations import migrate_postgres
from functions.runtime.stores.statement_progress import told


def test_what_is_missing_is_told_with_its_time_by_the_rows_there_are(settings: Settings) -> None:
    said = list[str]()
    with psycopg.connect(postgres_conninfo(settings), autocommit=True) as connection:
        assert migrate_postgres(connection, said.append)
        assert said == []  # a new database waits for nothing
        assert migrate_postgres(connection, said.append) == []
        assert said == []
        connection.execute("DROP INDEX labels_sorted")
        connection.execute("DELETE FROM migrations WHERE name = '0027_names_indexes.sql'")
        connection.execute("UPDATE pg_class SET reltuples = 2.4e8 WHERE relname = 'labels'")
        assert migrate_postgres(connection, said.append) == ["0027_names_indexes.sql"]
        assert connection.execute("SELECT to_regclass('labels_sorted') IS NOT NULL").fetchone() == (True,)
    [sentence] = said
    assert sentence.startswith("PostgreSQL is brought up to date: 0027_names_indexes.sql; that may take about ")
    assert sentence.endswith(" minutes")


def test_a_statement_that_takes_long_is_told_until_it_is_done(settings: Settings) -> None:
    said = list[str]()
    with psycopg.connect(postgres_conninfo(settings), autocommit=True) as connection:
        connection.execute("CREATE TABLE many AS SELECT n, md5(n::text) AS text FROM generate_series(1, 200000) AS n")
        with told(connection, "waiting", said.append, seconds=60, every_s=0.02):
            connection.execute('CREATE INDEX ON many (text COLLATE "C")')
            connection.execute("SELECT pg_sleep(0.2)")
        count = len(said)
    assert any("an index of many: " in sentence for sentence in said)
    assert said[-1].startswith("waiting, 1 s of about 60 s")
    assert len(said) == count  # nobody tells any more
