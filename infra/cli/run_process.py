"""`linernotes run …`: one process, for the supervisor and for containers."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from functions.registry import FUNCTIONS
from functions.runtime.ledger.dead_letter_hook import hooks
from functions.runtime.process.worker import run_worker
from functions.runtime.settings import read_settings

run = typer.Typer(help="Run one process, for containers.", no_args_is_help=True)


@run.command()
def worker(
    function: Annotated[str, typer.Argument(help=f"One of {', '.join(FUNCTIONS.names)}.")],
) -> None:
    """Work for one function until SIGTERM. Example: linernotes run worker parse-chunk."""
    sys.exit(run_worker(function, read_settings(), FUNCTIONS, hooks=hooks()))


@run.command()
def scheduler() -> None:
    """Run the schedules until SIGTERM."""
    from functions.operations.sampling import sampler_of
    from functions.runtime.schedules.scheduler import run_scheduler
    from functions.schedules import SCHEDULES

    sys.exit(run_scheduler(read_settings(), FUNCTIONS, SCHEDULES, sampler_of))


@run.command()
def gateway() -> None:
    """Serve the gateway until SIGTERM."""
    from gateway.serve import run_gateway

    sys.exit(run_gateway(read_settings()))


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(run, name="run")
