"""`linernotes events`: what happened, and what happens while one looks."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated, Final, cast, get_args

import msgspec
import typer

from functions.operations.event_feed import EventFeed, Missed
from functions.operations.event_list import EventFilter, EventPage, EventView, event_page, matches
from functions.runtime.errors import SettingError
from functions.runtime.ledger.event_kinds import LEVELS, Level
from functions.runtime.stores.context import Context
from infra.cli.command_context import stores
from infra.cli.output import Json, note, notify

_AGE = re.compile(r"(\d{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
#: Seconds until what was is printed though nobody listens to what is new.
_BEGIN_S: Final = 10.0
_STYLES: dict[Level, str] = {"info": "", "warning": "yellow", "error": "red"}


def events(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is new, until Ctrl-C.")] = False,
    kind: Annotated[str, typer.Option(metavar="KIND", help="Of this kind only, as in run-done.")] = "",
    level: Annotated[str, typer.Option(metavar="|".join(LEVELS), help="This grave only.")] = "",
    run: Annotated[int | None, typer.Option(min=1, max=2**63 - 1, help="Of this run only.")] = None,
    by: Annotated[str, typer.Option(metavar="WHO", help="Caused by them; `anybody` for whoever has acted.")] = "",
    since: Annotated[
        str, typer.Option(metavar="TIME", help="As in 2h, 7d, 2026-04-01 or 2026-04-01T06:00; in UTC.")
    ] = "",
    text: Annotated[str, typer.Option(metavar="TEXT", help="With this text in them.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="At most so many of those before.")] = 50,
    as_json: Json = False,
) -> None:
    """What happened, oldest first. With --json, one object a line.

    Example: linernotes events --since 2d --level error --follow
    """
    wanted = EventFilter(
        run=run,
        kind=kind or None,
        level=_level(level),
        by=by or None,
        text=text or None,
        since=_moment(since, dt.datetime.now(dt.UTC)) if since else None,
    )
    with stores(graph=False) as context:
        if not follow:
            _print_page(event_page(context, wanted, limit), as_json=as_json)
            return
        with suppress(KeyboardInterrupt):
            asyncio.run(_follow(context, wanted, limit, as_json=as_json))


async def _follow(context: Context, wanted: EventFilter, limit: int, *, as_json: bool) -> None:
    """What was, read once what is new is heard: so nothing falls in between."""
    feed = EventFeed(context.settings)
    listening = asyncio.create_task(feed.run())
    try:
        await feed.begun(_BEGIN_S)
        with feed.subscribe() as subscription:
            page = await asyncio.to_thread(event_page, context, wanted, limit)
            _print_page(page, as_json=as_json)
            printed = {event.id for event in page.events}
            async for event in subscription:
                if isinstance(event, Missed):
                    note("Some events may be left out here: `linernotes events` shows them.")
                elif event.id not in printed and matches(event, wanted):
                    _print([event], as_json=as_json)
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


def _print_page(page: EventPage, *, as_json: bool) -> None:
    _print(reversed(page.events), as_json=as_json)
    if page.next and not as_json:
        more = f"more than {page.total.count:,}" if page.total.more else f"{page.total.count:,}"
        note(f"These are the last {len(page.events)} of {more}; --limit shows others.")


def _print(found: Iterable[EventView], *, as_json: bool) -> None:
    for event in found:
        if as_json:
            sys.stdout.write(msgspec.json.encode(event).decode() + "\n")
            sys.stdout.flush()
        else:
            run = f"run {event.run}" if event.run else ""
            who = f" — {event.by}" if event.by else ""
            notify(f"{event.at:%Y-%m-%d %H:%M:%S} ", f"{run:8} ", (f"{event.words}{who}", _STYLES[event.level]))


def _level(text: str) -> Level | None:
    if text and text not in get_args(Level):
        raise SettingError(f"--level is {text!r}: give one of {', '.join(LEVELS)}.")
    return cast("Level", text) if text else None


def _moment(text: str, now: dt.datetime) -> dt.datetime:
    """A time as it is given: an age such as `2h`, or a date with or without a time.

    Raises:
        SettingError: it is none.
    """
    if match := _AGE.fullmatch(text):
        return _ago(text, dt.timedelta(seconds=int(match[1]) * _SECONDS[match[2]]), now)
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingError(f"--since is {text!r}: give an age as 2h or 7d, or a time as 2026-04-01T06:00.") from error
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _ago(text: str, age: dt.timedelta, now: dt.datetime) -> dt.datetime:
    try:
        return now - age
    except OverflowError as error:
        raise SettingError(f"--since is {text!r}: the calendar does not begin so early.") from error


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(events)
