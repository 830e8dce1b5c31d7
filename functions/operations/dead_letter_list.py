"""What was given up: dead letters at the broker, and dead parts and batches whose letter it no longer has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any, Final, Literal, get_args

from msgspec import Struct

from functions.operations.paging import Total, no_cursor
from functions.operations.part_list import function_of
from functions.operations.sorting import Order
from functions.registry import FUNCTIONS
from functions.runtime.entities import Entity
from functions.runtime.function_table import function_name
from functions.runtime.ledger.store import Connection, active_run
from functions.runtime.masking import mask
from functions.runtime.messages import Derive
from functions.runtime.messaging import queue_admin
from functions.runtime.messaging.queues import DeadLetter
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "dead_letter_list.sql")

#: Characters of an error that are shown in a list.
_MOST_ERROR = 2_000


class LetterFilter(Struct, frozen=True, kw_only=True):
    """Which dead letters: all that match every field that is given.

    `ids` names them; `text` is looked for in the error, and `until` is the first moment that no longer counts.
    """

    ids: list[str] | None = None
    run: int | None = None
    entity: Entity | None = None
    part: int | None = None
    function: str | None = None
    text: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


LetterSort = Literal["message", "run", "queue", "at"]


class LetterView(Struct, frozen=True):
    """One message that was given up, and the error that ended it.

    `held` is false where the broker no longer has it, and the ledger alone says so; it is tried again all the same.
    `function` is null where the message cannot be read.
    """

    id: str
    function: str | None
    queue: str
    run: int | None
    entity: Entity | None
    part: int | None
    batch: int | None
    error: str
    at: dt.datetime | None
    held: bool


class LetterPage(Struct, frozen=True):
    """Dead letters in the order of the work; `next` is the cursor of the page behind them, null behind the last."""

    letters: list[LetterView]
    next: str | None
    total: Total


def letter_page(
    context: Context, wanted: LetterFilter, limit: int = 100, cursor: str | None = None, order: Order | None = None
) -> LetterPage:
    """A page of what was given up, in the order of the work without another one.

    Raises:
        RefusedError: the cursor is none, or its letter is gone.
        StoreUnavailable: the broker does not answer.
    """
    found = matching(letters(context), wanted)
    found = in_order(found, order) if order else found
    ids = [letter.id for letter in found]
    if cursor is not None and cursor not in ids:
        raise no_cursor(cursor)
    first = ids.index(cursor) + 1 if cursor is not None else 0
    page = found[first : first + limit]
    return LetterPage(page, page[-1].id if first + limit < len(found) else None, Total(len(found)))


def letters(context: Context) -> list[LetterView]:
    """Everything that was given up, in the order of the work.

    Raises:
        StoreUnavailable: PostgreSQL or the broker does not answer.
    """
    return [letter for letter, _ in letters_and_messages(context)]


def letters_and_messages(context: Context) -> list[tuple[LetterView, dict[str, Any] | None]]:
    """As `letters`, each with the message that it is of; None where it cannot be read, or the broker lost it.

    Raises:
        StoreUnavailable: PostgreSQL or the broker does not answer.
    """
    found = queue_admin.dead_letters(context.settings, FUNCTIONS.queues)
    held = [_view(letter) for letter in found]
    parts = {(letter.run, letter.entity, letter.part) for letter in held if letter.part is not None}
    batches = {letter.batch for letter in held}
    assembled = {(letter.message or {}).get("derivation") for letter in found}
    with context.connection() as connection:
        lost = [letter for letter in _dead_parts(connection) if (letter.run, letter.entity, letter.part) not in parts]
        lost += [letter for letter in _dead_batches(connection) if letter.batch not in batches]
        lost += _dead_assemblies(connection, assembled)
    return [(view, letter.message) for view, letter in zip(held, found, strict=True)] + [(view, None) for view in lost]


def matching(found: Iterable[LetterView], wanted: LetterFilter) -> list[LetterView]:
    """Those that a filter wants, in the same order."""
    ids = set(wanted.ids) if wanted.ids is not None else None
    return [letter for letter in found if (ids is None or letter.id in ids) and _matches(letter, wanted)]


def in_order(found: Iterable[LetterView], order: Order) -> list[LetterView]:
    """Letters by a column of theirs; those without a value last."""
    keyed = [(_COLUMNS[order.sort](letter), letter) for letter in found]
    known = [(value, letter) for value, letter in keyed if value is not None]
    known.sort(key=lambda one: (one[0], one[1].id), reverse=order.descending)
    return [letter for _, letter in known] + [letter for value, letter in keyed if value is None]


def _message(letter: LetterView) -> Any:
    number = letter.part if letter.part is not None else letter.batch
    return (letter.function or "", letter.entity or "", -1 if number is None else number)


_COLUMNS: Final[Mapping[str, Callable[[LetterView], Any]]] = {
    "message": _message,
    "run": lambda letter: letter.run,
    "queue": lambda letter: letter.queue,
    "at": lambda letter: letter.at,
}


def _matches(letter: LetterView, wanted: LetterFilter) -> bool:
    at = letter.at
    return (
        wanted.run in {None, letter.run}
        and wanted.entity in {None, letter.entity}
        and wanted.part in {None, letter.part}
        and wanted.function in {None, letter.function}
        and (not wanted.text or wanted.text.lower() in letter.error.lower())
        and (wanted.since is None or (at is not None and at >= wanted.since))
        and (wanted.until is None or (at is not None and at < wanted.until))
    )


def _view(letter: DeadLetter) -> LetterView:
    message = letter.message or {}
    return LetterView(
        id=letter.id,
        function=letter.function,
        queue=letter.queue,
        run=_number(message.get("run")),
        entity=message.get("entity") if message.get("entity") in get_args(Entity) else None,
        part=_number(message.get("part")),
        batch=_number(message.get("batch")),
        error=mask(letter.error)[:_MOST_ERROR],
        at=letter.at,
        held=True,
    )


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _dead_parts(connection: Connection) -> list[LetterView]:
    """Those of the active run: what an ended one has given up stays so."""
    run = active_run(connection)
    rows = connection.execute(_sql.dead_parts, {"run": run.id}).fetchall() if run else []
    views = []
    for number, entity, part, died_in, error in rows:
        function = function_of(FUNCTIONS, died_in)
        views.append(
            LetterView(
                id=f"{number}.{entity}.{part}",
                function=function,
                queue=f"{function}.{entity}",
                run=number,
                entity=entity,
                part=part,
                batch=None,
                error=(error or "")[:_MOST_ERROR],
                at=None,
                held=False,
            )
        )
    return views


def _dead_batches(connection: Connection) -> list[LetterView]:
    derive = function_name(Derive)
    return [
        LetterView(
            id=f"batch.{batch}",
            function=derive,
            queue=derive,
            run=None,
            entity=None,
            part=None,
            batch=batch,
            error=(error or "")[:_MOST_ERROR],
            at=None,
            held=False,
        )
        for batch, error in connection.execute(_sql.dead_batches).fetchall()
    ]


def _dead_assemblies(connection: Connection, held: Container[object]) -> list[LetterView]:
    """But for those of derivations whose letter is held."""
    functions = {spec.name: function_name(spec.assembly) for spec in FUNCTIONS.derivations}
    return [
        LetterView(
            id=f"{functions[name]}.{name}",
            function=functions[name],
            queue=functions[name],
            run=None,
            entity=None,
            part=None,
            batch=None,
            error=(error or "")[:_MOST_ERROR],
            at=None,
            held=False,
        )
        for name, error in connection.execute(_sql.dead_assemblies).fetchall()
        if name in functions and name not in held
    ]
