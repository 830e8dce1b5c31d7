"""The index of an entity's vectors: IVFFlat, a list for each 1,000, tested against a comparison with all of them.

Below `EXACT_BELOW` all are compared. It is built anew when there are 30 % more vectors than it was built of, or 2 %
more and a test finds too few of the nearest in however many lists: its centres are those of the vectors that were
there.
"""

from __future__ import annotations

import math
from typing import Any, Final

import psycopg
from msgspec.structs import replace

from functions.embed.engines.engine import Engine
from functions.embed.state import EntityState, put_state
from functions.runtime.entities import Entity
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.runtime.telemetry.metrics import stage

_sql = statements(__file__, "vectors.sql")

#: Vectors below which an entity has no index.
EXACT_BELOW = 50_000
#: Vectors of a list on average.
PER_LIST = 1_000
#: What the index is built anew at: so many times the vectors that it was built of, or less of the nearest found.
_GROWN: Final = 1.3
#: Below so many times that it would come out as it is.
_HARDLY_GROWN: Final = 1.02
LEAST_RECALL: Final = 0.93
#: What the number of lists that are looked at is chosen for, and the share of lists beyond which it is not raised.
_WANTED_RECALL: Final = 0.965
_MOST_PROBES: Final = 0.2
#: Lists that are looked at in any case: of so few a share is little.
_FEW_LISTS: Final = 60
#: Questions of a test, and how many of their nearest: of fewer, luck alone may find enough.
_QUESTIONS, _NEAREST = 60, 10
#: Distances that differ by less are a tie: halfvec has 11 bits.
_TIE: Final = 1e-4
_MEMORY: Final = "512MB"

Connection = psycopg.Connection[Any]


def bring_up_index(context: Context, engine: Engine, entity: Entity, before: EntityState, *, building: bool) -> None:
    """Count an entity's vectors, have their index be as good as it is to be, and note all that in its state."""
    table = f"{entity}_next" if building else entity
    with context.connection() as connection:
        records, vectors = connection.execute(getattr(_sql, f"count_{table}")).fetchone() or (0, 0)
        [(documents,)] = connection.execute(getattr(_sql, f"documents_{entity}")).fetchall()
        state = replace(before, records=records, vectors=vectors, documents=documents)
        if vectors < EXACT_BELOW:
            connection.execute(getattr(_sql, f"drop_meaning_{table}"))
            connection.execute(getattr(_sql, f"analyze_{table}"))
            put_state(connection, replace(state, indexed=0, lists=0, probes=0, recall=None), building=building)
            return
    if state.indexed and vectors <= state.indexed * _GROWN:
        with context.connection() as connection:
            recall = recall_of(connection, engine, table, vectors, state.probes)
            probes = state.probes
            if recall < LEAST_RECALL:
                probes, recall = _probes(connection, engine, table, vectors, state.lists)
            if recall >= LEAST_RECALL or vectors <= state.indexed * _HARDLY_GROWN:
                put_state(connection, replace(state, probes=probes, recall=recall), building=building)
                return
    _index(context, engine, table, state, building=building)


def _index(context: Context, engine: Engine, table: str, state: EntityState, *, building: bool) -> None:
    lists = max(1, state.vectors // PER_LIST)
    with context.connection() as connection, stage("embed", "index"):
        connection.execute(_sql.give_memory, {"memory": _MEMORY})
        connection.execute(getattr(_sql, f"drop_meaning_{table}"))
        connection.execute(getattr(_sql, f"index_meaning_{table}").replace("{lists}", str(lists)))
        connection.execute(getattr(_sql, f"analyze_{table}"))
        probes, recall = _probes(connection, engine, table, state.vectors, lists)
        indexed = replace(state, indexed=state.vectors, lists=lists, probes=probes, recall=recall)
        put_state(connection, indexed, building=building)


def _probes(connection: Connection, engine: Engine, table: str, vectors: int, lists: int) -> tuple[int, float]:
    """As many lists as find enough of the nearest, and the share that they find."""
    probes = max(1, min(lists, round(1.3 * math.sqrt(lists))))
    most = max(probes, min(lists, _FEW_LISTS), int(lists * _MOST_PROBES))
    while True:
        recall = recall_of(connection, engine, table, vectors, probes)
        if recall >= _WANTED_RECALL or probes >= most:
            return probes, recall
        probes = min(most, math.ceil(probes * 1.4))


def recall_of(connection: Connection, engine: Engine, table: str, vectors: int, probes: int) -> float:
    """Of the ten nearest to what some records are called, the share that the index finds; a tie is as good."""
    rows = connection.execute(getattr(_sql, f"questions_{table}"), {"vectors": vectors, "most": _QUESTIONS}).fetchall()
    questions = [literal(vector) for vector in engine.embed([text for (text,) in rows if text])]
    found = wanted = 0
    for question in questions:
        connection.execute(_sql.by_scan)
        exact = _distances(connection, table, question)
        connection.execute(_sql.by_index, {"probes": str(probes)})
        farthest = exact[-1] + _TIE if exact else 0.0
        found += sum(distance <= farthest for distance in _distances(connection, table, question))
        wanted += len(exact)
    connection.execute(_sql.by_scan)
    return found / wanted if wanted else 1.0


def literal(vector: Any) -> str:
    """A vector as PostgreSQL reads it."""
    return "[" + ",".join([f"{number:.5g}" for number in vector.tolist()]) + "]"


def _distances(connection: Connection, table: str, question: str) -> list[float]:
    values = {"vector": question, "most": _NEAREST}
    return [row[0] for row in connection.execute(getattr(_sql, f"distances_{table}"), values)]
