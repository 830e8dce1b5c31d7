"""Which processes the embedded stack keeps beside its servers, and how many of each."""

from __future__ import annotations

from functions.registry import FUNCTIONS
from functions.runtime.errors import SettingError
from functions.runtime.function_table import FunctionSpec
from functions.runtime.settings import Settings
from infra.stack.child import Child
from infra.stack.programs import python_module

_SCHEDULER, _GATEWAY = "scheduler", "gateway"


def children(settings: Settings) -> list[Child]:
    """The workers of every function, the scheduler and the gateway."""
    fixed = fixed_counts(settings.workers)
    return [
        *(_worker(spec, fixed.get(spec.name), preloaded=settings.preload) for spec in FUNCTIONS),
        *(Child(name=name, argv=_argv(name), preloaded=settings.preload) for name in (_SCHEDULER, _GATEWAY)),
    ]


def fixed_counts(text: str) -> dict[str, int]:
    """The workers that a setting such as `split=1,parse-chunk=2` asks for, by function.

    Raises:
        SettingError: the setting names no function, or no number.
    """
    counts = {}
    for entry in filter(None, (entry.strip() for entry in text.split(","))):
        name, _, number = entry.partition("=")
        if name not in FUNCTIONS.names or not (number.isdecimal() and len(number) < 5):
            raise SettingError(
                f"LINERNOTES_WORKERS has {entry!r}: give function=number, with functions {', '.join(FUNCTIONS.names)}."
            )
        counts[name] = int(number)
    return counts


def _worker(spec: FunctionSpec, fixed: int | None, *, preloaded: bool) -> Child:
    return Child(
        name=spec.name,
        argv=python_module("infra.stack.worker_main", spec.name),
        count=fixed or 0,
        fixed=fixed is not None,
        grace=spec.stop_limit_s,
        scaling=spec.scaling,
        queues=spec.queues,
        is_step=spec.is_step,
        preloaded=preloaded,
    )


def _argv(*words: str) -> list[str]:
    return python_module("infra.cli.main", "run", *words)
