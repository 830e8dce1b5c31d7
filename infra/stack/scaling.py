"""How many workers each function gets: a pure decision by its queues, by what is fixed, and by what the cores allow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from functions.runtime.function_table import Scaling

#: Seconds until a new worker takes its first message. A queue that empties itself meanwhile needs none.
START_S: Final = 1.0

#: Seconds that a worker too many is kept: parts come in bursts.
SPARE_S: Final = 30.0


class Demand(Struct, frozen=True, kw_only=True):
    """What is known of one function.

    Attributes:
        scaling: its bounds, from the function table.
        is_step: whether it is a step of a run.
        workers: how many it has.
        depth: messages in its queues, those in work among them.
        growth: messages a second by which that has changed lately.
        quiet_s: seconds since there was a message of its own.
        spare_s: seconds since it last had at least as many messages as workers.
        fixed: workers that somebody has asked for; None: as the queues want.
    """

    scaling: Scaling
    is_step: bool
    workers: int
    depth: int
    growth: float = 0.0
    quiet_s: float = 0.0
    spare_s: float = 0.0
    fixed: int | None = None


class Decision(Struct, frozen=True):
    """How many workers a function is to have, and why."""

    workers: int
    reason: str


def decide(demands: Mapping[str, Demand], cores: int, cancel_delay: float) -> dict[str, Decision]:
    """The number of workers of each function.

    Cores are given to the last step first: what is parsed is loaded before more is parsed, and that before more is
    split, so that nothing piles up on disk. Each function that is awake keeps its least number, whatever the cores.

    Args:
        demands: all functions that are scaled, in the order of the work.
        cores: of the machine.
        cancel_delay: seconds without a message after which a function has no worker; the steps of a run count as one.
    """
    quiet = min((one.quiet_s for one in demands.values() if one.is_step), default=0.0)
    free, decisions = float(cores), {}
    for name, demand in reversed(list(demands.items())):
        decision = _decide(demand, quiet if demand.is_step else demand.quiet_s, cancel_delay, cores, free)
        free -= min(decision.workers, demand.depth) * demand.scaling.core_share
        decisions[name] = decision
    return {name: decisions[name] for name in demands}


def _decide(demand: Demand, quiet_s: float, cancel_delay: float, cores: int, free: float) -> Decision:
    if demand.fixed is not None:
        return Decision(demand.fixed, "set by hand")
    if quiet_s >= cancel_delay:
        return Decision(0, f"no message for {cancel_delay:g} s")
    scaling = demand.scaling
    wanted = _wanted(demand, scaling.workers(cores))
    allowed = max(scaling.least, int(free / scaling.core_share))
    if wanted > allowed:
        return Decision(allowed, f"{_messages(demand.depth)}, and the cores allow no more")
    return Decision(wanted, _messages(demand.depth) if demand.depth else "work of its run is on its way")


def _wanted(demand: Demand, most: int) -> int:
    """Between the bounds: a worker for each message; none for what is gone before it starts, none less for a while."""
    coming = min(demand.depth, round(demand.depth + demand.growth * START_S))
    wanted = demand.depth if coming > demand.workers or demand.spare_s >= SPARE_S else demand.workers
    return max(demand.scaling.least, min(wanted, most))


def _messages(count: int) -> str:
    return f"{count} message{'s' * (count != 1)} to handle"
