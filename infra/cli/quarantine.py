"""`linernotes quarantine …`: the pieces of dumps that made no document."""

from __future__ import annotations

from typing import Annotated

import typer

from functions.extract.records.quarantine import Piece, piece_of, pieces
from functions.extract.records.quarantine_filter import PieceFilter
from functions.operations import quarantine_actions
from functions.runtime.messaging.sender import open_sender
from infra.cli.command_context import acting_user, stores
from infra.cli.output import Json, TextTable, Yes, ask_first, console, notify, print_json, print_table, printable
from infra.cli.progress_view import watch_run

quarantine = typer.Typer(help="Pieces of dumps that made no document.", no_args_is_help=True)

_SHOWN_BYTES = 2_000


@quarantine.command("list")
def list_pieces(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """What is in quarantine, and why."""
    with stores(graph=False) as context, context.connection() as connection:
        found = pieces(connection, limit)
    if as_json:
        print_json([_summary(piece) for piece in found])
        return
    _print_list(found)


@quarantine.command()
def show(
    number: Annotated[int, typer.Argument(metavar="ID", help="As `quarantine list` shows it.")],
    as_json: Json = False,
) -> None:
    """One piece with its bytes. Example: linernotes quarantine show 12."""
    with stores(graph=False) as context, context.connection() as connection:
        piece, data = piece_of(connection, number)
    if as_json:
        print_json(_summary(piece) | {"bytes": None if data is None else data.decode(errors="backslashreplace")})
        return
    notify(f"{piece.entity} {piece.record_id or '?'} of {piece.dump:%Y%m%d}: {piece.reason} ({piece.detail})")
    if data is None:
        notify(f"Its {piece.size:,} bytes were not kept: LINERNOTES_QUARANTINE_BYTES was reached.")
        return
    console.out(printable(data[:_SHOWN_BYTES].decode(errors="backslashreplace")), highlight=False)
    if len(data) > _SHOWN_BYTES:
        notify(f"… {len(data) - _SHOWN_BYTES:,} bytes more; --json has all of them.")


@quarantine.command()
def retry(
    number: Annotated[
        int | None, typer.Argument(metavar="[ID]", help="One piece; all of the newest dump if absent")
    ] = None,
    as_json: Json = False,
    yes: Yes = False,
) -> None:
    """Parse pieces of the newest dump again, as after an update of this program (asks, of more than one)."""
    wanted = PieceFilter(number=number)
    with stores(graph=False) as context, open_sender(context.settings) as sender:
        found = quarantine_actions.count(context, wanted)
        if found > 1:
            ask_first(f"Parse {found:,} pieces again?", yes=yes)
        begun = quarantine_actions.retry(context, sender.send, acting_user(), wanted, most=found)
        raise typer.Exit(watch_run(context, begun.run, as_json=as_json))


def _print_list(found: list[Piece]) -> None:
    table = TextTable("id", "dump", "entity", "record", "reason", "detail", "bytes")
    for piece in found:
        record = str(piece.record_id) if piece.record_id is not None else "?"
        place = (str(piece.id), f"{piece.dump:%Y%m%d}", piece.entity, record)
        table.add_texts(*place, piece.reason, piece.detail, str(piece.size))
    print_table(table if found else "Nothing is in quarantine.")


def _summary(piece: Piece) -> dict[str, object]:
    return {
        "id": piece.id,
        "dump": f"{piece.dump:%Y%m%d}",
        "entity": piece.entity,
        "record_id": piece.record_id,
        "reason": piece.reason,
        "detail": piece.detail,
        "size": piece.size,
        "run": piece.run,
        "noticed_at": piece.noticed_at,
    }


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(quarantine, name="quarantine")
