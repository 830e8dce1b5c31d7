"""`linernotes deploy …`: what an installation on many machines needs before its processes start."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from functions.registry import FUNCTIONS
from functions.runtime.messaging import queue_admin
from functions.runtime.messaging.broker import speaks_amqp
from functions.runtime.messaging.sender import open_sender
from functions.runtime.settings import Settings, read_settings
from functions.runtime.stores.context import wait_for
from infra.cli.output import Json, notify, print_json

deploy = typer.Typer(help="What many machines need before their processes start.", no_args_is_help=True)

Replace = Annotated[
    bool, typer.Option("--replace", help="Make those queues anew that are empty and have other arguments.")
]


@deploy.callback()
def _commands() -> None:
    """Without it, the only command would be taken for the group itself."""


@deploy.command()
def queues(replace: Replace = False, as_json: Json = False) -> None:
    """Declare every queue at RabbitMQ, its dead-letter exchange and queue. A second time changes nothing.

    It waits for the broker as long as LINERNOTES_CONNECT_TIMEOUT says, and is refused where a queue is there with
    other arguments. Example: linernotes deploy queues --json.
    """
    settings = read_settings()
    _wait_for_broker(settings)
    declared = queue_admin.deploy(settings, FUNCTIONS.queues, replace=replace)
    if as_json:
        print_json(declared)
        return
    if not speaks_amqp(settings):
        notify("Nothing to declare: at Redis or Valkey the first message makes its queue.")
        return
    for each in declared:
        notify(f"{each.state:<10} {each.kind:<9} {each.name}")


def _wait_for_broker(settings: Settings) -> None:
    with open_sender(settings) as sender:
        wait_for("the broker", sender.ping, time.monotonic() + settings.connect_timeout)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(deploy, name="deploy")
