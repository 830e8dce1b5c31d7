"""The next month of a generated dump: its list of changes says what a comparison of the two dumps finds."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree

from functions.runtime.errors import RefusedError, SourceError
from infra.synth import is_synthetic, mutate_dump, write_dump
from infra.synth.month_plan import next_month
from tests.unit.synth_dump import ENTITIES, Records, changes, edges, path, raw, record_id, records

MONTHS = ("20260901", "20261001", "20261101", "20261201")


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four months below one root; the third is made from a mutated one and has records that came back."""
    root = tmp_path_factory.mktemp("months")
    write_dump(root, releases=1500, seed=1)
    for seed in range(3):
        mutate_dump(root, root, changed=0.02, seed=seed)
    return root


def _differences(before: Records, after: Records) -> tuple[list[int], list[int], list[int]]:
    both = before.keys() & after.keys()
    changed = [key for key in both if etree.tostring(before[key]) != etree.tostring(after[key])]
    return sorted(changed), sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())


@pytest.mark.parametrize("month", MONTHS[1:])
@pytest.mark.parametrize("entity", ENTITIES)
def test_the_list_of_changes_agrees_with_a_comparison_of_the_dumps(months: Path, month: str, entity: str) -> None:
    earlier = MONTHS[MONTHS.index(month) - 1]
    before, after = records(months, earlier, entity), records(months, month, entity)
    changed, arrived, gone = _differences(before, after)
    told = changes(months, month)[entity]
    assert told["changed"] == changed
    assert sorted(told["new"] + told["returned"]) == arrived
    assert told["removed"] == gone
    assert changed
    assert told["new"]
    assert gone
    assert told["repaired"] == []


def test_ids_still_ascend(months: Path) -> None:
    for entity in ENTITIES:
        ids = list(records(months, MONTHS[-1], entity))
        assert ids == sorted(ids)


@pytest.mark.parametrize("entity", ENTITIES)
def test_what_is_said_to_keep_its_edges_keeps_them(months: Path, entity: str) -> None:
    other = 0
    for earlier, month in pairwise(MONTHS):
        before, after = records(months, earlier, entity), records(months, month, entity)
        told = changes(months, month)[entity]
        assert set(told["same_edges"]) <= set(told["changed"])
        for key in told["changed"]:
            same = edges(entity, before[key]) == edges(entity, after[key])
            assert same or key not in told["same_edges"]
            other += not same
    assert other


def test_records_that_went_come_back_as_they_were(months: Path) -> None:
    came_back = 0
    for entity in ENTITIES:
        first = records(months, MONTHS[0], entity)
        for month in MONTHS[2:]:
            told = changes(months, month)[entity]
            gone = {key for m in MONTHS[1:-1] if m < month for key in changes(months, m)[entity]["removed"]}
            assert set(told["returned"]) <= gone
            assert told["returned"]
            came_back += sum(record_id(first[key]) == key for key in told["returned"] if key in first)
    assert came_back


def test_references_to_what_went_dangle_in_some_and_are_cleaned_in_others(months: Path) -> None:
    gone = {str(key) for key in changes(months, MONTHS[1])["artists"]["removed"]}
    text = raw(months, MONTHS[1], "releases").decode() + raw(months, MONTHS[1], "artists").decode()
    earlier = raw(months, MONTHS[0], "releases").decode() + raw(months, MONTHS[0], "artists").decode()

    def named(key: str, xml: str) -> bool:
        return f"<id>{key}</id><name>" in xml or f'<name id="{key}">' in xml

    known = {key for key in gone if named(key, earlier)}
    dangling = {key for key in known if named(key, text)}
    assert dangling
    assert known - dangling


def test_a_month_made_twice_is_the_same(months: Path, tmp_path: Path) -> None:
    mutate_dump(months, tmp_path / "a", changed=0.03, seed=9)
    mutate_dump(months, tmp_path / "b", changed=0.03, seed=9)
    files = sorted(file.relative_to(tmp_path / "a") for file in (tmp_path / "a").rglob("*") if file.is_file())
    assert len(files) == 7
    assert all((tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes() for file in files)


def test_nothing_but_arrivals_changes_when_no_share_is_to_change(months: Path, tmp_path: Path) -> None:
    summary = mutate_dump(months, tmp_path, changed=0.0, seed=1, dump="20270115")
    assert summary.dump == "20270115"
    assert summary.changes is not None
    assert summary.changes["releases"]["removed"] == 1
    assert summary.changes["releases"]["new"] == 15


def test_a_mutated_month_is_marked_and_summed(months: Path) -> None:
    for month in MONTHS:
        assert is_synthetic(months, month)
        assert len(path(months, month, "CHECKSUM.txt").read_text().splitlines()) == 4
    mark = json.loads(path(months, MONTHS[-1], "SYNTHETIC.json").read_text())
    assert mark["generator"] == "linernotes synth"
    assert mark["made_from"] == MONTHS[-2]


def test_a_month_of_edits_alone_has_the_ids_of_the_month_before(months: Path, tmp_path: Path) -> None:
    mutate_dump(months, tmp_path, changed=0.02, seed=9, dump="20270101", edits_only=True)
    for entity in ENTITIES:
        before, after = records(months, MONTHS[-1], entity), records(tmp_path, "20270101", entity)
        told = changes(tmp_path, "20270101")[entity]
        assert _differences(before, after) == (told["changed"], [], [])
        assert told["new"] == told["returned"] == told["removed"] == []
    assert len(told["changed"]) == pytest.approx(0.02 * len(before), rel=0.5)


def test_damage_of_the_month_before_is_repaired(tmp_path: Path) -> None:
    write_dump(tmp_path, releases=600, seed=1, damage=True)
    summary = mutate_dump(tmp_path, tmp_path, changed=0.01, seed=1)
    assert summary.changes is not None
    assert summary.changes["releases"]["repaired"] == 8
    for entity in ENTITIES:
        assert len(records(tmp_path, MONTHS[1], entity)) == summary.entities[entity].records


def test_damage_can_be_asked_for_in_the_next_month(tmp_path: Path) -> None:
    write_dump(tmp_path, releases=600, seed=1)
    mutate_dump(tmp_path, tmp_path, changed=0.01, seed=1, damage=True)
    told = changes(tmp_path, MONTHS[1])["releases"]
    assert len(told["damaged"]) == 8
    listed = {key for name in ("changed", "new", "removed", "returned") for key in told[name]}
    assert not listed & {int(key) for key in told["damaged"]}
    with pytest.raises(etree.XMLSyntaxError):
        records(tmp_path, MONTHS[1], "releases")


def test_a_folder_without_a_generated_dump_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no dump made by"):
        mutate_dump(tmp_path, tmp_path, changed=0.01, seed=1)


def test_a_missing_file_and_a_date_that_is_not_later_are_refused(tmp_path: Path) -> None:
    write_dump(tmp_path, releases=20, seed=1)
    with pytest.raises(SourceError, match="is not after 20260901"):
        mutate_dump(tmp_path, tmp_path, changed=0.01, seed=1, dump="20260901")
    path(tmp_path, MONTHS[0], "masters.xml.gz").unlink()
    with pytest.raises(SourceError, match=r"masters\.xml\.gz is missing"):
        mutate_dump(tmp_path, tmp_path, changed=0.01, seed=1)


def test_a_first_month_is_not_written_before_later_ones(months: Path) -> None:
    with pytest.raises(RefusedError, match="later generated month 2026"):
        write_dump(months, releases=20, seed=1)


def test_after_december_comes_january() -> None:
    assert next_month("20261201") == "20270101"
    assert next_month("20260115") == "20260201"
