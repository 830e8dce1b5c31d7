"""What samples an installation: the history's own sources, and the verdict of the health checks."""

from __future__ import annotations

from functools import partial
from typing import Final

from functions.metrics_history.sampler import Sampler, Source, sources_of
from functions.metrics_history.write import SAMPLE_S
from functions.operations.health import read_health
from functions.runtime.stores.context import Context

#: Samples from one verdict to the next: to reach it takes as much as some samples.
_HEALTH_EVERY: Final = 120 // SAMPLE_S


def sampler_of(context: Context) -> Sampler:
    """Takes a sample of everything whenever it is called."""
    health = Source(partial(health_figures, context), every=_HEALTH_EVERY)
    return Sampler(context, [*sources_of(context), health])


def health_figures(context: Context) -> dict[str, float]:
    """How many health checks say that something is `bad`, and that it should be watched (`warn`)."""
    levels = [check.level for check in read_health(context)]
    return {"health/bad": levels.count("bad"), "health/warn": levels.count("warn")}
