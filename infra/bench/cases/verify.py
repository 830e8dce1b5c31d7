"""`linernotes bench verify`: how long the comparison of both stores with their dump takes, and what memory it needs."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from functions.registry import FUNCTIONS
from functions.runtime.errors import PermanentError
from functions.runtime.settings import Settings
from functions.runtime.stores.context import open_context
from infra.bench.cases.pipeline import first_load
from infra.bench.harness.figures import Work
from infra.bench.harness.generate import first_month
from infra.bench.harness.result import Result, note
from infra.bench.harness.stack import SAMPLE_EVERY_S, family_memory, of, temporary_stack
from infra.stack.process import starter
from infra.stack.programs import python_module
from infra.synth import Summary
from infra.verify.report import Report

_VERIFY = python_module("infra.cli.main", "verify")


class Verified(NamedTuple):
    """What the command found, the seconds it took, and the most bytes that it and its processes held together."""

    report: Report
    seconds: float
    memory: int


def bench_verify(releases: int, server: str) -> Iterator[Result]:
    """Load a generated dump as a bulk load, and compare both stores with it as a user would.

    Args:
        releases: how many are generated, with artists, labels and masters in proportion.
        server: `arcadedb` or `neo4j`.

    Raises:
        PermanentError: the command failed.
    """
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder, temporary_stack(of(server)) as settings:
        source = Path(folder)
        made = first_month(source, releases)
        with open_context(settings, FUNCTIONS) as context:
            note(f"loading {made.records:,} records")
            first_load(context, source, bulk="yes")
        note("comparing the stores with the dump")
        found = verified(settings, source)
    yield from results_of(f"verify, {server}, {releases:,} releases", made, found)


def results_of(name: str, made: Summary, found: Verified) -> Iterator[Result]:
    """The figures of one comparison."""
    releases = made.entities["releases"].records
    Work(sum(found.report.checked.values()), "values compared")
    differences = sum(difference.count for difference in found.report.differences.values())
    yield Result(f"{name}, time", found.seconds, "s")
    yield Result(name, Work(releases, "releases").rate(found.seconds), "releases/s")
    yield Result(f"{name}, all records", Work(made.records, "records").rate(found.seconds), "records/s")
    yield Result(f"{name}, peak memory of all its processes", found.memory / 1e6, "MB")
    yield Result(f"{name}, differences", differences, "differences")


def verified(settings: Settings, source: Path) -> Verified:
    """Run `linernotes verify` on the newest dump of a folder, and watch it.

    Raises:
        PermanentError: it failed; what it says of that goes to standard error.
    """
    environment = os.environ | {"LINERNOTES_HOME": settings.home}
    peak, over, started = [0], threading.Event(), time.perf_counter()
    argv = [*starter(signal.SIGTERM), *_VERIFY, str(source), "--json"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, env=environment) as process:

        def watch() -> None:
            while not over.wait(SAMPLE_EVERY_S):
                peak[0] = max(peak[0], family_memory(process.pid))

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            said, _ = process.communicate()
        except BaseException:
            process.terminate()
            raise
        finally:
            over.set()
        seconds = time.perf_counter() - started
        thread.join()
    try:
        return Verified(msgspec.json.decode(said, type=Report), seconds, peak[0])
    except msgspec.DecodeError as error:
        raise PermanentError(f"linernotes verify ended with code {process.returncode}.") from error
