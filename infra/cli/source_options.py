"""What `load` and `verify` share: naming a dump, and having its files here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, cast, get_args

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from functions.extract.download.dump import DumpFile
from functions.extract.download.fetch import fetch
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.errors import LinernotesError, SettingError
from functions.runtime.settings import Settings
from infra.cli.output import errors

Source = Annotated[str, typer.Argument(help="A folder with the dump's files, s3://bucket/prefix, or discogs.")]
DumpDate = Annotated[
    str, typer.Option("--dump", metavar="YYYYMMDD", help="The dump; the newest complete one if absent.")
]
Entities = Annotated[str, typer.Option(help="Only these, as in artists,labels.")]


def parse_entities(text: str) -> tuple[Entity, ...]:
    """`artists,labels` as entities; all of them for an empty text.

    Raises:
        SettingError: one of them is none.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in get_args(Entity):
            raise SettingError(f"There are no {name!r}: the entities are {', '.join(ENTITIES)}.")
    return tuple(cast("list[Entity]", names)) or ENTITIES


def local_file(settings: Settings, file: DumpFile, show: Callable[[str, int, int], None]) -> Path:
    """The path of a dump's file, fetched when it is elsewhere."""

    def here(done: int, total: int | None) -> None:
        show(file.name, done, total or file.bytes)

    path, sha256 = fetch(settings, file.location, file.name, file.sha256, here)
    if sha256 != file.sha256:
        raise LinernotesError(f"{file.name} has SHA-256 {sha256}, its CHECKSUM file says {file.sha256}.")
    return path


@contextmanager
def shown_progress() -> Iterator[Callable[[str, int, int], None]]:
    """A function that shows how far each thing is: its name, what is done, and of how much."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeRemainingColumn(), console=errors, transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)

        yield show
