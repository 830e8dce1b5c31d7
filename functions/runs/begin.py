"""Beginning a run. One is active at a time: a load of the same dump joins it, another is refused with a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from msgspec import Struct
from psycopg.errors import LockNotAvailable

from functions.extract.download.dump import Dump
from functions.extract.records.part_index import store_part
from functions.extract.records.quarantine import Retryable, in_parts, part_of, retryable
from functions.extract.records.quarantine_filter import PieceFilter, retry_source
from functions.history.write_changes import begin_baseline
from functions.load_graph.bulk.bulk_load import can_fill
from functions.load_graph.graph_identity import forget_graph
from functions.load_table.years import begin_years
from functions.runs.consent import refuse_more, signed
from functions.runs.load_strategy import Bulk, Strategies, choose_strategies, refuse_strategies
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.errors import RefusedError
from functions.runtime.ledger.models import Run, RunKind, run_prefix
from functions.runtime.ledger.store import (
    BEGIN_LOCK,
    Connection,
    active_run,
    add_event,
    all_due,
    fetch,
    held_dumps,
    holds_records,
    sql,
)
from functions.runtime.ledger.stored_objects import as_json
from functions.runtime.masking import mask
from functions.runtime.messages import Message
from functions.runtime.stores.context import Context
from functions.runtime.stores.deadlock import again_after_deadlock
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "runs.sql")

#: Every piece in quarantine.
ALL_PIECES = PieceFilter()

#: How long a run waits for what the run before it still writes.
_LOCK_TIMEOUT = "60s"


class LoadOptions(Struct, frozen=True, kw_only=True):
    """How a dump is to be loaded."""

    entities: tuple[Entity, ...] = ENTITIES
    only_store: str | None = None
    engine: str = "lxml"
    accept_deletions: bool = False
    accept_rejected: bool = False
    accept_collapsed: bool = False
    force: bool = False
    bulk: Bulk = "auto"

    @property
    def writes_tables(self) -> bool:
        """Whether documents are brought to PostgreSQL."""
        return self.only_store != "graph"

    @property
    def writes_graph(self) -> bool:
        """Whether the graph is brought up to them."""
        return self.only_store != "table"


class Begun(Struct, frozen=True):
    """A run that was begun, or joined when one of the same dump was active; and what is due of it."""

    run: Run
    joined: bool
    messages: list[Message]


@again_after_deadlock
def begin_load(context: Context, dump: Dump, options: LoadOptions, by: str | None = None) -> Begun:
    """Begin to load a dump; `by` is who has asked for it.

    Raises:
        RefusedError: another run is active, the stores hold the other kind of data, or a newer dump.
    """
    with _alone(context) as connection:
        active = active_run(connection)
        if active and _is_of(active, dump):
            return _join(active, options)
        _refuse_while_active(active)
        _refuse_other_kind(connection, dump)
        if not options.force:
            _refuse_older(connection, dump, options)
        strategies = choose_strategies(
            context, connection, options.bulk, table=options.writes_tables, graph=options.writes_graph
        )
        run = _insert_run(
            connection,
            "load",
            strategies,
            dump=dump.date,
            source=dump.source,
            synthetic=dump.synthetic,
            sample=dump.sample,
            entities=list(options.entities),
            only_store=options.only_store,
            engine=options.engine,
            accept_deletions=options.accept_deletions,
            accept_rejected=options.accept_rejected,
            accept_collapsed=options.accept_collapsed,
        )
        connection.execute(sql.set_kind, {"synthetic": dump.synthetic, "sample": dump.sample})
        connection.execute(sql.forget_addresses, {"but": run.id})
        _insert_files(connection, run, dump)
        if run.writes_tables:
            entities = [file.entity for file in dump.files if file.entity in run.entities]
            begin_baseline(connection, entities, dump.date)
            begin_years(connection, entities, dump.date, empty=not holds_records(connection))
        part = {"sample": True} if dump.sample else {}
        add_event(connection, "run-begun", run.id, dump=f"{dump.date:%Y%m%d}", source=dump.source, **part, **signed(by))
    return Begun(run, joined=False, messages=all_due(context, run.id))


def refuse_load(context: Context, dump: Dump, options: LoadOptions, *, replace: bool = False) -> None:
    """Refuse at once what `begin_load` would refuse.

    Args:
        replace: both stores are emptied in between, which no active run may suffer from.

    Raises:
        RefusedError: as for `begin_load`.
    """
    with context.connection() as connection:
        active = active_run(connection)
        if not replace and _is_of(active, dump):
            return
        _refuse_while_active(active)
        if not replace:
            _refuse_other_kind(connection, dump)
            if not options.force:
                _refuse_older(connection, dump, options)
        refuse_strategies(
            context,
            options.bulk,
            table=options.writes_tables and not replace and holds_records(connection),
            graph=options.writes_graph,
        )


def _is_of(active: Run | None, dump: Dump) -> bool:
    """Whether the active run loads this dump."""
    return bool(active and active.kind == "load" and active.dump == dump.date and active.source == dump.source)


def _join(active: Run, options: LoadOptions) -> Begun:
    """The active run of the dump, where it brings all that is asked for.

    Raises:
        RefusedError: it does not.
    """
    lacking: list[str] = [entity for entity in options.entities if entity not in active.entities]
    if options.writes_tables and not active.writes_tables:
        lacking.append("the tables")
    if options.writes_graph and not active.writes_graph:
        lacking.append("the graph")
    if options.accept_deletions and not active.accept_deletions:
        lacking.append("removals beyond the share limit")
    if options.accept_rejected and not active.accept_rejected:
        lacking.append("rejected records beyond the share limit")
    if options.accept_collapsed and not active.accept_collapsed:
        lacking.append("the loss of fields")
    if options.bulk == "yes" and not ((active.bulk_table or not options.writes_tables) and active.bulk_graph):
        lacking.append("the bulk load")
    if lacking:
        raise RefusedError(
            f"Run {active.id} is loading this dump already, without {', '.join(lacking)}: "
            "load again when it has ended, or end it with `linernotes cancel`."
        )
    return Begun(active, joined=True, messages=[])


@again_after_deadlock
def begin_rebuild(context: Context, bulk: Bulk = "auto", by: str | None = None) -> Begun:
    """Begin to empty the graph and fill it again from the documents, without a dump.

    Args:
        bulk: `auto` is the bulk load where there is one.
        by: who has asked for it.

    Raises:
        RefusedError: another run is active, or there is no bulk load and it is asked for.
    """
    with _alone(context) as connection:
        _refuse_while_active(active_run(connection))
        chosen: Bulk = "yes" if bulk == "auto" and can_fill(context.settings) else bulk
        strategies = choose_strategies(context, connection, chosen, table=False, graph=True)
        forget_graph(connection)
        run = _insert_run(connection, "rebuild", strategies, source="documents", only_store="graph")
        add_event(connection, "run-begun", run.id, source="documents", **signed(by))
    return Begun(run, joined=False, messages=all_due(context, run.id))


@again_after_deadlock
def begin_retry(
    context: Context,
    number: int | None = None,
    wanted: PieceFilter = ALL_PIECES,
    *,
    most: int | None = None,
    by: str | None = None,
) -> Begun:
    """Begin to parse pieces in quarantine again, or one of them, of records that are in the dump that the stores hold.

    Where entities come from different dumps, those of the newest.

    Args:
        number: of the one piece that is wanted.
        wanted: which pieces.
        most: how many somebody has agreed to.
        by: who has asked for it.

    Raises:
        RefusedError: another run is active, there is nothing to try again, or there are more than `most`.
    """
    if number is not None:
        wanted = msgspec.structs.replace(wanted, number=number)
    with _alone(context) as connection:
        _refuse_while_active(active_run(connection))
        found = retryable(connection, held_dumps(connection), wanted)
        if not found:
            raise RefusedError(
                "Nothing in quarantine can be tried again: only records with an id that the newest loaded dump has."
            )
        dump = max(piece.dump for piece in found)
        pieces = [piece for piece in found if piece.dump == dump]
        refuse_more("pieces", len(pieces), most)
        entities = sorted({piece.entity for piece in pieces})
        strategies = choose_strategies(context, connection, "no", table=True, graph=True)
        source = retry_source(wanted)
        run = _insert_run(connection, "retry", strategies, source=source, dump=dump, entities=entities)
        for entity in entities:
            _insert_retry_parts(context, connection, run, [piece for piece in pieces if piece.entity == entity])
        add_event(connection, "run-begun", run.id, source="quarantine", pieces=len(pieces), **signed(by))
    return Begun(run, joined=False, messages=all_due(context, run.id))


@contextmanager
def _alone(context: Context) -> Iterator[Connection]:
    """A transaction that begins a run: two at the same moment take turns, so that the second sees the first's run."""
    with context.connection() as connection:
        connection.execute(sql.hold_to_end, {"space": BEGIN_LOCK, "what": "run"})
        connection.execute(_sql.hold_batches_table)
        if active_run(connection) is None:
            _wait_for_the_last(connection)
        yield connection


