"""`linernotes suppress …`: records that are kept and shown to nobody."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from functions.privacy.suppressed import Suppressed, SuppressedPage, suppressed_page, unsuppress
from functions.privacy.suppressed import suppress as suppress_records
from functions.runtime.entities import ENTITIES, SINGULAR, Entity
from functions.runtime.errors import RefusedError, SettingError
from infra.cli.command_context import acting_user, stores
from infra.cli.output import Json, TextTable, notify, print_json, print_table

suppress = typer.Typer(help="Records that are kept and shown to nobody.", no_args_is_help=True)

_LARGEST: Final = 2**63 - 1

Kind = Annotated[str, typer.Argument(metavar="ENTITY", help="artist, label, master or release.")]
Ids = Annotated[list[int], typer.Argument(metavar="ID…", min=0, max=_LARGEST, help="At Discogs.")]


@suppress.command()
def add(
    entity: Kind,
    ids: Ids,
    reason: Annotated[str, typer.Option(help="Why: kept in the list, and nowhere else.")] = "",
    as_json: Json = False,
) -> None:
    """Hide records in pages and answers, as if they had never been; the stores keep them.

    Example: linernotes suppress add artist 45 --reason "asked by mail on 2 May"
    """
    wanted = parse_entity(entity)
    with stores(graph=False) as context, context.connection() as connection:
        added = suppress_records(connection, wanted, ids, by=acting_user(), reason=reason or None)
    if as_json:
        print_json({"entity": wanted, "suppressed": added, "before": sorted(set(ids) - set(added))})
        return
    notify(f"{_named(wanted, ids)} shown to nobody. `linernotes suppress remove` shows them again.")


@suppress.command()
def remove(entity: Kind, ids: Ids, as_json: Json = False) -> None:
    """Show records again. Example: linernotes suppress remove artist 45."""
    wanted = parse_entity(entity)
    with stores(graph=False) as context, context.connection() as connection:
        removed = unsuppress(connection, wanted, ids, by=acting_user())
    if not removed:
        raise RefusedError(f"{_named(wanted, ids)} not suppressed: `linernotes suppress list` shows what is.")
    if as_json:
        print_json({"entity": wanted, "shown": removed})
        return
    notify(f"{_named(wanted, removed)} shown again.")


@suppress.command("list")
def list_all(
    entity: Annotated[str, typer.Option(metavar="ENTITY", help="Of this entity only.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="At most so many.")] = 100,
    cursor: Annotated[str, typer.Option(help="`next` of the page before.")] = "",
    as_json: Json = False,
) -> None:
    """Which records are suppressed, why, and who has done it when."""
    wanted = parse_entity(entity) if entity else None
    with stores(graph=False) as context, context.connection() as connection:
        found = suppressed_page(connection, wanted, limit, cursor or None)
    if as_json:
        print_json(found)
        return
    _print_list(found)


def parse_entity(text: str) -> Entity:
    """`artist` or `artists` as the entity.

    Raises:
        SettingError: it is none.
    """
    for entity in ENTITIES:
        if text in {entity, SINGULAR[entity]}:
            return entity
    raise SettingError(f"{text!r} is no entity: give {', '.join(list(SINGULAR.values())[:-1])} or release.")


def _print_list(found: SuppressedPage) -> None:
    print_table(_table(found.records) if found.records else "Nothing is suppressed.")
    if found.next:
        notify(f"There are more: --cursor {found.next}")


def _table(records: list[Suppressed]) -> TextTable:
    table = TextTable("entity", "id", "since", "by", "reason")
    for one in records:
        table.add_texts(SINGULAR[one.entity], str(one.id), f"{one.at:%Y-%m-%d %H:%M}", one.by, one.reason or "")
    return table


def _named(entity: Entity, ids: list[int]) -> str:
    some = ", ".join(map(str, ids[:5])) + (f" and {len(ids) - 5:,} more" if len(ids) > 5 else "")
    return f"{SINGULAR[entity]} {some} is" if len(ids) == 1 else f"{entity} {some} are"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(suppress, name="suppress")
