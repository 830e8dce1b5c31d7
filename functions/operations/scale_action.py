"""Keeping so many workers of a function, or as many as its queue wants again."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from functions.operations.acting import acting
from functions.runtime.control_socket import ask
from functions.runtime.errors import RefusedError
from functions.runtime.ledger.store import add_event
from functions.runtime.stores.context import Context


class Scaled(Struct, frozen=True):
    """A function, the workers that it is to have (null: as its queue wants), and how many there were to be before."""

    function: str
    workers: int | None
    before: int


def what_waits(process: str) -> str:
    """What does not happen while there is no process of a function, of the scheduler or of the gateway; a sentence."""
    waits = {
        "gateway": "No page and no request is answered",
        "scheduler": "No schedule runs: nothing is checked, swept or noted over time",
    }.get(process, f"What there is to do for {process} waits")
    return f"{waits} until `linernotes scale {process} auto`."


def scale(context: Context, function: str, workers: int | None, by: str) -> Scaled:
    """Keep this many workers of a function until the stack is stopped, or the next time it is asked for.

    Args:
        context: settings with the home of the stack, and the stores.
        function: its name.
        workers: None: as many as its queue wants.
        by: who has asked for it.

    Raises:
        RefusedError: there is no such function, the number cannot be, or no stack of ours keeps the workers.
        StoreUnavailable: the stack does not answer.
    """
    with acting(context, "scale", by, function=function, workers=workers):
        if context.settings.profile != "embedded":
            raise RefusedError(
                "In a cluster the containers are scaled where they run, as with `docker compose up --scale "
                f"{function}=N` or by KEDA: nothing here keeps them."
            )
        request = {"command": "scale", "name": function, "count": workers}
        before = int(ask(Path(context.settings.home), request)["before"])
        wanted = "as many workers as its queue wants" if workers is None else f"{workers} workers"
        with context.connection() as connection:
            add_event(
                connection, "scale-asked", by=by, function=function, workers=workers, before=before, wanted=wanted
            )
    return Scaled(function, workers, before)
