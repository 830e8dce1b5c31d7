"""Starting and steering runs, with a look at the source before."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from functions.extract.download.dump import Dump, parse_dump_date
from functions.extract.download.source import find_dump
from functions.extract.parse.choose_engine import resolve_engine
from functions.operations.acting import Send, acting, send_all
from functions.runs import run_commands
from functions.runs.begin import LoadOptions
from functions.runs.load import Plan, begin, plan_load
from functions.runs.load_strategy import Bulk
from functions.runs.run_status import dead_parts
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.errors import RefusedError, SettingError, SourceError
from functions.runtime.ledger.models import Run
from functions.runtime.masking import mask
from functions.runtime.messages import Message
from functions.runtime.stores.context import Context


class LoadWish(Struct, frozen=True, kw_only=True):
    """A load as somebody wants it; the fields are the options of `linernotes load`.

    `source` is a folder, `s3://bucket/prefix` or `discogs`; `dump` a date as in 20260401, the newest complete one if
    absent. `only_store` is `table` or `graph`.
    """

    source: str
    dump: str | None = None
    entities: tuple[Entity, ...] = ENTITIES
    only_store: str | None = None
    engine: str | None = None
    bulk: Bulk = "auto"
    accept_deletions: bool = False
    accept_rejected: bool = False
    accept_collapsed: bool = False
    force: bool = False
    ignore_disk: bool = False


class SourceFile(Struct, frozen=True):
    """One file of a dump; `bytes` is its compressed size, if it is known."""

    entity: Entity
    name: str
    bytes: int | None


class LoadCheck(Struct, frozen=True):
    """What a load would do, looked at without doing anything.

    `missing` are entities that the dump has no file of; `sentences` say what is about to come and why less of it comes
    than could. `refused` is why it would be refused, or null.
    """

    dump: str
    source: str
    synthetic: bool
    sample: bool
    files: list[SourceFile]
    missing: list[Entity]
    bytes: int
    sentences: list[str]
    refused: str | None


class Started(Struct, frozen=True):
    """A run that was started, or `joined` where one of the same dump was active; how many messages were sent."""

    run: int
    joined: bool
    messages: int
    sentences: list[str]


class Steered(Struct, frozen=True):
    """A run after an action, how many messages were sent for it, and how many of its parts wait to be requeued."""

    run: int
    state: str
    messages: int
    dead: int


def check_load(context: Context, wish: LoadWish) -> LoadCheck:
    """Look at a source, and whether loading it would be refused.

    Raises:
        RefusedError: there is no such dump.
        StoreUnavailable: the source or PostgreSQL does not answer.
    """
    dump = _find(context, wish)
    try:
        plan = _plan(context, dump, wish)
    except RefusedError as error:
        return _check(dump, wish, [], str(error))
    return _check(dump, wish, [*plan.sentences, *plan.missing], None)


def start_load(context: Context, send: Send, wish: LoadWish, by: str) -> Started:
    """Begin to load a dump of a source.

    Raises:
        RefusedError: there is no such dump, the disk is too small, or `begin_load` refuses it.
        StoreUnavailable: the source, PostgreSQL or the broker does not answer.
    """
    with acting(context, "load", by, source=mask(wish.source)):
        plan = _plan(context, _find(context, wish), wish)
        begun = begin(context, plan, by)
        sent = send_all(send, begun.messages)
    return Started(begun.run.id, begun.joined, sent, [*plan.sentences, *plan.missing])


def pause(context: Context, by: str, number: int | None = None) -> Steered:
    """Stop work on a run at the next part.

    Args:
        by: who has asked for it.
        number: the run that is meant; None: whichever is active.

    Raises:
        MissingError: there is no such run.
        RefusedError: it is not running.
    """
    with acting(context, "pause", by, **_meant(number)):
        return _steered(context, run_commands.pause(context, by=by, number=number), "paused")


def cancel(context: Context, by: str, number: int | None = None) -> Steered:
    """End a run where it is; as for `pause`."""
    with acting(context, "cancel", by, **_meant(number)):
        return _steered(context, run_commands.cancel(context, by=by, number=number), "cancelled")


def unpause(context: Context, send: Send, by: str, number: int | None = None) -> Steered:
    """Go on with a paused run; as for `pause`."""
    return _go_on(context, send, "unpause", by, number, run_commands.unpause)


def resume(context: Context, send: Send, by: str, number: int | None = None) -> Steered:
    """Send again what is due of a run, or take up the one that failed; as for `pause`."""
    return _go_on(context, send, "resume", by, number, run_commands.resume)


def _go_on(
    context: Context,
    send: Send,
    action: str,
    by: str,
    number: int | None,
    call: Callable[..., tuple[Run, list[Message]]],
) -> Steered:
    with acting(context, action, by, **_meant(number)):
        run, messages = call(context, by=by, number=number)
        return _steered(context, run, "running", send_all(send, messages))


def _steered(context: Context, run: Run, state: str, sent: int = 0) -> Steered:
    return Steered(run.id, state, sent, dead_parts(context, run.id))


def _meant(number: int | None) -> dict[str, int]:
    return {} if number is None else {"meant": number}


def _find(context: Context, wish: LoadWish) -> Dump:
    """The dump; what cannot be used of a wish is refused, for it is no setting that is wrong.

    Raises:
        RefusedError: there is none.
    """
    try:
        return find_dump(context.settings, wish.source, parse_dump_date(wish.dump) if wish.dump else None)
    except (SourceError, SettingError) as error:
        raise RefusedError(str(error)) from error


def _plan(context: Context, dump: Dump, wish: LoadWish) -> Plan:
    try:
        engine = resolve_engine(wish.engine or context.settings.engine)
    except SettingError as error:
        raise RefusedError(str(error)) from error
    options = LoadOptions(
        entities=wish.entities or ENTITIES,
        only_store=wish.only_store,
        engine=engine,
        accept_deletions=wish.accept_deletions,
        accept_rejected=wish.accept_rejected,
        accept_collapsed=wish.accept_collapsed,
        force=wish.force,
        bulk=wish.bulk,
    )
    return plan_load(context, dump, options, ignore_disk=wish.ignore_disk)


def _check(dump: Dump, wish: LoadWish, sentences: list[str], refused: str | None) -> LoadCheck:
    return LoadCheck(
        dump=f"{dump.date:%Y%m%d}",
        source=dump.source,
        synthetic=dump.synthetic,
        sample=dump.sample,
        files=[SourceFile(file.entity, file.name, file.bytes) for file in dump.files if file.entity in wish.entities],
        missing=[entity for entity in dump.missing if entity in wish.entities],
        bytes=dump.bytes,
        sentences=sentences,
        refused=refused,
    )
