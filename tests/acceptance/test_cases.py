"""Every odd dump of the table, loaded and verified through the command line: both engines, both strategies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from functions.runtime.entities import ENTITIES
from tests.acceptance.cases.dumps import OCTOBER, SEPTEMBER
from tests.acceptance.cases.table import CASES, Case
from tests.product import Product

#: Engine and `--bulk`. The gate takes the first pair, and the second one for what depends on the engine; `make faults`
#: all four.
PAIRS = [("native", "auto"), ("lxml", "no"), ("native", "no"), ("lxml", "auto")]
ALL = os.environ.get("LINERNOTES_SWEEPS") == "1"
ROWS = [
    pytest.param(name, *pair, id=f"{name}, {pair[0]}, bulk {pair[1]}")
    for name, case in CASES.items()
    for pair in (PAIRS if ALL else PAIRS[: 1 + case.is_of_records])
]


@pytest.mark.parametrize(("name", "engine", "bulk"), ROWS)
def test_an_odd_dump_comes_to_what_the_table_says(
    product: Product, tmp_path: Path, name: str, engine: str, bulk: str
) -> None:
    case = CASES[name]
    folder = tmp_path / "dump"
    for number, build in enumerate(case.builds):
        build(folder)
        said = load(product, folder, number, engine, bulk, code=case.code if build is case.builds[-1] else 0)
    for sentence in case.sentences:
        assert sentence in said
    compare_stores(product, case)
    compare_verify(product, case, folder, tmp_path)


def load(product: Product, folder: Path, number: int, engine: str, bulk: str, code: int) -> str:
    """Load a month, the first one into empty stores; what the command said."""
    empty = ("--replace", "--yes") if number == 0 else ()
    dump = ("--dump", (SEPTEMBER, OCTOBER)[number])
    done = product.linernotes("load", folder, *dump, *empty, "--engine", engine, "--bulk", bulk, code=code)
    return done.stderr


def compare_stores(product: Product, case: Case) -> None:
    counts = " UNION ALL ".join(f"SELECT {n}, count(*) FROM {entity}" for n, entity in enumerate(ENTITIES))  # noqa: S608
    if case.state:
        assert tuple(count for _, count in sorted(product.query(counts))) == case.rows
        assert product.query("SELECT state FROM runs ORDER BY id DESC LIMIT 1") == [(case.state,)]
    if case.rejected >= 0:
        assert product.query("SELECT count(*) FROM quarantine") == [(case.rejected,)]
    assert product.query("SELECT count(*) FROM parts WHERE state = 'dead'") == [(0,)]
    if case.rejected:
        assert case.reason in product.linernotes("quarantine", "list").stdout
    assert product.query("SELECT count(*) FROM tombstones") == [(0,)]


def compare_verify(product: Product, case: Case, folder: Path, tmp_path: Path) -> None:
    if case.code in {2, 4}:
        return
    dump = (SEPTEMBER, OCTOBER)[len(case.builds) - 1]
    report = product.json("verify", folder, "--dump", dump, "--json", code=1 if case.unread else 0)
    found = {kind: one["examples"] for kind, one in report["differences"].items() if one["count"]}
    assert report["equal"] is not bool(case.unread)
    assert all(case.unread in example for examples in found.values() for example in examples)
    if case.other:
        other = tmp_path / "other"
        case.other(other)
        assert not product.json("verify", other, "--json", code=1)["equal"]
