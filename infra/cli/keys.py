"""`linernotes keys …`: what programs show to be let in. They are made here and nowhere else."""

from __future__ import annotations

from typing import Annotated

import typer

from functions.access.keys import Key, list_keys, make_key, revoke_key
from functions.access.rights import RIGHTS, Right
from functions.runtime.errors import SettingError
from infra.cli.command_context import acting_user, stores
from infra.cli.output import Json, TextTable, note, notify, print_json, print_table

keys = typer.Typer(help="What programs show to be let in.", no_args_is_help=True)

_MOST_DAYS = 3_650
_FORM = "%Y-%m-%d %H:%M"


@keys.command()
def make(
    name: Annotated[str, typer.Argument(help="What it is called in the audit, as in nightly.")],
    right: Annotated[str, typer.Option("--right", metavar="|".join(RIGHTS), help="What it lets its owner do.")],
    days: Annotated[int | None, typer.Option("--days", min=1, max=_MOST_DAYS, help="Until it expires.")] = None,
    as_json: Json = False,
) -> None:
    """Make a key and print it, once: only a digest is stored. Example: linernotes keys make nightly --right operate."""
    with stores(graph=False) as context, context.connection() as connection:
        made, text = make_key(connection, name, parse_right(right), by=acting_user(), days=days)
    if as_json:
        print_json({"key": text, "name": made.name, "right": made.right, "expires_at": made.expires_at})
        return
    notify(text)
    note(f"This is the key {made.name}, with the right to {made.right}. It is shown now and never again.")


@keys.command("list")
def list_all(
    revoked: Annotated[bool, typer.Option("--revoked", help="Those that were revoked as well.")] = False,
    as_json: Json = False,
) -> None:
    """Which keys there are, and when each was last used, to within an hour."""
    with stores(graph=False) as context, context.connection() as connection:
        found = list_keys(connection, revoked=revoked)
    if as_json:
        print_json(found)
        return
    print_table(_table(found) if found else "There are no keys.")


@keys.command()
def revoke(name: Annotated[str, typer.Argument(help="As `keys list` shows it.")]) -> None:
    """End a key, and what was signed in to with it, within three seconds. Example: linernotes keys revoke nightly."""
    with stores(graph=False) as context, context.connection() as connection:
        revoke_key(connection, name, by=acting_user())
    notify(f"The key {name} is revoked.")


def parse_right(text: str) -> Right:
    """A right by its name.

    Raises:
        SettingError: there is none of that name.
    """
    for right in RIGHTS:
        if text == right:
            return right
    raise SettingError(f"{text!r} is no right: give {', '.join(RIGHTS[:-1])} or {RIGHTS[-1]}.")


def _table(found: list[Key]) -> TextTable:
    table = TextTable("name", "right", "made", "by", "last used", "expires", "revoked")
    for key in found:
        moments = [f"{at:{_FORM}}" if at else "" for at in (key.made_at, key.used_at, key.expires_at, key.revoked_at)]
        table.add_texts(key.name, key.right, moments[0], key.made_by, *moments[1:])
    return table


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(keys, name="keys")
