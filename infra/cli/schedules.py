"""`linernotes schedules`: what runs by itself, and running it now."""

from __future__ import annotations

from typing import Annotated

import typer

from functions.operations.schedule_list import ScheduleStatus, run_now, schedule_views
from infra.cli.command_context import acting_user, stores
from infra.cli.output import Json, TextTable, notify, print_json, print_table

schedules = typer.Typer(help="What runs by itself, and running it now.", invoke_without_command=True)


@schedules.callback()
def list_schedules(context: typer.Context, as_json: Json = False) -> None:
    """What each schedule does, how it went last, and when it runs next. Example: linernotes schedules --json."""
    if context.invoked_subcommand:
        return
    with stores(graph=False) as opened:
        found = schedule_views(opened)
    if as_json:
        print_json(found)
        return
    _print_list(found)


def _print_list(found: list[ScheduleStatus]) -> None:
    table = TextTable("schedule", "what it does", "when", "last", "next")
    for one in found:
        due = f"{one.due:%Y-%m-%d %H:%M:%S}" if one.due else ""
        table.add_texts(one.name, one.what, one.when, _last(one), "now" if one.asked_at else due)
    print_table(table)


@schedules.command("run")
def run_schedule(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `linernotes schedules` shows it.")],
    as_json: Json = False,
) -> None:
    """Have the scheduler run one now. Example: linernotes schedules run check."""
    with stores(graph=False) as context:
        asked = run_now(context, name, acting_user())
    if as_json:
        print_json(asked)
        return
    notify(f"{name} runs within seconds; `linernotes schedules` says how it went.")


def _last(one: ScheduleStatus) -> str:
    if one.error and one.failed_at:
        return f"failed at {one.failed_at:%Y-%m-%d %H:%M:%S}: {one.error}"
    return f"{one.done_at:%Y-%m-%d %H:%M:%S}: {one.result or 'done'}" if one.done_at else "never"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(schedules, name="schedules")
