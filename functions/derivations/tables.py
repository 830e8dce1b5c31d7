"""The tables of a derivation: those that are read, and those beside them in which a new version is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from functions.derivations.copy_text import copy_text
from functions.runtime.entities import CODE, Entity
from functions.runtime.function_table import DerivationSpec, DerivedTable
from functions.runtime.stores.query_files import statements

Connection = psycopg.Connection[Any]
Rows = Mapping[str, Sequence[tuple[Any, ...]]]

_sql = statements(__file__, "tables.sql")

_NEXT = "_next"

#: Rows whose text is in memory at once.
_ROWS_AT_ONCE = 5_000


def empty_tables(connection: Connection, spec: DerivationSpec) -> None:
    """Have no rows, neither of what is read nor of what is being built."""
    for table in spec.table_names:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {new}").format(new=sql.Identifier(next_of(table))))
        old = sql.Identifier(table)
        if connection.execute(sql.SQL("SELECT FROM {old} LIMIT 1").format(old=old)).fetchone() is not None:
            connection.execute(sql.SQL("TRUNCATE {old}").format(old=old))  # it takes its time for an empty one as well


def begin_tables(connection: Connection, spec: DerivationSpec) -> None:
    """Make empty tables beside those that are read, in the place of any that an earlier build left."""
    for table in spec.tables:
        begin_table(connection, table.name)
        for columns in table.last:
            _drop_index(connection, next_of(table.name), columns)
    for name in spec.assembled:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {new}").format(new=sql.Identifier(next_of(name))))


def begin_table(connection: Connection, name: str, *, indexes: bool = True) -> None:
    """Make an empty table beside one that is read."""
    names = {"new": sql.Identifier(next_of(name)), "old": sql.Identifier(name)}
    like = "INCLUDING ALL" if indexes else "INCLUDING ALL EXCLUDING INDEXES"
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {new}").format(**names))
    connection.execute(sql.SQL(f"CREATE TABLE {{new}} (LIKE {{old}} {like})").format(**names))


def next_of(name: str) -> str:
    """The table beside one that is read, in which a new version is built."""
    return name + _NEXT


def _drop_index(connection: Connection, table: str, columns: Sequence[str]) -> None:
    """Drop the indexes on these columns, whatever they are called."""
    for (name,) in connection.execute(_sql.indexes_on, {"table": table, "columns": list(columns)}).fetchall():
        connection.execute(sql.SQL("DROP INDEX {name}").format(name=sql.Identifier(name)))


def swap_tables(connection: Connection, spec: DerivationSpec) -> None:
    """Put what was built into the place of what is read; what waited to be assembled is gone."""
    for table in spec.tables:
        if table.staged:
            names = {"new": sql.Identifier(next_of(table.name)), "old": sql.Identifier(table.name)}
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {new}").format(**names))
            connection.execute(sql.SQL("TRUNCATE {old}").format(**names))
        else:
            _index_last(connection, table)
            swap_table(connection, table.name)
    for name in spec.assembled:
        swap_table(connection, name)


def _index_last(connection: Connection, table: DerivedTable) -> None:
    """Make the indexes that a build goes without."""
    for columns in table.last:
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        new = sql.Identifier(next_of(table.name))
        connection.execute(sql.SQL("CREATE INDEX ON {new} ({columns})").format(new=new, columns=listed))


def swap_table(connection: Connection, table: str) -> None:
    """Put the table beside one that is read into its place; its indexes get the names that the same ones had there."""
    names = {"new": sql.Identifier(next_of(table)), "old": sql.Identifier(table)}
    wanted = {definition: name for name, definition in _indexes(connection, table)}
    connection.execute(sql.SQL("DROP TABLE {old}").format(**names))
    connection.execute(sql.SQL("ALTER TABLE {new} RENAME TO {old}").format(**names))
    for name, definition in _indexes(connection, table):
        other = wanted.get(definition, name.replace(next_of(table), table, 1))
        if other != name:
            renamed = {"name": sql.Identifier(name), "wanted": sql.Identifier(other)}
            connection.execute(sql.SQL("ALTER INDEX {name} RENAME TO {wanted}").format(**renamed))


def _indexes(connection: Connection, table: str) -> list[tuple[str, str]]:
    """Each index of a table, and what it is of."""
    return connection.execute(_sql.indexes, {"table": table}).fetchall()


def replace_rows(
    connection: Connection, spec: DerivationSpec, entity: Entity, ids: Sequence[int], rows: Rows, *, building: bool
) -> None:
    """Put the rows of some records into the place of those that were there.

    Args:
        ids: of all records whose rows are replaced; one without rows has none afterwards.
        building: whether into the tables in which a new version is built.
    """
    noted = None if building else spec.load_noted()
    if noted:
        noted(connection, entity, list(ids), are_written=False)
    for table in spec.tables:
        name = sql.Identifier(next_of(table.name) if building else table.name)
        whose = sql.SQL(" AND entity = %(entity)s") if table.by_entity else sql.SQL("")
        connection.execute(
            sql.SQL("DELETE FROM {table} WHERE {key} = ANY(%(ids)s)").format(table=name, key=sql.Identifier(table.key))
            + whose,
            {"ids": list(ids), "entity": CODE[entity]},
        )
        _copy(connection, table, name, rows.get(table.name, ()))
    if noted:
        noted(connection, entity, list(ids), are_written=True)


def _copy(connection: Connection, table: DerivedTable, name: sql.Identifier, rows: Sequence[tuple[Any, ...]]) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    statement = sql.SQL("COPY {table} ({columns}) FROM STDIN").format(table=name, columns=columns)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for first in range(0, len(rows), _ROWS_AT_ONCE):
            copy.write(copy_text(rows[first : first + _ROWS_AT_ONCE]))
