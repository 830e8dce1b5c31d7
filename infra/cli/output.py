"""What the commands print: text for people on standard output, JSON where a program asks for it, errors on stderr."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

#: For people. Progress and errors go to `errors`, so that standard output stays the answer.
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Answer the question with yes.")]


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    text = msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2)
    sys.stdout.write(text.decode() + "\n")


def say(text: str) -> None:
    """A line for people, marked up by rich."""
    console.print(text, soft_wrap=True)


def note(text: str) -> None:
    """A line beside the answer."""
    errors.print(text, soft_wrap=True)


def ask_first(question: str, *, yes: bool) -> None:
    """Go on only when the person agrees; without a terminal there is nobody to ask.

    Raises:
        typer.Abort: the answer is no.
    """
    if not yes:
        typer.confirm(question, abort=True)
