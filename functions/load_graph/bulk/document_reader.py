"""Reading all documents of an entity, slice by slice, as what the graph shows of them."""

from __future__ import annotations

from collections.abc import Iterator

from functions.load_graph.bulk.engine import fill_engine
from functions.load_graph.bulk.slices import Documents, Slice
from functions.runtime.entities import CODE, Entity
from functions.runtime.errors import RunInactive
from functions.runtime.ledger.models import ACTIVE
from functions.runtime.ledger.store import run_of
from functions.runtime.process.prefetch import ahead
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "document_reader.sql")

#: Documents in one slice: about 10 MB of releases with 60,000 edges.
SLICE = 5_000


def count_documents(context: Context) -> dict[Entity, int]:
    """How many documents each entity has."""
    with context.connection() as connection:
        counts = dict(connection.execute(_sql.counts).fetchall())
    return {entity: counts.get(code, 0) for entity, code in CODE.items()}


def slices_of(context: Context, run: int, entity: Entity, *, related: bool = False) -> Iterator[Slice]:
    """All documents, read and projected while the slice before is written.

    Args:
        related: only artists or labels that own an edge.

    Raises:
        RunInactive: the run is no longer active.
    """
    name = f"related_{entity}" if related else entity
    for documents in ahead(_documents(context, run, getattr(_sql, name))):
        yield fill_engine().slice_of(entity, documents)


def _documents(context: Context, run: int, statement: str) -> Iterator[Documents]:
    with context.connection() as connection, connection.cursor(name="documents", binary=True) as cursor:
        cursor.execute(statement)
        while documents := cursor.fetchmany(SLICE):
            if run_of(connection, run).state not in ACTIVE:
                raise RunInactive
            yield documents