def _wait_for_the_last(connection: Connection) -> None:
    """A part of a run that was cancelled may be in its transaction still; two runs never write at once.

    What a record was before is read to note how it changed: that must not change in between.

    Raises:
        RefusedError: it takes too long.
    """
    connection.execute(_sql.set_lock_timeout, {"timeout": _LOCK_TIMEOUT})
    try:
        connection.execute(_sql.last_parts)
    except LockNotAvailable as error:
        raise RefusedError("A part of the run before is still being written: try again in a minute.") from error
    connection.execute(_sql.set_lock_timeout, {"timeout": "0"})


def _insert_retry_parts(context: Context, connection: Connection, run: Run, pieces: Sequence[Retryable]) -> None:
    """Parts of an entity's pieces, as a split would have cut them; where each ends, its last piece's number tells."""
    entity = pieces[0].entity
    connection.execute(sql.ensure_file, {"run": run.id, "entity": entity, "name": entity})
    for number, some in enumerate(in_parts(pieces, context.settings.part_bytes)):
        index, xml = part_of(connection, some)
        objects = store_part(context.bucket, f"{run_prefix(run.id)}/{entity}/{number}", index, xml)
        values: dict[str, object] = {"run": run.id, "entity": entity, "part": number, "kind": "xml", "state": "cut"}
        values |= {"records": len(index.ids), "stream_end": some[-1].id, "objects": as_json(objects)}
        connection.execute(sql.insert_part, values)


