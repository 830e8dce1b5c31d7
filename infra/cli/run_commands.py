"""Commands about runs: status, pause, unpause, cancel, resume, rebuild, reset."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from functions.access.address import address_of
from functions.derivations.plan import forget_derivations, plan_derivations
from functions.derivations.status import DerivationStatus, derivation_status
from functions.operations import run_actions
from functions.operations.plurals import plural
from functions.operations.scale_action import what_waits
from functions.operations.snapshot import Summary, read_summary
from functions.registry import FUNCTIONS
from functions.runs.begin import begin_rebuild
from functions.runs.disk_estimate import check_disk, derivations_need
from functions.runs.reset import reset as empty_stores
from functions.runs.run_status import RunView, run_views
from functions.runtime.errors import LinernotesError, SettingError, StoreUnavailable
from functions.runtime.ledger.models import ACTIVE
from functions.runtime.masking import mask
from functions.runtime.messaging import queue_admin
from functions.runtime.messaging.queues import QueueStats
from functions.runtime.messaging.sender import open_sender, send_all
from functions.runtime.process.worker_reports import WorkerView, worker_views, workers_of
from functions.runtime.settings import CONNECTIONS_FILE, Settings, read_settings
from functions.runtime.stores.context import Context
from infra.cli.command_context import acting_user, stores
from infra.cli.output import IgnoreDisk, Json, TextTable, Yes, ask_first, note, notify, print_json, print_table
from infra.cli.progress_view import watch_run
from infra.stack.stack_client import stack_status

_STYLES = {"ok": "bold", "busy": "bold", "warn": "bold yellow", "bad": "bold red"}
_DERIVATIONS = tuple(spec.name for spec in FUNCTIONS.derivations)


def status(as_json: Json = False) -> None:
    """Runs, parts, queues, workers and stores. Example: linernotes status --json."""
    with stores(graph=False) as context:
        runs, derived, workers = run_views(context), derivation_status(context), worker_views(context)
        now = read_summary(context)
    settings = read_settings()
    if as_json:
        print_json(
            {
                "headline": now.headline,
                "needs": now.needs,
                "idle": now.idle,
                "runs": runs,
                "queues": _queues_json(settings, workers),
                "workers": workers,
                "derivations": derived,
                "stack": stack_status(Path(settings.home)),
                "stores": _stores_json(settings),
            }
        )
        return
    _print_headline(now)
    print_table(_runs_table(runs))
    _print_files(runs)
    print_derivations(derived)
    _print_queues(settings)
    _print_stack(settings)
    _print_workers(workers, settings)


def pause() -> None:
    """Stop the active run at the next part; nothing is lost."""
    with stores(graph=False) as context:
        notify(f"Run {run_actions.pause(context, acting_user()).run} is paused. Go on with `linernotes unpause`.")


def unpause() -> None:
    """Go on with the paused run."""
    with stores(graph=False) as context, open_sender(context.settings) as sender:
        done = run_actions.unpause(context, sender.send, acting_user())
        notify(f"Run {done.run} goes on: {done.messages} messages sent.")


def cancel(yes: Yes = False) -> None:
    """End the active run where it is; what it has loaded stays (asks)."""
    with stores(graph=False) as context:
        ask_first("End the active run?", yes=yes)
        notify(f"Run {run_actions.cancel(context, acting_user()).run} is cancelled. A later load goes on from there.")


def resume() -> None:
    """Send again what is due of the active run, as after a broker lost its messages; or take up the one that failed."""
    with stores(graph=False) as context, open_sender(context.settings) as sender:
        done = run_actions.resume(context, sender.send, acting_user())
        notify(f"Run {done.run}: {done.messages} messages sent.")
        if done.dead:
            notify(f"{done.dead} dead parts stay so: `linernotes dead-letters requeue` brings them back.")


def rebuild(
    what: Annotated[str, typer.Argument(help=f"graph, {', '.join(_DERIVATIONS)}, or all.")],
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Show progress until the end.")] = True,
    ignore_disk: IgnoreDisk = False,
    yes: Yes = False,
) -> None:
    """Make the graph, or what else is made from documents, again. Example: linernotes rebuild graph.

    The graph is empty until it is filled again (asks); all else is built beside what is read.
    """
    if what not in {"graph", "all", *_DERIVATIONS}:
        raise SettingError(f"{what!r} cannot be rebuilt: give graph, {', '.join(_DERIVATIONS)} or all.")
    names = () if what == "graph" else _DERIVATIONS if what == "all" else (what,)
    with_graph = what in {"graph", "all"}
    with stores(graph=with_graph) as context:
        if context.settings.profile == "embedded" and not ignore_disk:
            check_disk(derivations_need(context, names, graph=with_graph))
        if names:
            _rebuild_derivations(context, names)
        if not with_graph:
            return
        ask_first("Empty the graph and fill it again from the documents?", yes=yes)
        begun = begin_rebuild(context, by=acting_user())
        send_all(context.settings, begun.messages)
        if wait:
            raise typer.Exit(watch_run(context, begun.run.id, as_json=False))


def _rebuild_derivations(context: Context, names: Sequence[str]) -> None:
    with context.connection() as connection:
        forget_derivations(connection, names)
    send_all(context.settings, plan_derivations(context))
    notify(f"Made again from all documents, once no run is active: {', '.join(names)}.")


def reset(yes: Yes = False) -> None:
    """Empty both stores, the ledger and the work bucket (asks)."""
    with stores() as context:
        ask_first("Empty both stores, every document and the whole graph?", yes=yes)
        empty_stores(context, by=acting_user())
        queue_admin.flush(context.settings, FUNCTIONS.queues)
        notify("Both stores are empty.")


def _print_headline(now: Summary) -> None:
    """How things are, why nothing moves, and what needs a person."""
    notify((now.headline.text, _STYLES[now.headline.level]))
    for reason in now.idle:
        notify("  why: ", (reason.text, "yellow"))
    said = {reason.text for reason in now.idle}
    for need in now.needs:
        if need.text not in said:
            notify("  to do: ", (need.text, "yellow" if need.level == "warn" else "red"))


def _queues_json(settings: Settings, workers: Sequence[WorkerView]) -> list[dict[str, Any]] | None:
    """Every queue; None while the broker does not answer, which the headline says."""
    try:
        return [_queue_json(queue, workers) for queue in queue_admin.queue_stats(settings, FUNCTIONS.queues)]
    except StoreUnavailable:
        return None


def _queue_json(queue: QueueStats, workers: Sequence[WorkerView]) -> dict[str, Any]:
    """A queue, and how many workers take messages from it."""
    consumers = {name: found.workers for name, found in workers_of(FUNCTIONS, workers).items()}
    return {
        "name": queue.name,
        "consumers": consumers[queue.name.partition(".")[0]],
        "ready": queue.ready,
        "delayed": queue.delayed,
        "unacked": queue.unacked,
        "dead": queue.dead,
        "depth": queue.depth,
    }


def _stores_json(settings: Settings) -> dict[str, Any]:
    """Addresses, and the file that holds the secrets; never the secrets."""
    secrets = str(Path(settings.home) / CONNECTIONS_FILE) if settings.profile == "embedded" else None
    return {
        "postgres": {
            "address": mask(settings.postgres_address),
            "database": settings.postgres_database,
            "username": settings.postgres_username,
            "secrets": secrets,
        },
        "graph": {
            "address": mask(settings.graph_address),
            "database": settings.graph_database,
            "username": settings.graph_username,
            "secrets": secrets,
        },
        "bucket": {"address": mask(settings.bucket_url)},
        "gateway": {"address": address_of(settings).rstrip("/")},
    }


def _runs_table(runs: list[RunView]) -> TextTable:
    table = TextTable()
    for name in ("run", "dump", "kind", "state", "engine", "bulk", "parts", "rows", "nodes", "edges"):
        table.add_column(name, justify="left" if name in {"dump", "kind", "state", "engine", "bulk"} else "right")
    for run in runs:
        written = run.written
        figures = (f"{number:,}" for number in (written.parts, written.rows, written.nodes, written.edges))
        table.add_texts(str(run.id), run.dump or "", run.kind, run.state, run.engine, ", ".join(run.bulk), *figures)
    return table


def _print_files(runs: list[RunView]) -> None:
    """The latest run's files, and why it ended if not well."""
    if not runs:
        notify("No dump was loaded yet. Try `linernotes load FOLDER`.")
        return
    run = runs[0]
    if run.reason:
        notify((run.reason, "yellow"))
    for file in run.files:
        parts = f"{file.parts_done:,} of {file.parts:,} parts done" if run.state in ACTIVE else f"{file.parts:,} cut"
        dead = f", {file.parts_dead:,} dead" if file.parts_dead else ""
        aside = f", {file.quarantined:,} in quarantine" if file.quarantined else ""
        aside += f", {file.damaged:,} damaged in the bucket and made again" if file.damaged else ""
        remark = f" {file.problem or file.note}" if file.problem or file.note else ""
        if file.state == "listed" and file.read_bytes:
            notify(f"  {file.entity}: {file.read_bytes / 1e6:,.0f} of {(file.bytes or 0) / 1e6:,.0f} MB are here.")
            continue
        count = f"  {file.entity}: {file.records:,} records, {file.unchanged:,} unchanged, {parts}"
        notify(count, (dead, "red"), f"{aside}.", (remark, "yellow"))
        for name, unknown in file.drift.items():
            notify(
                "    ", ("not in the model:", "yellow"), f" {name}, {unknown.times:,} times, as in {unknown.example}"
            )
        for lost in file.collapsed:
            shares = f"{lost.now * 100:.3g} for 100 records, before {lost.before * 100:.3g}"
            example = lost.example or "none that is known"
            notify("    ", ("nearly gone:", "yellow"), f" {lost.field}, {shares}, as in {example}")
    _print_steps(run)


