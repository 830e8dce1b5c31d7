"""What the tests of faults share: beginning a load, waiting for a point in it, and how it must end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psycopg

from functions.registry import FUNCTIONS
from functions.runtime.errors import StoreUnavailable
from functions.runtime.messaging.queue_admin import queue_stats
from functions.runtime.stores.context import ping_graph, prepare_context
from tests.product import Product

#: How often what depends on chance is run, each time with another seed.
ROUNDS = int(os.environ.get("LINERNOTES_FAULT_ROUNDS", "1"))

_DERIVED_LEFT = """
    SELECT (SELECT count(*) FROM derivation_work) + (SELECT count(*) FROM document_changes)
         + (SELECT count(*) FROM derivations WHERE caught_up_at IS NULL)
         + (SELECT 1 - least(count(*), 1) FROM derivations)"""

#: Releases whose facts are not those of their rows.
_OTHER_FACTS = """
    SELECT id FROM releases r FULL JOIN release_facts f USING (id)
    WHERE r.hash IS NULL OR f.genres IS NULL OR (r.year, r.country) IS DISTINCT FROM (f.year::integer, f.country)"""

#: A file in the home: once it is there, what hangs on purpose hangs no more.
HEALED = "healed"


def begin(product: Product, dump: Path, *words: str, bulk: str = "no") -> None:
    """Begin to load without waiting, as an incremental load, which has more steps to break off in."""
    product.linernotes("load", dump, "--no-wait", "--bulk", bulk, *words)


def parts_done(product: Product) -> int:
    """How many parts are done; 0 while PostgreSQL is down."""
    try:
        [(count,)] = product.query("SELECT count(*) FROM parts WHERE state = 'done'")
    except psycopg.OperationalError:
        return 0
    return int(count)


def wait_for_parts(product: Product, count: int) -> None:
    """Wait until so many parts are done."""
    product.wait_until(lambda: parts_done(product) >= count, f"part {count}")


def wait_for_graph(product: Product) -> None:
    """Wait until the graph answers."""

    def answers() -> bool:
        try:
            with prepare_context(product.settings, FUNCTIONS) as context:
                ping_graph(context)
        except StoreUnavailable:
            return False
        return True

    product.wait_until(answers, "an answer of the graph")


def depths(product: Product, kind: str) -> dict[str, int]:
    """How many messages lie where (`ready`, `delayed`, `unacked`, `dead`), by queue; none is left out but zero."""
    found = {figure.name: getattr(figure, kind) for figure in queue_stats(product.settings, FUNCTIONS.queues)}
    return {name: count for name, count in found.items() if count}


def derived_left(product: Product) -> int:
    """How many documents or batches wait for a derivation, or derivations to be planned."""
    try:
        [(left,)] = product.query(_DERIVED_LEFT)
    except psycopg.OperationalError:
        return 1
    return int(left)


def assert_done_and_equal(product: Product, dump: Path) -> Any:
    """The run ends well, and the stores hold the dump."""
    run = product.wait_for_end()
    assert run["state"] == "done", run
    report = product.json("verify", dump, "--json", code=None)
    assert report["equal"], report
    product.wait_until(lambda: not derived_left(product), "the end of the derivations")
    assert product.query(_OTHER_FACTS) == []
    return run
