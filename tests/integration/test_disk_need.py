"""What the disk is said to need, on stores that hold something."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.extract.download.source import find_dump
from functions.runs.begin import LoadOptions
from functions.runs.disk_estimate import derivations_need, disk_need, rebuild_need
from functions.runtime.settings import Settings
from infra.synth import mutate_dump, write_dump
from tests.integration.pipeline import Pipeline, date_of, open_pipeline

FIRST, SECOND = "20260901", "20261001"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two months, the second with one record of a hundred changed."""
    root = tmp_path_factory.mktemp("dumps")
    write_dump(root, releases=1_000, seed=3, dump=FIRST)
    mutate_dump(root, root, changed=0.01, seed=4, dump=SECOND)
    return root


@pytest.fixture
def pipeline(settings: Settings, tmp_path: Path) -> Iterator[Pipeline]:
    """A home without a graph: what other tests have left in the server's files is none of this one's business."""
    with open_pipeline(settings, home=str(tmp_path)) as opened:
        yield opened


def test_a_later_month_needs_its_share_and_a_store_that_is_left_out_nothing(pipeline: Pipeline, source: Path) -> None:
    def stores(dump: str, options: LoadOptions | None = None) -> tuple[int, int]:
        found = find_dump(pipeline.context.settings, str(source), date_of(dump))
        need = disk_need(pipeline.context, found, options or LoadOptions())
        assert need.of("download") == 0
        return need.of("tables"), need.of("graph")

    def derived(dump: str, *, replace: bool = False) -> int:
        found = find_dump(pipeline.context.settings, str(source), date_of(dump))
        return disk_need(pipeline.context, found, LoadOptions(), replace=replace).of("derivations")

    first = derived(FIRST)
    tables, graph = stores(FIRST)
    assert tables > graph > 0
    assert stores(FIRST, LoadOptions(only_store="table")) == (tables, 0)
    assert stores(FIRST, LoadOptions(only_store="graph")) == (0, graph)
    assert stores(FIRST, LoadOptions(entities=("labels",)))[0] < tables / 10
    pipeline.load(source, date_of(FIRST), only_store="table", bulk="auto")
    usual = stores(SECOND)[0]
    assert 0 < derived(SECOND) < 0.2 * first < first == derived(FIRST, replace=True)
    pipeline.query("UPDATE derivations SET version = NULL")
    assert derived(SECOND) > 0.9 * first  # all of it is made again, beside what is read
    assert 0.08 * tables < usual < 0.2 * tables  # twice 5 % where no month is known
    pipeline.load(source, date_of(SECOND), only_store="table")
    assert 0 < stores(SECOND)[0] < usual  # twice what the last month has changed
    assert stores(SECOND, LoadOptions(entities=("releases",)))[0] < stores(SECOND)[0]
    assert rebuild_need(pipeline.context, restored=10**12).of("tables") == 10**12


def test_derivations_that_are_made_again_need_their_room_beside_what_is_read(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source, date_of(SECOND), only_store="table")
    need = derivations_need(pipeline.context, ["release-facts"])
    releases = pipeline.query("SELECT count(*) FROM releases")[0][0]
    assert 100 * releases < need.of("derivations") < 400 * releases
    assert derivations_need(pipeline.context, []).of("derivations") == 0
    assert derivations_need(pipeline.context, ["release-facts"], graph=True).of("graph") == rebuild_need(
        pipeline.context
    ).of("graph")
