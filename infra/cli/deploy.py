"""`linernotes deploy …`: what an installation on many machines needs before its processes start."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from functions.registry import FUNCTIONS
from functions.runtime.messaging import queue_admin
from functions.runtime.messaging.broker import speaks_amqp
from functions.runtime.messaging.rabbitmq_topology import Declared
from functions.runtime.messaging.sender import open_sender
from functions.runtime.settings import Settings, read_settings
from functions.runtime.stores.context import wait_for
from functions.runtime.telemetry.logs import configure_logs
from infra.cli.command_context import migrate
from infra.cli.output import Json, notify, print_json
from infra.deploy.bucket import make_bucket

deploy = typer.Typer(help="What many machines need before their processes start.", no_args_is_help=True)

Replace = Annotated[
    bool, typer.Option("--replace", help="Make those queues anew that are empty and have other arguments.")
]


@deploy.command()
def queues(replace: Replace = False, as_json: Json = False) -> None:
    """Declare every queue at RabbitMQ, its dead-letter exchange and queue. A second time changes nothing.

    It waits for the broker as long as LINERNOTES_CONNECT_TIMEOUT says, and is refused where a queue is there with
    other arguments. Example: linernotes deploy queues --json.
    """
    settings = read_settings()
    declared = _declare(settings, replace=replace)
    if as_json:
        print_json(declared)
        return
    _say_queues(settings, declared)


@deploy.command()
def bucket(as_json: Json = False) -> None:
    """Make the work bucket, unless it is there. Example: linernotes deploy bucket."""
    settings = _settings()
    made = make_bucket(settings)
    if as_json:
        print_json({"bucket": settings.bucket_url, "made": made})
        return
    _say_bucket(settings, made=made)


@deploy.command()
def migrations(as_json: Json = False) -> None:
    """Bring PostgreSQL and the graph to the form of this version. Example: linernotes deploy migrations."""
    applied = migrate(_settings())
    if as_json:
        print_json(applied)
        return
    _say_migrations(applied)


@deploy.command(name="all")
def everything(as_json: Json = False) -> None:
    """Bucket, migrations and queues: all that has to be there before a process starts. A second time changes nothing.

    It waits for each store as long as LINERNOTES_CONNECT_TIMEOUT says. Example: linernotes deploy all.
    """
    settings = _settings()
    made = make_bucket(settings)
    applied = migrate(settings)
    declared = _declare(settings, replace=False)
    if as_json:
        print_json({"bucket": settings.bucket_url, "made": made, "migrations": applied, "queues": declared})
        return
    _say_bucket(settings, made=made)
    _say_migrations(applied)
    _say_queues(settings, declared)


def _settings() -> Settings:
    settings = read_settings()
    configure_logs(settings, "cli")
    return settings


def _say_bucket(settings: Settings, *, made: bool) -> None:
    notify(f"{settings.bucket_url} {'is made' if made else 'is there'}.")


def _say_migrations(applied: list[str]) -> None:
    notify(f"Migrations applied: {', '.join(applied) or 'none, all were there'}.")


def _say_queues(settings: Settings, declared: list[Declared]) -> None:
    if not speaks_amqp(settings):
        notify("Nothing to declare: at Redis or Valkey the first message makes its queue.")
        return
    for each in declared:
        notify(f"{each.state:<10} {each.kind:<9} {each.name}")


def _declare(settings: Settings, *, replace: bool) -> list[Declared]:
    with open_sender(settings) as sender:
        wait_for("the broker", sender.ping, time.monotonic() + settings.connect_timeout)
    return queue_admin.deploy(settings, FUNCTIONS.queues, replace=replace)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(deploy, name="deploy")
