"""What the commands print: text for people on standard output, JSON where a program asks for it, errors on stderr.

Whatever rich draws for a command is made here, so that text is text: of itself rich reads `[b]` and `[/url]` as markup,
and ends at a bracket that it does not know. No other module of the commands imports what draws.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.console import Console
from rich.measure import Measurement
from rich.progress import Progress, ProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

from functions.access.address import address_of
from functions.runtime.errors import LinernotesError
from functions.runtime.named_places import named_path
from functions.runtime.printable import printable as printable
from functions.runtime.settings import Settings

#: For people. Progress and errors go to `errors`, so that standard output stays the answer. Neither reads markup:
#: records and errors hold brackets such as `[/b]`, which markup would take for its own.
console = Console(highlight=False, markup=False, emoji=False)
errors = Console(stderr=True, highlight=False, markup=False, emoji=False)

#: Columns that no table of ours has.
_WIDEST: Final = 100_000

#: A text, or a text and its style, as in `("12 dead", "red")`.
StyledText = str | tuple[str, str]

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
IgnoreDisk = Annotated[bool, typer.Option("--ignore-disk", help="Also where the disk seems too small.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Answer the question with yes.")]


def place(text: str | Path) -> Path:
    """A path that was given on the command line, or is a command's own. An empty one would be the current folder, which
    nobody has named.

    Raises:
        SettingError: it is empty, or names an unknown user.
    """
    return named_path(str(text))


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    text = msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2)
    sys.stdout.write(text.decode() + "\n")


def notify(*pieces: StyledText) -> None:
    """A line for people, of plain and of styled pieces."""
    console.print(_line(pieces), soft_wrap=True)


def print_table(table: Table | str) -> None:
    """A table of which nothing is cut; a sentence where there is none.

    What reads no terminal gets each row in a line of its own. A terminal that is too narrow for the longest words and
    numbers gets a paragraph for each row.
    """
    if isinstance(table, str):
        notify(table)
        return
    if not console.is_terminal:
        table = _in_lines(table)
    size = Measurement.get(console, console.options.update(width=_WIDEST, max_width=_WIDEST), table)
    if not console.is_terminal:
        Console(file=console.file, width=size.maximum, highlight=False, markup=False, emoji=False).print(table)
    elif size.minimum <= console.width:
        console.print(table)
    else:
        console.print(*_paragraphs(table), sep="\n")


def _in_lines(table: Table) -> Table:
    """The same table, the lines of a cell behind each other."""
    flat = TextTable()
    for column in table.columns:
        flat.add_column(column.header, justify=column.justify)
    for row in zip(*(column.cells for column in table.columns), strict=True):
        flat.add_texts(*(" / ".join(str(cell).splitlines()) for cell in row))
    return flat


def _paragraphs(table: Table) -> Iterator[Text]:
    """The rows of a table, each cell with the name of its column; empty ones are left out."""
    names = [str(column.header) for column in table.columns]
    for row in zip(*(column.cells for column in table.columns), strict=True):
        cells = [(name, str(cell)) for name, cell in zip(names, row, strict=True) if str(cell)]
        yield Text(", ").join(Text.assemble((name, "dim"), " ", cell) for name, cell in cells)


def note(*pieces: StyledText) -> None:
    """A line beside the answer."""
    errors.print(_line(pieces), soft_wrap=True)


def tell_pages(settings: Settings) -> None:
    """A line beside an answer that names pages by their paths: where a browser finds them."""
    note(f"Each page opens in a browser behind {address_of(settings).rstrip('/')}")


def print_error(error: LinernotesError) -> None:
    """The sentence of an error."""
    note(("error:", "bold red"), f" {error}")


def ask_first(question: str, *, yes: bool) -> None:
    """Go on only when the person agrees; without a terminal there is nobody to ask.

    Raises:
        typer.Abort: the answer is no.
    """
    if not yes:
        typer.confirm(question, abort=True)


class TextTable(Table):
    """A table without lines, whose cells are texts as they are."""

    def __init__(self, *headers: str) -> None:
        super().__init__(*headers, box=None, header_style="bold")

    def add_texts(self, *cells: str) -> None:
        """Add a row."""
        self.add_row(*map(_text, cells))


def text_column(template: str) -> TextColumn:
    """A column of a bar, as `{task.description}`."""
    return TextColumn(template, markup=False)


class Bars(Progress):
    """Bars beside the answer; those that are transient are gone at the end, and only a terminal has them."""

    def __init__(self, *columns: ProgressColumn, transient: bool = True) -> None:
        super().__init__(*columns, console=errors, transient=transient, disable=transient and not errors.is_terminal)


class Spinner:
    """Shows beside the answer that something goes on, as a context."""

    def __init__(self, text: str) -> None:
        self._status = errors.status(_text(text))

    def __enter__(self) -> Spinner:
        self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def show(self, text: str) -> None:
        """Say what goes on now."""
        self._status.update(_text(text))

    def stop(self) -> None:
        """Show nothing any more."""
        self._status.stop()


def _text(text: str) -> Text:
    return Text(printable(text))


def _line(pieces: tuple[StyledText, ...]) -> Text:
    styled = (piece if isinstance(piece, tuple) else (piece, "") for piece in pieces)
    return Text.assemble(*((printable(text), style) for text, style in styled))
