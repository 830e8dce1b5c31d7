"""`linernotes synth`: a generated dump that looks like the real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TimeRemainingColumn

from functions.extract.download.dump import parse_dump_date
from functions.runtime.errors import SettingError
from infra.cli.output import Bars, Json, notify, place, print_json, text_column
from infra.synth import Summary, mutate_dump, write_dump


def synth(
    out: Annotated[Path, typer.Argument(parser=place, metavar="OUT", help="The folder to write into.")],
    releases: Annotated[int, typer.Option(min=1, max=100_000_000, help="How many releases.")] = 3_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    dump: Annotated[str, typer.Option(metavar="YYYYMMDD", help="Its date; 20260901, or the next month.")] = "",
    mutate_from: Annotated[
        Path | None, typer.Option(parser=place, metavar="DIR", help="Write the next month of the dump there.")
    ] = None,
    changed: Annotated[str, typer.Option(help="With --mutate-from: the share of records that are edited.")] = "1%",
    edits_only: Annotated[bool, typer.Option("--edits-only", help="With --mutate-from: none comes or goes.")] = False,
    damage: Annotated[bool, typer.Option("--damage", help="With records that belong in quarantine.")] = False,
    as_json: Json = False,
) -> None:
    """Write a generated dump: its size and fields, its quirks and its cross-references are like the real one's.

    Example: linernotes synth /tmp/dump --releases 20000 --seed 7

    The next month: linernotes synth /tmp/next --mutate-from /tmp/dump --changed 1%
    """
    if edits_only and not mutate_from:
        raise SettingError("--edits-only is about a next month: give the dump to make it from with --mutate-from.")
    if dump:
        parse_dump_date(dump)
    with Bars(text_column("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) as progress:
        task = progress.add_task("records", total=None)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        if mutate_from:
            share = parse_share(changed)
            made = mutate_dump(
                mutate_from,
                out,
                changed=share,
                seed=seed,
                dump=dump or None,
                damage=damage,
                edits_only=edits_only,
                progress=show,
            )
        else:
            given = {"dump": dump} if dump else {}
            made = write_dump(out, releases=releases, seed=seed, damage=damage, progress=show, **given)
    if as_json:
        print_json(made)
    else:
        _sum_up(made, out)


def parse_share(text: str) -> float:
    """`1%` or `0.01` as 0.01.

    Raises:
        SettingError: it is no share from 0 to 1.
    """
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise SettingError(f"{text!r} is no share: give it as in 1% or 0.01.")
    return share


def _sum_up(made: Summary, out: Path) -> None:
    for entity, facts in made.entities.items():
        notify(f"{entity}: {facts.records:,} records, {facts.xml_bytes / 1e6:,.1f} MB of XML")
    notify(f"The dump {made.dump} lies in {out}. Load it with `linernotes load {out}`.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(synth)
