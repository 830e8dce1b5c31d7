"""Which processes the embedded stack keeps beside its servers, and how many of each."""

from __future__ import annotations

import os

from functions.registry import FUNCTIONS
from functions.runtime.errors import SettingError
from functions.runtime.settings import Settings
from infra.stack.programs import python_module
from infra.stack.supervisor import Child

_SCHEDULER, _GATEWAY = "scheduler", "gateway"


def children(settings: Settings) -> list[Child]:
    """The worker processes of every function, the scheduler and the gateway."""
    counts = worker_counts(settings.workers, os.cpu_count() or 1)
    workers = [Child(name=name, argv=_argv("worker", name), count=count) for name, count in counts.items()]
    return [
        *workers,
        Child(name=_SCHEDULER, argv=_argv(_SCHEDULER)),
        Child(name=_GATEWAY, argv=_argv(_GATEWAY)),
    ]


def worker_counts(text: str, cores: int) -> dict[str, int]:
    """How many workers each function gets: by the function table, and by a setting such as `split=1,parse-chunk=2`.

    Raises:
        SettingError: the setting names no function, or no number.
    """
    counts = {spec.name: spec.scaling.workers(cores) for spec in FUNCTIONS}
    for entry in filter(None, (entry.strip() for entry in text.split(","))):
        name, _, number = entry.partition("=")
        if name not in counts or not number.isdigit():
            raise SettingError(
                f"LINERNOTES_WORKERS has {entry!r}: give function=number, with functions {', '.join(counts)}."
            )
        counts[name] = int(number)
    return counts


def _argv(*words: str) -> list[str]:
    return python_module("infra.cli.main", "run", *words)
