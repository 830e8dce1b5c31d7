"""`linernotes bench all`: most benchmarks, at the size that docs/performance.md quotes, each by its own command."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Final

import msgspec

from infra.bench.harness.result import Result
from infra.stack.process import starter
from infra.stack.programs import python_module

#: The options of each benchmark; behind `|`, those that make it quick. Each option has a value.
_ALL: Final = (
    "parse --engine native --against discogskit | --releases 2000",
    "parse --engine lxml | --releases 2000",
    "split --engine native --releases 700000 | --releases 2000",
    "split --engine lxml --releases 100000 | --releases 2000",
    "download | --megabytes 16",
    "load --releases 100000 --against discogskit | --releases 2000",
    "copy | --releases 2000",
    "graph --releases 50000 | --releases 2000",
    "graph --server neo4j --releases 50000 | --releases 2000",
    "graph --strategy bulk --releases 400000 | --releases 2000",
    "derive --releases 100000 | --releases 2000",
    "embed --records 100000 | --records 2000",
    "lookup --releases 200000 | --releases 2000",
    "profiles --releases 200000 | --releases 2000",
    "gateway --releases 100000 | --releases 2000 --sockets 50 --seconds 5",
    "samples",
    "pages --releases 20000 | --releases 2000",
    "broker --messages 5000 | --messages 100",
    "autoscale --releases 60000 | --releases 8000",
    "cluster --server neo4j --releases 20000 | --releases 2000",
    "wake --releases 400000 | --releases 2000",
    "idle --releases 20000 | --releases 2000 --minutes 0",
    "supernode --sizes 50000,1000000,4000000 | --sizes 1000,2000",
    "pipeline --releases 100000 | --releases 2000",
    "pipeline --server neo4j --releases 400000 | --releases 2000",
    "diff --releases 400000 | --releases 2000",
    "scale --sizes 40000,80000,160000,400000 | --sizes 1000,2000,4000",
    "scale --server neo4j --sizes 40000,160000,400000 | --sizes 1000,2000",
)
_LAST_LINES: Final = 20
_BENCH: Final = python_module("infra.cli.main", "bench")


@dataclass
class Section:
    """A benchmark, what it printed, and why it did not come to its end if it did not."""

    command: tuple[str, ...]
    results: list[Result] = field(default_factory=list)
    problem: str = ""

    @property
    def title(self) -> str:
        """The command that prints these figures."""
        return " ".join(("linernotes bench", *self.command))

    def run(self) -> Iterator[Result]:
        """Run it in a process of its own, so that one that breaks leaves the others alone."""
        last: deque[str] = deque(maxlen=_LAST_LINES)
        argv = [*starter(signal.SIGTERM), *_BENCH, *self.command, "--json"]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018 - both were asked for
            thread = threading.Thread(target=_pass_on, args=(process.stderr, last), daemon=True)
            thread.start()
            try:
                for line in process.stdout:
                    result = msgspec.json.decode(line, type=Result)
                    self.results.append(result)
                    yield result
            except BaseException:
                process.terminate()  # nobody reads on: it ends its stack
                raise
            thread.join()
        if process.returncode:
            self.problem = reason(last) or f"it ended with code {process.returncode}"


def sections(*, quick: bool) -> list[Section]:
    """Every benchmark, at full size or small."""
    return [Section(_command(line, quick=quick)) for line in _ALL]


def reason(lines: Sequence[str]) -> str:
    """The last thing that a command said before it ended, without the frames of the terminal."""
    said = [line.strip(" │╭╰─╮╯\n") for line in lines if not line.startswith(("{", "…"))]
    return next((line.removeprefix("error: ") for line in reversed(said) if line), "")


def _command(line: str, *, quick: bool) -> tuple[str, ...]:
    full, _, small = line.partition("|")
    name, *options = full.split()
    values = _pairs(options) | (_pairs(small.split()) if quick else {})
    return (name, *(word for pair in values.items() for word in pair))


def _pairs(options: Sequence[str]) -> dict[str, str]:
    return dict(zip(options[::2], options[1::2], strict=True))


def _pass_on(stream: IO[str], last: deque[str]) -> None:
    for line in stream:
        last.append(line)
        sys.stderr.write(line)
        sys.stderr.flush()
