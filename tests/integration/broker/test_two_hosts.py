"""Dumps on the cluster profile over two worker hosts, one of which is cut off for a while in the middle of a run."""

from __future__ import annotations

import os
import time

import pytest

from infra.synth import write_dump
from tests.integration.broker.cluster import Cluster

SWEEPS = os.environ.get("LINERNOTES_SWEEPS") == "1"
#: Twice the lease of a part in the gate.
CUT_S = 20 if SWEEPS else 12
RELEASES, PART_BYTES = (20_000, 1_000_000) if SWEEPS else (600, 70_000)
DONE_S = 1_200 if SWEEPS else 600

pytestmark = pytest.mark.timeout(DONE_S + 300)


def test_the_network_of_a_host_is_cut_for_a_while_and_its_clock_is_ahead(working: Cluster, tmp_path) -> None:
    write_dump(tmp_path, releases=RELEASES, seed=5, dump="20260901")
    working.begin(working.publish(tmp_path, "september"), parts=5)
    working.second.cut()
    time.sleep(CUT_S)
    working.second.mend()
    working.until_done(DONE_S)
    working.assert_equal(tmp_path)


@pytest.mark.sweep
def test_slices_of_real_dumps_load_one_after_the_other(working: Cluster, samples) -> None:
    """The old form, then today's, which has no labels, and none of most records of six years before."""
    for year in ("2020", "2026"):
        working.begin(working.publish(samples / "data" / year, year), "--accept-collapsed", "--accept-deletions")
        working.until_done(DONE_S)
        working.assert_equal(samples / "data" / year)
