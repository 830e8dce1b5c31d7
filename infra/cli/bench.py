"""`linernotes bench …`: every figure of docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from infra.bench.figure import Figure, show
from infra.cli.output import Json

bench = typer.Typer(
    help="Every figure of docs/performance.md; benchmarks print and assert nothing.", no_args_is_help=True
)

Releases = Annotated[int, typer.Option(min=1, help="Releases in the generated dump.")]


@bench.command()
def pipeline(releases: Releases = 20_000, as_json: Json = False) -> None:
    """A dump into both stores, in a stack of its own. Example: linernotes bench pipeline --json."""
    from infra.bench.pipeline import bench_pipeline

    _show(bench_pipeline(releases), as_json=as_json)


@bench.command()
def download(
    megabytes: Annotated[int, typer.Option(min=1, help="Size of the file.")] = 512, as_json: Json = False
) -> None:
    """A file from a server on this machine, whole and broken off. Example: linernotes bench download --json."""
    from functions.runtime.settings import read_settings
    from functions.runtime.telemetry.logs import configure_logs
    from infra.bench.download import bench_download

    configure_logs(read_settings(), "bench")
    _show(bench_download(megabytes), as_json=as_json)


def _show(figures: Iterable[Figure], *, as_json: bool) -> None:
    for figure in figures:
        show(figure, as_json=as_json)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(bench, name="bench")
