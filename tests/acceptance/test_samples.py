"""Slices of real dumps, of the old and the new form."""

from __future__ import annotations

import pytest

NOTHING = {"parts": 0, "rows": 0, "nodes": 0, "edges": 0}


@pytest.fixture(scope="module", params=["2020", "2026"])
def sample(request, product, samples):
    """One sample, loaded into empty stores."""
    folder = samples / "data" / request.param
    product.linernotes("reset", "--yes")
    product.linernotes("load", folder)
    return folder


def test_every_record_is_in_both_stores(product, sample):
    assert product.last_run()["state"] == "done"
    assert product.verify(sample)["equal"]


def test_loading_it_again_parses_and_writes_nothing(product, sample):
    product.linernotes("load", sample)
    assert product.last_run()["written"] == NOTHING


def test_six_years_later_stops_at_the_share_limit_and_goes_on_when_accepted(product, samples):
    product.linernotes("reset", "--yes")
    product.linernotes("load", samples / "data" / "2020")
    stopped = product.linernotes("load", samples / "data" / "2026", code=1)
    assert "--accept-deletions" in stopped.stderr
    assert product.last_run()["state"] == "stopped"
    assert product.query("SELECT count(*) FROM tombstones") == [(0,)]
    product.linernotes("load", samples / "data" / "2026", "--accept-deletions")
    assert product.verify(samples / "data" / "2026")["equal"]
    assert product.query("SELECT count(*) FROM tombstones") != [(0,)]
