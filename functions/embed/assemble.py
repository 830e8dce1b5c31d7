"""Texts that wait become vectors: all of them for a new version or engine, beside what is read; else what changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import psycopg
import structlog

from functions.derivations.plan import forget_derivations
from functions.derivations.tables import begin_table
from functions.embed.engines.choose import engine_of
from functions.embed.engines.engine import VERSIONS, Engine, ModelMissing
from functions.embed.state import STATE, EntityState, put_state, states_of
from functions.embed.vector_index import bring_up_index
from functions.embed.vector_rows import binary_rows
from functions.runtime.entities import CODE, ENTITIES, Entity
from functions.runtime.ledger.store import add_event
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.runtime.telemetry.metrics import count_records, stage

_log = structlog.get_logger(__name__)
_sql = statements(__file__, "vectors.sql")

NAME: Final = "vectors"
#: Texts of one transaction, and of one call of the engine.
BATCH: Final = 10_000
_AT_ONCE: Final = 1_000

Connection = psycopg.Connection[Any]
Texts = Sequence[tuple[int, int | None, str | None]]


def note(connection: Connection, entity: Entity, ids: list[int], *, are_written: bool) -> None:
    """Vectors of documents that are gone, or have too little to say now, wait to go, too."""
    if are_written:
        connection.execute(_sql.note_gone, {"entity": CODE[entity], "ids": ids})


def assemble(context: Context, *, building: bool) -> None:
    """Embed everything beside what is read, or bring up what changed, batch by batch.

    Where there is no model, or no pgvector, there are no vectors, and the state says why.

    Raises:
        ModelMissing: there are vectors, and the model that made them is no longer here.
    """
    try:
        engine = engine_of(context.settings)
        _need_pgvector(context)
    except ModelMissing as error:
        _do_without(context, error, building=building)
        return
    if building:
        _build(context, engine)
    elif _is_off(context):
        with context.connection() as connection:
            forget_derivations(connection, [NAME])
    else:
        _bring_up(context, engine)


def _need_pgvector(context: Context) -> None:
    with context.connection() as connection:
        if connection.execute(_sql.has_type).fetchone() == (True,):
            return
    try:
        with context.connection() as connection:
            connection.execute(_sql.make_extension)
    except psycopg.Error as error:
        raise ModelMissing(
            "PostgreSQL has no pgvector: install it there, have an administrator say CREATE EXTENSION vector in the "
            f"database, then `linernotes rebuild {NAME}`. ({str(error).splitlines()[0]})"
        ) from error


def _do_without(context: Context, error: ModelMissing, *, building: bool) -> None:
    """Have no vectors, and say why."""
    name = context.settings.embed_engine
    if not building and not _is_off(context):
        raise error
    with context.connection() as connection:
        if not building:
            connection.execute(_sql.forget_texts)
            return
        for table in (*(f"vectors_{entity}" for entity in ENTITIES), STATE):
            begin_table(connection, table)
        for entity in ENTITIES:
            state = EntityState(CODE[entity], name, VERSIONS[name], 0, off=str(error))
            put_state(connection, state, building=True)
        add_event(connection, "meaning-off", reason=str(error))
    _log.warning("no vectors are made", reason=str(error))


def _is_off(context: Context) -> bool:
    with context.connection() as connection:
        return any(state.off for state in states_of(connection).values())


def build_rows(context: Context, engine: Engine) -> None:
    """Embed every text that waits, beside what is read; where it was broken off it goes on, with the texts of now."""
    for entity in ENTITIES:
        with context.connection() as connection:
            is_begun = connection.execute(_sql.has_table, {"table": f"vectors_{entity}_next"}).fetchone() == (True,)
            if not is_begun:
                _begin(connection, entity, engine)
        if is_begun:
            _drop_others(context, entity)
        after: int | None = -(2**63)
        while after is not None:
            after = _build_batch(context, engine, entity, after)


def _drop_others(context: Context, entity: Entity) -> None:
    """Drop the rows of texts that have changed since they were embedded, or are gone."""
    with context.connection() as connection:
        ids = [number for (number,) in connection.execute(getattr(_sql, f"others_{entity}"))]
    for first in range(0, len(ids), BATCH):
        with context.connection() as connection:
            connection.execute(getattr(_sql, f"take_{entity}_next"), {"ids": ids[first : first + BATCH]})


def _build(context: Context, engine: Engine) -> None:
    build_rows(context, engine)
    with context.connection() as connection:
        begin_table(connection, STATE)
    for entity in ENTITIES:
        before = EntityState(CODE[entity], engine.name, engine.version, engine.dimensions)
        bring_up_index(context, engine, entity, before, building=True)


def _begin(connection: Connection, entity: Entity, engine: Engine) -> None:
    begin_table(connection, f"vectors_{entity}", indexes=False)
    shape = getattr(_sql, f"shape_{entity}").replace("{dimensions}", str(engine.dimensions))
    connection.execute(shape)
    for step in ("store", "key", "index_keys"):
        connection.execute(getattr(_sql, f"{step}_{entity}"))


def _build_batch(context: Context, engine: Engine, entity: Entity, after: int) -> int | None:
    """Embed what comes behind a record and has no row yet; the last that was looked at, None where there was none."""
    table = f"{entity}_next"
    with context.connection() as connection:
        found = connection.execute(getattr(_sql, f"texts_{table}"), {"after": after, "most": BATCH}).fetchall()
        texts = [row for row in found if row[2] is not None]
        _put(connection, engine, table, texts)
    count_records("embed", entity, len(texts))
    return found[-1][0] if found else None


def bring_up_rows(context: Context, engine: Engine) -> None:
    """Embed the texts that changed, and drop the vectors of records that say nothing any more."""
    for entity in ENTITIES:
        while _bring_up_batch(context, engine, entity):
            pass


def _bring_up(context: Context, engine: Engine) -> None:
    bring_up_rows(context, engine)
    with context.connection() as connection:
        states = states_of(connection)
    for entity in ENTITIES:
        bring_up_index(context, engine, entity, states[entity], building=False)


def _bring_up_batch(context: Context, engine: Engine, entity: Entity) -> bool:
    """Put the vectors of some changed texts into the place of those before; whether there were any."""
    with context.connection() as connection:
        texts = connection.execute(_sql.texts, {"entity": CODE[entity], "most": BATCH}).fetchall()
        if not texts:
            return False
        ids = [number for number, *_ in texts]
        values = {"ids": ids, "keys": [key for _, key, _ in texts]}
        same = {number for (number,) in connection.execute(getattr(_sql, f"same_{entity}"), values)}
        changed = [row for row in texts if row[0] not in same]
        connection.execute(getattr(_sql, f"take_{entity}"), {"ids": [number for number, *_ in changed]})
        _put(connection, engine, entity, [row for row in changed if row[2] is not None])
        connection.execute(_sql.drop_texts, {"entity": CODE[entity], **values})
    count_records("embed", entity, len(changed))
    return True


def _put(connection: Connection, engine: Engine, table: str, texts: Texts) -> None:
    """Write the rows of records: of equal texts, the first has the vector."""
    if not texts:
        return
    import numpy as np

    keys = {"keys": [key for _, key, _ in texts]}
    known = {key for (key,) in connection.execute(getattr(_sql, f"known_{table}"), keys)}
    new, others = list[tuple[int, int, str]](), list[tuple[int, int]]()
    for number, key, text in texts:
        if key is None or text is None or key in known:
            others.append((number, key or 0))
        else:
            known.add(key)
            new.append((number, key, text))
    with stage("embed", "model"):
        vectors = _vectors(engine, [text for *_, text in new])
    rows = np.array([(number, key) for number, key, *_ in (*new, *others)], dtype=np.int64)
    statement = getattr(_sql, f"copy_{table}")
    with stage("embed", "write"), connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(binary_rows(rows[:, 0], rows[:, 1], vectors))


def _vectors(engine: Engine, texts: Sequence[str]) -> Any:
    import numpy as np

    made = [engine.embed(texts[first : first + _AT_ONCE]) for first in range(0, len(texts), _AT_ONCE)]
    return np.concatenate(made) if made else np.zeros((0, engine.dimensions), dtype=np.float32)
