"""Whether the graph is the one that `record_state` speaks of; if it is empty, restored or another, it is refilled."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import structlog

from functions.load_graph.clear_graph import remove_everything
from functions.load_graph.schema import has_narrow_keys, prepare_graph
from functions.projection.orphan_candidates import forget_candidates
from functions.runtime.entities import CODE
from functions.runtime.errors import RunInactive, StoreConflict
from functions.runtime.ledger.models import ACTIVE
from functions.runtime.ledger.store import GRAPH_LOCK, LOCK_TIMEOUT_S, Connection, add_event, hold, run_of
from functions.runtime.stores.context import Context
from functions.runtime.stores.graph_transactions import ask, write
from functions.runtime.stores.lock_wait import lock, uncounted
from functions.runtime.stores.query_files import statements

if TYPE_CHECKING:
    import neo4j

_log = structlog.get_logger(__name__)
_cypher = statements(__file__, "graph_identity.cypher")
_sql = statements(__file__, "graph_identity.sql")

#: Seconds that a part is held, read and projected, until it is its turn.
_TURN_TIMEOUT_S = 300.0
#: Seconds after which emptying a graph, which may be of any size, is given up: as many as `finish` may take.
_EMPTYING_LIMIT_S = 86_400.0
#: Digests cleared by one transaction.
_CLEARED_AT_ONCE = 100_000


def ensure_graph(context: Context, run: int) -> None:
    """Make sure that the digests speak of this graph, and note the run in it.

    A graph with another identity, one that lacks the run or the writing noted last (it was restored from a copy), or
    one that takes ids as 32 bits, is emptied, and every digest cleared: what is due then is everything.

    Raises:
        RunInactive: the run was ended while the graph was emptied.
    """
    with context.connection() as connection:
        if run_of(connection, run).state not in ACTIVE:
            return  # a late message of a run that is over
    if shows_run(context, run):
        return
    with hold(context, GRAPH_LOCK, "graph", LOCK_TIMEOUT_S):
        with context.graph_session() as session:
            found = _last_run(context, session)
            if found is not None and (found == run or not has_narrow_keys(context.settings)):
                if found != run:
                    _note_run(context, session, found, run)
                return
        _log.warning("the graph is not the one that was filled, or takes no large ids: it is filled again")
        empty_graph(context, run)


def check_graph(context: Context, connection: Connection, run: int) -> None:
    """Keep others from emptying the graph until this transaction ends.

    Raises:
        StoreConflict: it was emptied since `ensure_graph`.
        Busy: it is being emptied.
    """
    lock(connection, _sql.share_graph, {"space": GRAPH_LOCK}, "the graph", LOCK_TIMEOUT_S)
    with context.graph_session() as session:
        if _last_run(context, session) != run:
            raise StoreConflict("The graph was changed by another while this part waited.")


def take_turn(connection: Connection) -> None:
    """Wait until no other part is being written, and keep others waiting until this transaction ends.

    The time of waiting does not count against the limit of the part's function.

    Raises:
        Busy: the others took too long for a part to be held all the while.
    """
    lock(connection, _sql.take_turn, {"space": GRAPH_LOCK}, "the turn at the graph", _TURN_TIMEOUT_S)


def count_writing(session: neo4j.Session) -> int:
    """Count in the graph that it was written, once it was: a copy from before lacks it. Returns what is to be noted.

    Raises:
        StoreConflict: the graph was emptied or replaced meanwhile.
    """
    counted = ask(session, _cypher.count_writing)
    if len(counted) != 1:
        raise StoreConflict("The graph was changed by another while it was written.")
    writes: int = counted[0]["writes"]
    return writes


def note_writing(connection: Connection, writes: int) -> None:
    """Note that the digests speak of a graph that was written so often, in the transaction that says what was written.

    It holds the row that everybody reads: to be called last.
    """
    connection.execute(_sql.note_writing, {"writes": writes})


def is_filled(context: Context) -> bool:
    """Whether the graph is the one that the digests speak of, and they say that it shows something."""
    with context.graph_session() as session:
        if _last_run(context, session) is None or has_narrow_keys(context.settings):
            return False
    with context.connection() as connection:
        return connection.execute(_sql.shows_something).fetchone() == (True,)


def shows_run(context: Context, run: int) -> bool:
    """Whether the graph is the one that the digests speak of, and this run the last noted in it."""
    with context.graph_session() as session:
        return _last_run(context, session) == run


def forget_graph(connection: Connection) -> None:
    """Know no graph any more, nor what it showed: whichever is found next is emptied and filled again.

    Digests first, as a part that is being written takes them: so neither waits for what the other has.
    """
    connection.execute(_sql.clear_digests)
    disown_graph(connection)


def disown_graph(connection: Connection) -> None:
    """Know no graph any more. The digests stay as they are and count for nothing until there is one."""
    connection.execute(_sql.forget_graph)


def empty_graph(context: Context, run: int) -> None:
    """Empty the graph and forget what it showed. May break off anywhere: the identity is set last.

    The time that it takes does not count against the limit of the function.

    Args:
        context: of both stores.
        run: for which it is done, and with which it ends; 0 for none.

    Raises:
        RunInactive: the run was ended meanwhile.
    """
    go_on = partial(_refuse_ended, context, run)
    with uncounted(_EMPTYING_LIMIT_S):
        with context.connection() as connection:
            disown_graph(connection)
            add_event(connection, "graph-emptied", run)
        _clear_digests(context, go_on)
        remove_everything(context, go_on)
        with context.graph_session() as session:
            prepare_graph(context.settings, session)
            give_identity(context, session, run)


def _refuse_ended(context: Context, run: int) -> None:
    if run:
        with context.connection() as connection:
            if run_of(connection, run).state not in ACTIVE:
                raise RunInactive


def _clear_digests(context: Context, go_on: Callable[[], None]) -> None:
    """All of them, a range at a time: what breaks off goes on where it was."""
    for entity in CODE.values():
        values: dict[str, int | None] = {"entity": entity, "after": -(2**63), "limit": _CLEARED_AT_ONCE}
        while True:
            go_on()
            with context.connection() as connection:
                [(values["last"],)] = connection.execute(_sql.some_shown, values).fetchall()
                if values["last"] is None:
                    break
                connection.execute(_sql.clear_range, values)
            values["after"] = values["last"]


def give_identity(
    context: Context, session: neo4j.Session, run: int, note: Callable[[Connection], None] | None = None
) -> None:
    """Make the graph known, as the last step of emptying or filling it; `note` joins the transaction that does so.

    Emptied or filled with all documents, it has no orphans.
    """
    identity = str(uuid.uuid4())
    _create_meta(session, identity, run)
    with context.connection() as connection:
        if note:
            note(connection)
        forget_candidates(connection)
        connection.execute(_sql.set_graph, {"identity": identity, "run": run})


def _last_run(context: Context, session: neo4j.Session) -> int | None:
    """The run noted last in the graph; None when it is not the one that the digests speak of.

    The graph may be ahead of PostgreSQL by writings that are not noted yet, or never were, and is never behind it: so
    PostgreSQL is asked first.
    """
    with context.connection() as connection:
        row = connection.execute(_sql.graph).fetchone()
    metas = ask(session, _cypher.meta)
    if len(metas) != 1 or row is None:
        return None
    identity, writes, *runs = row
    [meta] = metas
    if identity is None or meta["identity"] != identity or meta["writes"] < writes:
        return None
    noted: int = meta["last_run"]
    return noted if noted in runs else None


def _note_run(context: Context, session: neo4j.Session, found: int, run: int) -> None:
    """PostgreSQL knows before and after the graph does, so that a crash in between is no mismatch.

    What the graph has until then is known from the graph: the run before may have broken off before it was confirmed.
    """
    with context.connection() as connection:
        connection.execute(_sql.announce_run, {"found": found, "run": run})
    write(session, _cypher.note_run, run=run)
    with context.connection() as connection:
        connection.execute(_sql.confirm_run, {"run": run})


def _create_meta(session: neo4j.Session, identity: str, run: int) -> None:
    write(session, _cypher.create_meta, identity=identity, run=run)
