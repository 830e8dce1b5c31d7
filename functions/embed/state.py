"""What is known of the vectors of each entity: what made them, how many, and their index."""

from __future__ import annotations

from typing import Any, Final

import psycopg
from msgspec import Struct
from msgspec.structs import asdict

from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.ledger.store import fetch
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "vectors.sql")

STATE: Final = "vector_state"


class EntityState(Struct, frozen=True):
    """The vectors of one entity.

    Attributes:
        entity: its code.
        engine: what made them, by name.
        version: of that engine.
        dimensions: numbers of a vector.
        records: that have one, or share one.
        documents: that there are.
        vectors: as many, texts that are equal counted once.
        indexed: vectors when the index was built; 0: there is none, and all are compared.
        lists: of the index.
        probes: lists that a search looks at.
        recall: of the ten nearest, the share that the index found in its last test.
        off: why there are none.
    """

    entity: int
    engine: str
    version: str
    dimensions: int
    records: int = 0
    documents: int = 0
    vectors: int = 0
    indexed: int = 0
    lists: int = 0
    probes: int = 0
    recall: float | None = None
    off: str | None = None


class Vectors(Struct, frozen=True):
    """The vectors as an answer tells of them.

    Attributes:
        share: of the records of which some may have a vector, those that have one; 0 to 1.
        updating: some records have changed since.
        off: why nothing is found by meaning; None where something is.
    """

    share: float
    updating: bool
    off: str | None = None


def states_of(connection: psycopg.Connection[Any]) -> dict[Entity, EntityState]:
    """Of each entity; none before the first vectors were made."""
    return {ENTITIES[state.entity - 1]: state for state in fetch(connection, EntityState, _sql.state)}


def put_state(connection: psycopg.Connection[Any], state: EntityState, *, building: bool) -> None:
    """Write the state of an entity's vectors, or of those that are being built."""
    connection.execute(_sql.put_state_next if building else _sql.put_state, asdict(state))
