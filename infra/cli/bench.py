"""`linernotes bench …`: every figure of docs/performance.md."""

from __future__ import annotations

import typer

bench = typer.Typer(help="Every figure of docs/performance.md.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(bench, name="bench")
