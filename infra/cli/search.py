"""`linernotes search`: records by word, by meaning, or both."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer

from functions.discover.meaning.find import Mode, find
from functions.discover.search.query import LONGEST, MOST_NUMBERS, MOST_TERMS
from functions.discover.search.search import SearchPage
from functions.runtime.settings import Settings
from infra.cli.command_context import stores
from infra.cli.output import Json, TextTable, note, notify, print_table, tell_pages


def search_command(
    query: Annotated[list[str], typer.Argument(help='Words, "phrases", -exclusions, artist:…, year:1977..1983.')],
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 20,
    mode: Annotated[Mode, typer.Option(help="By words, by what records mean, or by both.")] = "words",
    as_json: Json = False,
) -> None:
    """Records by word or meaning, the best match first, each with its page. With --json, an object a line for each.

    What is told beside them goes to standard error then, releases that bear what was typed as a number as well:
    `linernotes lookup --json` has those as objects.

    Example: linernotes search sakamoto artist:ryuichi year:1978..1983
    """
    with stores(graph=False) as context:
        page = find(context, " ".join(query), mode=mode, limit=limit)
    for text in _notes(page):
        note(text)
    tell = note if as_json else notify
    for one in page.bearers:
        tell(f"Found by {one.kind} {one.written}: /release/{one.id}, {one.by}: {one.title}")
    if as_json:
        for hit in page.hits:
            sys.stdout.write(msgspec.json.encode(hit).decode() + "\n")
    else:
        _print_hits(page, mode, context.settings)
    for text in _beside(page):
        tell(text)


def _print_hits(page: SearchPage, mode: Mode, settings: Settings) -> None:
    print_table(
        _table(page) if page.hits else f"Nothing was found by {'words' if mode == 'words' else 'words or meaning'}."
    )
    if page.hits:
        tell_pages(settings)


def _beside(page: SearchPage) -> Iterator[str]:
    for near in page.nearest:
        yield f"Near to it: /{near.type}/{near.id}, {near.name}"
    if page.vectors and not page.vectors.off:
        yield f"{page.vectors.share:.0%} of the records can be found by meaning."
    for word, others in page.instead.items():
        yield f"Instead of {word}: {', '.join(others)}."


def _notes(page: SearchPage) -> Iterator[str]:
    """Why there may be more than is found: programs that read the hits alone are told by them, too."""
    if page.vectors and page.vectors.off:
        yield page.vectors.off
    if page.notice:
        yield page.notice
    if page.cut:
        yield f"Only {LONGEST} characters, {MOST_TERMS} words and {MOST_NUMBERS} numbers in fields are looked for."
    if page.partial:
        yield "Not everything was seen in the time that a search may take."


def _table(page: SearchPage) -> TextTable:
    table = TextTable("page", "name", "by", "year", "original", "match", "found by")
    for hit in page.hits:
        years = (str(hit.year or ""), str(hit.original or ""))
        found_by = ", ".join(f"{one.field}: {one.text}" for one in hit.found_by)
        table.add_texts(f"/{hit.type}/{hit.id}", hit.name, hit.by, *years, hit.match, found_by)
    return table


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("search")(search_command)