def _print_steps(run: RunView) -> None:
    """What the end of a run is at, and what of it is through."""
    for step in run.steps if run.state in ACTIVE else ():
        now = "now: " if step is run.steps[-1] else ""
        total = f" of {step.total:,}" if step.total is not None else ""
        count = f", {step.done:,}{total}" if step.done or step.total else ""
        notify(f"  {now}{step.name}{count}, {step.seconds:,.0f} s")


def print_derivations(derived: Sequence[DerivationStatus]) -> None:
    """A line for each that was begun: how far it is, or since when it is up to date; and what was given up."""
    for each in derived:
        if each.version is not None:
            notify(f"  {each.name}: generation {each.version}, {_how_far(each)}")
        if each.batches_dead:
            notify(
                f"  {each.name}: ",
                (f"{plural(each.batches_dead, 'batch', 'batches')} given up", "red"),
                f" ({each.error})",
            )


def _how_far(derived: DerivationStatus) -> str:
    if derived.caught_up_at:
        return f"up to date since {derived.caught_up_at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    doing = "being built" if derived.building else "being brought up to date"
    left = f", {plural(derived.batches_left, 'batch', 'batches')} left" if derived.batches_left else ""
    return f"{doing}, {int(derived.share * 100)} % done{left}"


def _print_queues(settings: Settings) -> None:
    try:
        stats = queue_admin.queue_stats(settings, FUNCTIONS.queues)
    except LinernotesError as error:
        note((str(error), "red"))
        return
    for queue in stats:
        if queue.depth or queue.dead:
            notify(f"  queue {queue.name}: {queue.depth:,} messages, {queue.dead:,} dead letters")