def _insert_run(connection: Connection, kind: RunKind, strategies: Strategies, **given: Any) -> Run:
    values = {
        "kind": kind,
        "dump": None,
        "source": "",
        "synthetic": False,
        "sample": False,
        "entities": list(ENTITIES),
        "only_store": None,
        "engine": "lxml",
        "accept_deletions": False,
        "accept_rejected": False,
        "accept_collapsed": False,
        "bulk_table": strategies.table,
        "bulk_graph": strategies.graph,
    } | given
    return fetch(connection, Run, sql.insert_run, **values)[0]


def _insert_files(connection: Connection, run: Run, dump: Dump) -> None:
    """A row for each entity: a file to fetch, or a missing one, which never counts as whole."""
    files = {file.entity: file for file in dump.files}
    for entity in run.entities if run.writes_tables else ():
        file = files.get(entity)
        values = {
            "run": run.id,
            "entity": entity,
            "name": file.name if file else entity,
            "sha256": file.sha256 if file else None,
            "bytes": file.bytes if file else None,
            "location": mask(file.location) if file else None,
            "state": "listed" if file else "missing",
            "parts": None if file else 0,
            "problem": None if file else f"the dump {dump.date:%Y%m%d} has no file of {entity}",
        }
        connection.execute(sql.insert_file, values)
        if file and mask(file.location) != file.location:
            connection.execute(sql.keep_address, {"run": run.id, "entity": entity, "address": file.location})


def _refuse_while_active(active: Run | None) -> None:
    if active:
        what = f"a load of {active.dump:%Y%m%d}" if active.dump else f"a {active.kind}"
        raise RefusedError(
            f"Run {active.id}, {what}, is {active.state}: wait for it, or end it with `linernotes cancel`."
        )


def _refuse_other_kind(connection: Connection, dump: Dump) -> None:
    row = connection.execute(sql.installation).fetchone()
    if row is None or row[0] is None:
        return
    holds, comes = (row[0], row[3]), (dump.synthetic, dump.sample)
    if holds != comes and holds_records(connection):
        kinds = {True: "generated data", False: "Discogs data"}
        parts = {True: "a sample of ", False: "" if holds[1] == comes[1] else "whole "}
        there, new = (parts[sample] + kinds[synthetic] for synthetic, sample in (holds, comes))
        raise RefusedError(
            f"The stores hold {there} and this dump is {new}: "
            "empty them with `linernotes reset`, or load with --replace."
        )


def _refuse_older(connection: Connection, dump: Dump, options: LoadOptions) -> None:
    held = held_dumps(connection)
    newest = max((held[entity] for entity in options.entities if entity in held), default=dump.date)
    if newest > dump.date:
        names = [entity for entity in options.entities if held.get(entity) == newest]
        raise RefusedError(
            f"The stores hold the dump {newest:%Y%m%d}, newer than {dump.date:%Y%m%d}, of {', '.join(names)}, "
            "or a part of it: load it with --force if the older one is wanted."
        )
