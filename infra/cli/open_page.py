"""`linernotes open`: the gateway's address, with a token that signs a browser in."""

from __future__ import annotations

import os
import sys
import webbrowser
from html import escape
from pathlib import Path
from typing import Annotated, Final

import psycopg
import typer

from functions.access.address import address_of
from functions.access.rights import RIGHTS, Right
from functions.access.sessions import TOKEN_MINUTES, make_token
from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo, postgres_errors
from infra.cli.command_context import acting_user, stores
from infra.cli.keys import parse_right
from infra.cli.output import Json, note, notify, print_json
from infra.stack.gateway_answer import answers
from infra.stack.home import Home, write_private

_PAGE: Final = '<!doctype html><title>linernotes</title><meta http-equiv="refresh" content="0; url={address}">\n'


def open_page(
    only_print: Annotated[bool, typer.Option("--print", help="Print the address, open no browser.")] = False,
    right: Annotated[
        str, typer.Option("--right", metavar="|".join(RIGHTS), help="What it lets whoever opens it do.")
    ] = ("admin"),
    as_json: Json = False,
) -> None:
    """Open the gateway's pages in a browser that is signed in by it, or print the address where there is none.

    The address counts once and for 15 minutes; whoever has it is let in. Example: linernotes open --right read
    """
    allowed = parse_right(right)
    with stores(graph=False) as context:
        settings = context.settings
        address = entrance(settings, allowed)
    if as_json:
        print_json({"address": address, "right": allowed, "minutes": TOKEN_MINUTES})
        return
    notify(address)
    if settings.profile == "embedded" and not answers(settings):
        note(("The gateway does not answer there now: `linernotes logs gateway` says why.", "yellow"))
        return
    if not only_print and _opened(settings, address):
        note("A browser opens it.")


def entrance(settings: Settings, right: Right = "admin") -> str:
    """The gateway's address with a new one-time token.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    with postgres_errors(), psycopg.connect(postgres_conninfo(settings)) as connection:
        token = make_token(connection, right, by=acting_user())
    return f"{address_of(settings)}enter?token={token}"


def _opened(settings: Settings, address: str) -> bool:
    """Have the browser of this screen open a file that leads there: what it is started with, everybody here may see."""
    has_screen = sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    run = Home(Path(settings.home)).run
    if not has_screen or not run.is_dir():
        return False
    page = run / "open.html"
    write_private(page, _PAGE.format(address=escape(address)).encode())
    return webbrowser.open(page.as_uri())


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command(name="open")(open_page)