def _print_stack(settings: Settings) -> None:
    stack = stack_status(Path(settings.home))
    for process in stack.processes:
        memory = f"{process.memory / 1e6:,.0f} MB"
        notify(f"  {process.name}: {process.state}, process {process.pid}, {memory}, {process.restarts} restarts")
    none = [name for name, count in stack.targets.items() if not count]
    for name in none:
        if name not in FUNCTIONS.names:
            notify("  ", (what_waits(name), "yellow"))
    asleep = [name for name in none if name in FUNCTIONS.names and name not in stack.fixed]
    if asleep:
        notify(f"  without work and without a worker: {', '.join(asleep)}")
    for name, count in stack.fixed.items():
        notify(f"  {name}: {count} by hand (linernotes scale {name} auto follows its queue again)")
    for name, store in _stores_json(settings).items():
        notify(f"  {name} at {store['address']}")


def _print_workers(workers: Sequence[WorkerView], settings: Settings) -> None:
    """Those that this home's stack does not keep."""
    kept = {(socket.gethostname(), process.pid) for process in stack_status(Path(settings.home)).processes}
    for worker in workers:
        if (worker.host, worker.pid) not in kept:
            at = " ".join(f"{name} {value}" for name, value in (worker.message or {}).items())
            memory = f"{worker.pss / 1e6:,.0f} MB"
            notify(
                f"  {worker.function} on {worker.host}, process {worker.pid}: {worker.state} {at}".rstrip(),
                f", {memory}",
            )


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (status, pause, unpause, cancel, resume, rebuild, reset):
        app.command()(command)
