"""Slices of real dumps, of the old and the new form."""

from __future__ import annotations

import pytest

from functions.runtime.entities import ENTITIES

NOTHING = {"parts": 0, "rows": 0, "nodes": 0, "edges": 0}


def exit_code(folder):
    """Of loading it: 3 where it has no file of some entity."""
    return 0 if len(list(folder.glob("*.xml.gz"))) == len(ENTITIES) else 3


@pytest.fixture(scope="module", params=["2020", "2026"])
def sample(request, product, samples):
    """One sample, loaded into empty stores."""
    folder = samples / "data" / request.param
    product.linernotes("reset", "--yes")
    product.linernotes("load", folder, code=exit_code(folder))
    return folder


def test_every_record_is_in_both_stores(product, sample):
    assert product.last_run()["state"] == "done"
    assert product.verify(sample)["equal"]


def test_loading_it_again_parses_and_writes_nothing(product, sample):
    product.linernotes("load", sample, code=exit_code(sample))
    assert product.last_run()["written"] == NOTHING


def test_six_years_later_stops_at_each_limit_and_goes_on_when_accepted(product, samples):
    old, new = (samples / "data" / year for year in ("2020", "2026"))
    product.linernotes("reset", "--yes")
    product.linernotes("load", old, code=exit_code(old))
    accepted: list[str] = []
    for limit in ("--accept-collapsed", "--accept-deletions"):
        stopped = product.linernotes("load", new, *accepted, code=4)
        assert limit in stopped.stderr
        assert product.last_run()["state"] == "stopped"
        assert product.query("SELECT count(*) FROM tombstones") == [(0,)]
        accepted.append(limit)
    product.linernotes("load", new, *accepted, code=exit_code(new))
    assert product.verify(new)["equal"]
    assert product.query("SELECT count(*) FROM tombstones") != [(0,)]
