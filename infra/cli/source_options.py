"""What `load` and `verify` share: naming a dump, and having its files here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, cast, get_args

import typer
from rich.progress import BarColumn, TaskID, TimeRemainingColumn

from functions.extract.download.dump import DumpFile
from functions.extract.download.fetch import fetch
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.errors import LinernotesError, SettingError, StoreUnavailable
from functions.runtime.named_places import place_error
from functions.runtime.settings import Settings
from infra.cli.output import Bars, text_column

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
    """The path of a dump's file, fetched when it is elsewhere.

    Raises:
        SettingError: the folder of fetched dumps cannot be written to.
        LinernotesError: the file cannot be had, or is not what its CHECKSUM file says.
    """

    def here(done: int, total: int | None) -> None:
        show(file.name, done, total or file.bytes)

    try:
        path, sha256 = fetch(settings, file.location, file.name, file.sha256, here)
    except StoreUnavailable as error:
        if isinstance(error.__cause__, OSError) and (found := place_error(error.__cause__)):
            raise found from error  # a worker waits for its folder; a person mends it and asks again
        raise
    if sha256 != file.sha256:
        raise LinernotesError(f"{file.name} has SHA-256 {sha256}, its CHECKSUM file says {file.sha256}.")
    return path


@contextmanager
def shown_progress() -> Iterator[Callable[[str, int, int], None]]:
    """A function that shows how far each thing is: its name, what is done, and of how much."""
    columns = (text_column("{task.description}"), BarColumn(), text_column("{task.percentage:>3.0f} %"))
    with Bars(*columns, TimeRemainingColumn()) as progress:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)

        yield show
