"""How many workers each function is to have."""

from __future__ import annotations

import pytest

from functions.registry import FUNCTIONS
from functions.runtime.function_table import Scaling
from infra.stack.scaling import SPARE_S, Demand, decide

DELAY = 300.0


def demands(depths: dict[str, int] | None = None, **changes: object) -> dict[str, Demand]:
    """All functions of the table without workers, with messages in some of their queues."""
    given = depths or {}
    return {
        spec.name: Demand(
            scaling=spec.scaling,
            is_step=spec.is_step,
            workers=changes.get("workers", 0),  # type: ignore[arg-type]
            depth=given.get(spec.name, 0),
            quiet_s=0.0 if given.get(spec.name) else float(changes.get("quiet_s", DELAY)),  # type: ignore[arg-type]
            spare_s=float(changes.get("spare_s", 0.0)),  # type: ignore[arg-type]
        )
        for spec in FUNCTIONS
    }


def numbers(found: dict[str, Demand], cores: int = 2) -> dict[str, int]:
    return {name: decision.workers for name, decision in decide(found, cores, DELAY).items()}


STEPS = [spec.name for spec in FUNCTIONS if spec.is_step]


def test_without_messages_nobody_is_kept_and_a_run_wakes_all_of_its_steps_at_once() -> None:
    assert set(numbers(demands(workers=1)).values()) == {0}
    assert numbers(demands({"download": 1})) == dict.fromkeys(STEPS, 1) | {"derive": 0, "assemble": 0, "embed": 0}
    assert numbers(demands({"derive": 3})) == dict.fromkeys(STEPS, 0) | {"derive": 2, "assemble": 0, "embed": 0}


def test_steps_sleep_together_once_the_last_of_them_had_no_message_for_the_delay() -> None:
    assert numbers(demands({"finish": 1}, workers=1))["download"] == 1
    assert numbers(demands(workers=1, quiet_s=DELAY - 1))["download"] == 1
    assert numbers(demands(workers=1, quiet_s=DELAY))["download"] == 0


def test_a_queue_gets_a_worker_for_each_message_up_to_its_most() -> None:
    assert numbers(demands({"load-table": 1}), cores=16)["load-table"] == 1
    assert numbers(demands({"load-table": 5}), cores=16)["load-table"] == 5
    assert numbers(demands({"load-table": 500}), cores=16)["load-table"] == 8
    assert numbers(demands({"finish": 3}), cores=16)["finish"] == 1


@pytest.mark.parametrize("cores", [1, 2, 4, 8, 16, 64])
def test_cores_go_to_the_loads_first_then_to_parsing_and_to_splitting_last(cores: int) -> None:
    found = numbers(demands(dict.fromkeys(FUNCTIONS.names, 1_000)), cores)
    taken = {name: found[name] * FUNCTIONS.spec(name).scaling.core_share for name in found}
    assert all(found[name] >= 1 for name in found)
    above_least = {name: share for name, share in taken.items() if found[name] > 1}
    assert sum(above_least.values()) <= cores
    full = FUNCTIONS.spec("load-table").scaling.workers(cores)
    assert found["parse-chunk"] == 1 or found["load-table"] == full


def test_a_queue_that_is_empty_before_a_worker_starts_gets_none_more() -> None:
    two = Scaling(most=8)
    falling = Demand(scaling=two, is_step=False, workers=1, depth=3, growth=-5.0)
    steady = Demand(scaling=two, is_step=False, workers=1, depth=3)
    assert numbers({"one": falling}, 16) == {"one": 1}
    assert numbers({"one": steady}, 16) == {"one": 3}


def test_a_worker_too_many_is_kept_for_a_while() -> None:
    spare = Demand(scaling=Scaling(most=8), is_step=False, workers=4, depth=1, spare_s=SPARE_S - 1)
    assert numbers({"one": spare}, 16) == {"one": 4}
    long = Demand(scaling=Scaling(most=8), is_step=False, workers=4, depth=1, spare_s=SPARE_S)
    assert numbers({"one": long}, 16) == {"one": 1}


def test_what_is_fixed_stays_whatever_the_queue_and_the_cores() -> None:
    fixed = Demand(scaling=Scaling(), is_step=True, workers=0, depth=0, quiet_s=DELAY, fixed=7)
    asleep = Demand(scaling=Scaling(), is_step=False, workers=1, depth=9, fixed=0)
    found = decide({"one": fixed, "two": asleep}, 1, DELAY)
    assert {name: one.workers for name, one in found.items()} == {"one": 7, "two": 0}
    assert {one.reason for one in found.values()} == {"set by hand"}


def test_each_decision_has_its_reason() -> None:
    found = decide(demands({"load-table": 9}), 2, DELAY)
    assert found["load-table"].reason == "9 messages to handle"
    assert found["split"].reason == "work of its run is on its way"
    assert decide(demands({"parse-chunk": 9, "load-graph": 9}), 4, DELAY)["parse-chunk"].reason.startswith("9 messages")
    crowded = decide({"one": Demand(scaling=Scaling(most=8), is_step=False, workers=1, depth=9)}, 2, DELAY)
    assert crowded["one"].reason == "9 messages to handle, and the cores allow no more"
    assert decide(demands(workers=1), 2, DELAY)["split"].reason == "no message for 300 s"
