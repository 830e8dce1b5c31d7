"""What answers say of vectors: the share of records that have one, and why there is no search by meaning."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from functions.embed.engines.engine import VERSIONS
from functions.embed.state import EntityState, Vectors
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "meaning.sql")

#: Seconds for which what was read is taken to be so.
_KNOWN_S: Final = 2.0

NOT_YET: Final = "No record has a vector yet: they are made after a load, when all else is done."


class VectorStates(Struct, frozen=True):
    """The vectors of each entity, and what is told of them."""

    entities: dict[Entity, EntityState]
    told: Vectors


def vector_states(context: Context) -> VectorStates:
    """What is known of the vectors now, or was so a moment before."""
    return context.memory.recall("vectors", _KNOWN_S, lambda: _read(context))


def _read(context: Context) -> VectorStates:
    with context.statements() as connection:
        rows = connection.execute(_sql.state).fetchall()
    states = {ENTITIES[row[0] - 1]: EntityState(*row[:-1]) for row in rows}
    with_some = [state for state in states.values() if state.records]
    documents = sum(state.documents for state in with_some)
    share = sum(state.records for state in with_some) / documents if documents else 0.0
    behind = bool(rows and rows[0][-1])
    return VectorStates(states, Vectors(min(1.0, share), behind, why_off(context.settings.embed_engine, states)))


def why_off(name: str, states: dict[Entity, EntityState]) -> str | None:
    """Why an engine finds nothing by these vectors; None where it does."""
    if not any(state.records or state.off for state in states.values()):
        return NOT_YET
    state = next(iter(states.values()))
    if state.off:
        return f"Nothing is found by meaning: {state.off}"
    wanted = VERSIONS[name]  # type: ignore[index]
    if (state.engine, state.version) != (name, wanted):
        return (
            f"The vectors are those of {state.engine} ({state.version}), and questions are asked by {name} ({wanted}): "
            "records are found by meaning again when all are embedded anew."
        )
    return None
