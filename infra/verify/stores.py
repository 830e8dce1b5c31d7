"""The two stores as the comparison reads them: plain rows out, nothing written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import neo4j
import psycopg
from neo4j.exceptions import AuthError, DriverError, Neo4jError
from psycopg import sql

from functions.runtime.addresses import host_and_port
from functions.runtime.entities import Entity
from functions.runtime.errors import PermanentError, SettingError, StoreUnavailable
from functions.runtime.settings import Settings
from functions.runtime.stores.graph_transactions import stream
from functions.runtime.stores.query_files import statements
from functions.runtime.stores.tls import does_not_answer, graph_tls, postgres_tls
from infra.verify.entry_words import Tracks

_SQL = statements(__file__, "rows.sql")
_PROFILES = statements(__file__, "profiles.sql")
_CYPHER = statements(__file__, "graph.cypher")
_EDGES: dict[Entity, str] = {
    "artists": _CYPHER.artist_edges,
    "labels": _CYPHER.label_edges,
    "masters": _CYPHER.master_edges,
    "releases": _CYPHER.release_edges,
}
_READ_AHEAD = 20_000


class Stores:
    """Connections to PostgreSQL and to the graph; close them with `close`, or use it in a `with` block.

    Every method raises StoreUnavailable where a store does not answer, PermanentError where it refuses.
    """

    def __init__(self, settings: Settings) -> None:
        if not settings.postgres_address or not settings.graph_address:
            raise SettingError("No stores are configured: set POSTGRES_ADDRESS and NEO4J_ADDRESS.")
        self._database = settings.graph_database
        self._drift: dict[Entity, frozenset[str]] = {}
        self._facts: bool | None = None
        self._identifiers: bool | None = None
        self._links: bool | None = None
        self._vectors: str | None = None
        self._entries: bool | None = None
        self._counts: bool | None = None
        self._tracks: Tracks | None = None
        with _store_errors():
            self._postgres = psycopg.connect(**postgres_arguments(settings), autocommit=True)
            address, tls = graph_tls(settings)
            self._graph = neo4j.GraphDatabase.driver(
                address,
                auth=(settings.graph_username, settings.graph_password),
                notifications_min_severity="OFF",
                **tls,
            )

    def __enter__(self) -> Stores:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close both connections."""
        self._graph.close()
        self._postgres.close()

    def row_ids(self, entity: Entity) -> Iterator[int]:
        """Every id of a table."""
        query = sql.SQL(_SQL.ids).format(table=sql.Identifier(entity))
        with _store_errors(), self._postgres.transaction(), self._postgres.cursor("row_ids") as cursor:
            cursor.itersize = _READ_AHEAD
            for (number,) in cursor.execute(query):
                yield number

    def rows(self, entity: Entity, ids: list[int]) -> list[tuple[Any, ...]]:
        """The rows of some ids: id, hash, dump, the document's text, then the columns of `rows.columns_of`."""
        with _store_errors():
            return self._postgres.execute(getattr(_SQL, entity), {"ids": ids}).fetchall()

    def was_whole(self, entity: Entity, dump: date) -> bool:
        """Whether the newest load of a dump took its file of an entity for whole; False where none was read."""
        with _store_errors():
            row = self._postgres.execute(_SQL.was_whole, {"entity": entity, "dump": dump}).fetchone()
        return bool(row and row[0])

    def has_all_facts(self) -> bool:
        """Whether the facts of releases are those of the documents that are stored."""
        if self._facts is None:
            with _store_errors():
                [(self._facts,)] = self._postgres.execute(_SQL.facts_ready).fetchall()
        return bool(self._facts)

    def facts(self, ids: list[int]) -> list[tuple[Any, ...]]:
        """The rows of facts of some releases: the id, then the columns of `facts.facts_of`."""
        with _store_errors():
            return self._postgres.execute(_SQL.facts, {"ids": ids}).fetchall()

    def facts_without_release(self) -> list[int]:
        """The ids of rows of facts that have no release, the first thousand."""
        with _store_errors():
            return [number for (number,) in self._postgres.execute(_SQL.facts_beyond)]

    def has_all_identifiers(self) -> bool:
        """Whether the identifiers of releases are those of the documents that are stored."""
        if self._identifiers is None:
            with _store_errors():
                [(self._identifiers,)] = self._postgres.execute(_SQL.identifiers_ready).fetchall()
        return bool(self._identifiers)

    def identifiers(self, ids: list[int]) -> list[tuple[int, str]]:
        """(release, key) of some releases."""
        with _store_errors():
            return self._postgres.execute(_SQL.identifiers, {"ids": ids}).fetchall()

    def identifiers_without_release(self) -> list[int]:
        """The ids that keys have and no release, the first thousand."""
        with _store_errors():
            return [number for (number,) in self._postgres.execute(_SQL.identifiers_beyond)]

    def has_all_links(self) -> bool:
        """Whether the links of releases are those of the documents that are stored."""
        if self._links is None:
            with _store_errors():
                [(self._links,)] = self._postgres.execute(_SQL.links_ready).fetchall()
        return bool(self._links)

    def links(self, ids: list[int]) -> list[tuple[Any, ...]]:
        """The links of some releases: the release, then the columns of `release_links.ExpectedLink`."""
        with _store_errors():
            return self._postgres.execute(_SQL.links, {"ids": ids}).fetchall()

    def links_without_release(self) -> list[int]:
        """The ids that links have and no release, the first thousand."""
        with _store_errors():
            return [number for (number,) in self._postgres.execute(_SQL.links_beyond)]

    def wrong_link_years(self, most: int = 5_000) -> list[tuple[int, int, int, int | None, int | None]]:
        """(id, kind, year, noted, counted) of hubs, those with more than `most` links, where the two differ."""
        with _store_errors():
            return self._postgres.execute(_SQL.wrong_link_years, {"most": most}).fetchall()

    def wrong_link_roles(self) -> list[tuple[str, int, int, int]]:
        """(role, artist, noted, counted) where the two differ."""
        with _store_errors():
            return self._postgres.execute(_SQL.wrong_link_roles).fetchall()

    def has_all_vectors(self) -> str:
        """The settings that vectors follow, where they are those of the documents that are stored; else nothing."""
        if self._vectors is None:
            with _store_errors():
                row = self._postgres.execute(_SQL.vectors_ready).fetchone()
            self._vectors = row[0] if row else ""
        return self._vectors

    def vector_keys(self, entity: Entity, ids: list[int]) -> list[tuple[int, int, bool]]:
        """(record, key of its text, whether the text's vector is there) of some records."""
        query = sql.SQL(_SQL.vector_keys).format(table=sql.Identifier(f"vectors_{entity}"))
        with _store_errors():
            return self._postgres.execute(query, {"ids": ids}).fetchall()

    def vectors_without_record(self, entity: Entity) -> list[int]:
        """The ids that vectors have and no record, the first thousand."""
        names = {"vectors": sql.Identifier(f"vectors_{entity}"), "table": sql.Identifier(entity)}
        with _store_errors():
            return [number for (number,) in self._postgres.execute(sql.SQL(_SQL.vectors_beyond).format(**names))]

    def has_all_counts(self) -> bool:
        """Whether releases and masters are counted, and nothing waits to be added."""
        if self._counts is None:
            with _store_errors():
                [(self._counts,)] = self._postgres.execute(_SQL.counts_ready).fetchall()
        return bool(self._counts)

    def counts(self) -> list[tuple[str, str, int, int]]:
        """(kind, value, releases, masters) of all that is counted but labels."""
        with _store_errors():
            return self._postgres.execute(_SQL.counts).fetchall()

    def wrong_label_counts(self) -> list[tuple[str, int | None, int | None]]:
        """(label, releases counted, its degree) where the two differ, the first thousand."""
        with _store_errors():
            return self._postgres.execute(_SQL.wrong_label_counts).fetchall()

    def has_all_entries(self) -> bool | None:
        """Whether search entries, and the degrees that they go by, are those of the documents that are stored.

        None where no load has begun to make any.
        """
        if self._entries is None:
            with _store_errors():
                [(self._entries,)] = self._postgres.execute(_SQL.entries_ready).fetchall()
        return self._entries

    def entries(self, code: int, ids: list[int]) -> list[tuple[Any, ...]]:
        """The search entries of some records: id, then what `search.compare_entries` looks at."""
        with _store_errors():
            return self._postgres.execute(_SQL.entries, {"entity": code, "ids": ids}).fetchall()

    def entries_without_record(self) -> list[tuple[int, int]]:
        """The number of the entity and the id of entries that have no record, the first thousand."""
        with _store_errors():
            return self._postgres.execute(_SQL.entries_beyond).fetchall()

    def words_beyond(self, words: list[str]) -> list[str]:
        """Those of these words that the vocabulary lacks."""
        with _store_errors():
            return [word for (word,) in self._postgres.execute(_SQL.words_beyond, {"words": words})]

    def tracks(self) -> Tracks:
        """Whose tracks search entries are made to be found by."""
        if self._tracks is None:
            with _store_errors():
                row = self._postgres.execute(_SQL.entries_variant).fetchone()
            said = (row[0] if row else "").rpartition("search_tracks=")[2]
            self._tracks = "main" if said == "main" else "all" if said == "all" else "off"
        return self._tracks

    def vocabulary(self) -> Iterator[tuple[str, int]]:
        """Every word of the vocabulary, and how many entries are said to have it."""
        with _store_errors(), self._postgres.transaction(), self._postgres.cursor("vocabulary") as cursor:
            cursor.itersize = _READ_AHEAD
            yield from cursor.execute(_SQL.vocabulary)

    def keys_of_words(self, pairs: list[tuple[int, str]]) -> set[tuple[int, str]]:
        """Those of these keys, each with its word, by which mistyped words are found."""
        values = {"keys": [key for key, _ in pairs], "words": [word for _, word in pairs]}
        with _store_errors():
            return set(self._postgres.execute(_SQL.keys_of_words, values).fetchall())

    def master_years(self, ids: list[int]) -> dict[int, int]:
        """The years of some masters."""
        with _store_errors():
            return dict(self._postgres.execute(_SQL.master_years, {"ids": ids}).fetchall())

    def degrees(self) -> Iterator[tuple[int, int, int]]:
        """The number of the entity, the id and the degree of each record that has one."""
        with _store_errors(), self._postgres.transaction(), self._postgres.cursor("degrees") as cursor:
            cursor.itersize = _READ_AHEAD
            yield from cursor.execute(_SQL.degrees)

    def has_all_profiles(self) -> bool:
        """Whether the counts of genres, styles, labels and months are those of what is stored."""
        with _store_errors():
            [(ready,)] = self._postgres.execute(_PROFILES.ready).fetchall()
        return bool(ready)

    def profile_rows(self, dimension: str | None) -> int:
        """How many counts of profiles are of a dimension; None: of one that there is not."""
        with _store_errors():
            [(rows,)] = self._postgres.execute(_PROFILES.rows, {"dimension": dimension}).fetchall()
        return int(rows)

    def profile_differences(self, dimension: str, limits: dict[str, int]) -> list[tuple[Any, ...]]:
        """(topic, name, value, what is stored, what the facts say) where these differ, the first thousand."""
        with _store_errors():
            return self._postgres.execute(_PROFILES.differences, {"dimension": dimension, **limits}).fetchall()

    def month_differences(self) -> list[tuple[Any, ...]]:
        """(month, entity, what is stored, what the changes say) where these differ, the first thousand."""
        with _store_errors():
            return self._postgres.execute(_PROFILES.months).fetchall()

    def quarantine(self, entity: Entity, dump: date) -> list[tuple[bool, int, int, int | None]]:
        """The pieces put aside up to a dump: whether in this very dump, where, how long, and the id it tells."""
        with _store_errors():
            return self._postgres.execute(_SQL.quarantine, {"entity": entity, "dump": dump}).fetchall()

    def drift(self, entity: Entity) -> frozenset[str]:
        """The names of what loads have noted as unknown to the model, or as repeated or contradicted."""
        if entity not in self._drift:
            with _store_errors():
                rows = self._postgres.execute(_SQL.drift, {"entity": entity}).fetchall()
            self._drift[entity] = frozenset(name for (name,) in rows)
        return self._drift[entity]

    def tombstones(self, entity: Entity) -> Iterator[tuple[int, bool]]:
        """The id of each tombstone, and whether the table has it."""
        query = sql.SQL(_SQL.tombstones).format(table=sql.Identifier(entity))
        with _store_errors(), self._postgres.transaction(), self._postgres.cursor("tombstones") as cursor:
            cursor.itersize = _READ_AHEAD
            yield from cursor.execute(query, {"entity": entity})

    def node_ids(self, label: str) -> Iterator[Any]:
        """The `id` of every node of a label, whatever it is."""
        yield from (number for (number,) in self._read(_CYPHER.node_ids.replace("{label}", label)))

    def nodes(self, label: str, ids: list[int]) -> Iterator[tuple[int, dict[str, Any]]]:
        """(id, properties) of the nodes with these ids."""
        for (nodes,) in self._read(_CYPHER.nodes.replace("{label}", label), ids=ids):
            yield from nodes

    def owned_edges(self, entity: Entity, ids: list[int]) -> Iterator[tuple[int, list[list[Any]]]]:
        """(id, [type, outgoing, labels, id, name and properties] of each edge) of the nodes with owned edges."""
        yield from self._read(_EDGES[entity], ids=ids)

    def named(self, label: str) -> Iterator[dict[str, Any]]:
        """The properties of every node of a label."""
        yield from (properties for (properties,) in self._read(_CYPHER.named.replace("{label}", label)))

    def part_of(self) -> Iterator[tuple[list[str], Any, list[str], Any, dict[str, Any]]]:
        """(labels, name, labels, name, properties) of every PART_OF edge."""
        yield from self._read(_CYPHER.part_of)

    def label_counts(self) -> Iterator[tuple[list[str], int]]:
        """(labels, number of nodes)."""
        yield from self._read(_CYPHER.labels)

    def edge_counts(self) -> Iterator[tuple[list[str], str, list[str], int]]:
        """(labels of the start, type, labels of the end, number of edges)."""
        yield from self._read(_CYPHER.shapes)

    def _read(self, query: str, **parameters: Any) -> Iterator[Any]:
        with _store_errors(), self._session() as session:
            yield from stream(session, query, **parameters)

    def _session(self) -> neo4j.Session:
        return self._graph.session(
            database=self._database, default_access_mode=neo4j.READ_ACCESS, fetch_size=_READ_AHEAD
        )


def postgres_arguments(settings: Settings) -> dict[str, Any]:
    """What psycopg needs to connect, and the session made read-only."""
    host, port = host_and_port(settings.postgres_address)
    return {
        "host": host,
        "port": port,
        "user": settings.postgres_username,
        "password": settings.postgres_password or None,
        "dbname": settings.postgres_database,
        "application_name": "linernotes verify",
        "options": "-c default_transaction_read_only=on",
        **postgres_tls(settings),
    }


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except psycopg.OperationalError as error:
        raise StoreUnavailable(does_not_answer("PostgreSQL", error)) from error
    except psycopg.Error as error:
        raise PermanentError(f"PostgreSQL cannot be read: {str(error).strip()}.") from error
    except AuthError as error:
        raise PermanentError("The graph server refuses the user or the password: see NEO4J_PASSWORD.") from error
    except (DriverError, Neo4jError, OSError) as error:
        raise StoreUnavailable(does_not_answer("The graph server", error)) from error
