"""`linernotes credits`: who did what on which record."""

from __future__ import annotations

from typing import Annotated

import typer

from functions.discover.artist.discography import parse_years
from functions.discover.credits.ask import Asked, CreditLine, Credits, ask
from infra.cli.command_context import stores
from infra.cli.output import Json, TextTable, note, notify, print_json, print_table


def credits_asked(
    role: Annotated[str, typer.Argument(help='As in "Mastered By", or a category, as in bass.')] = "",
    on: Annotated[str, typer.Option(metavar="RECORD", help="release/ID, master/ID, or words.")] = "",
    by: Annotated[str, typer.Option(metavar="PERSON", help="An id, or a name.")] = "",
    together_with: Annotated[str, typer.Option("--with", metavar="PERSON", help="Another one.")] = "",
    years: Annotated[str, typer.Option(help="As in 1977 or 1977..1983.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many lines at most.")] = 50,
    cursor: Annotated[str, typer.Option(help="`next` of the page before.")] = "",
    as_json: Json = False,
) -> None:
    """Who did what on which record: by record, by person, by two people, or by who has a role most often.

    Example: linernotes credits bass --on "kind of blue"
    """
    with stores(graph=False) as context:
        found = ask(context, Asked(role, on, by, together_with, parse_years(years)), limit, cursor or None)
    if as_json:
        print_json(found)
        return
    if found.notice:
        note(found.notice)
    _print(found)


def _print(found: Credits) -> None:
    for text in found.missing:
        nearest = ", ".join(found.role.nearest) if found.role and text == found.role.text else ""
        notify(f"Nothing is known of {text!r}." + (f" Nearest to it: {nearest}." if nearest else ""))
    if found.unused:
        note(f"This question does not look at {' and '.join(found.unused)}.".replace("_", " "))
    if found.lines:
        print_table(_table(found.lines))
    elif not found.missing:
        notify("Give a role, --on, or --by." if found.question == "nothing" else "Nobody is credited so.")
    if found.partial:
        note("Not everything was looked at in the time that an answer may take.")
    if found.next:
        notify(f"There are more: --cursor {found.next}")


def _table(lines: list[CreditLine]) -> TextTable:
    table = TextTable("who", "year", "record", "roles", "releases")
    for line in lines:
        who = f"{line.who.text} ({line.who.id})" if line.who else ""
        record = f"{line.record.text} ({line.record.kind} {line.record.id})" if line.record else ""
        own, others = _said(line.roles, line.credited_as), _said(line.others_roles, line.others_credited_as)
        roles = "\n".join(filter(None, (own, others)))
        table.add_texts(who, str(line.year or ""), record, roles, str(line.releases))
    return table


def _said(roles: list[str], credited_as: list[str]) -> str:
    """Roles, and under which names, where those are not the names of records."""
    return ", ".join(roles) + (f" (as {', '.join(credited_as)})" if credited_as else "")


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("credits")(credits_asked)
