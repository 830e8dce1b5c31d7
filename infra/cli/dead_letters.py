"""`linernotes dead-letters …`: messages that were given up."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from functions.operations import dead_letter_actions
from functions.operations.dead_letter_list import LetterFilter
from functions.operations.plurals import plural
from functions.registry import FUNCTIONS
from functions.runtime.messaging import queue_admin
from functions.runtime.messaging.queues import DeadLetter
from functions.runtime.messaging.sender import open_sender
from functions.runtime.settings import read_settings
from infra.cli.command_context import acting_user, stores
from infra.cli.output import Json, TextTable, Yes, ask_first, notify, print_json, print_table

dead_letters = typer.Typer(help="Messages that were given up.", no_args_is_help=True)


@dead_letters.command("list")
def list_letters(as_json: Json = False) -> None:
    """Every dead letter, and the error that ended it."""
    letters = queue_admin.dead_letters(read_settings(), FUNCTIONS.queues)
    if as_json:
        print_json(letters)
        return
    _print_list(letters)


def _print_list(letters: list[DeadLetter]) -> None:
    table = TextTable("id", "queue", "message", "error")
    for letter in letters:
        message = msgspec.json.encode(letter.message).decode() if letter.message else "unreadable"
        table.add_texts(letter.id, letter.queue, message, letter.error)
    print_table(table if letters else "There are no dead letters.")


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
