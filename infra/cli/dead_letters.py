"""`linernotes dead-letters …`: messages that were given up."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from functions.operations import dead_letter_actions
from functions.operations.dead_letter_list import LetterFilter, LetterView, letters_and_messages
from functions.operations.plurals import plural
from functions.runtime.messaging.sender import open_sender
from infra.cli.command_context import acting_user, stores
from infra.cli.output import Json, TextTable, Yes, ask_first, notify, print_json, print_table

dead_letters = typer.Typer(help="Messages that were given up.", no_args_is_help=True)


@dead_letters.command("list")
def list_letters(as_json: Json = False) -> None:
    """Every dead letter, those that the broker lost as well, and the error that ended it."""
    with stores(graph=False) as context:
        found = letters_and_messages(context)
    if as_json:
        print_json([msgspec.to_builtins(letter) | {"message": message} for letter, message in found])
        return
    _print_list(found)


def _print_list(found: list[tuple[LetterView, dict[str, Any] | None]]) -> None:
    table = TextTable("id", "queue", "message", "held", "error")
    for letter, message in found:
        held = "yes" if letter.held else "no"
        table.add_texts(letter.id, letter.queue, _said(letter, message), held, letter.error)
    print_table(table if found else "There are no dead letters.")


def _said(letter: LetterView, message: dict[str, Any] | None) -> str:
    """What was sent; of a letter that the broker lost, what the ledger knows of it."""
    if letter.held:
        return msgspec.json.encode(message).decode() if message else "unreadable"
    known = {name: getattr(letter, name) for name in ("run", "entity", "part", "batch")}
    return msgspec.json.encode({name: value for name, value in known.items() if value is not None}).decode()


@dead_letters.command()
def requeue(yes: Yes = False) -> None:
    """Try every dead letter again (asks, of more than one); its part is as it was before.

    Example: linernotes dead-letters requeue.
    """
    with stores(graph=False) as context, open_sender(context.settings) as sender:
        found = dead_letter_actions.count(context)
        if found > 1:
            ask_first(f"Try {found:,} dead letters again?", yes=yes)
        done = dead_letter_actions.requeue(context, sender.send, acting_user(), most=found)
        notify(f"{done.letters} brought back, {done.messages} messages sent.")


@dead_letters.command()
def purge(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]…", help="These; all if absent.")] = None,
    yes: Yes = False,
) -> None:
    """Drop dead letters (asks); their parts stay dead until they are requeued."""
    wanted = LetterFilter(ids=ids or None)
    with stores(graph=False) as context:
        found = dead_letter_actions.count(context, wanted)
        ask_first(f"Drop {plural(found, 'dead letter')}?", yes=yes)
        done = dead_letter_actions.purge(context, acting_user(), wanted, most=found)
    notify(f"{done.letters} dead letters dropped.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(dead_letters, name="dead-letters")
