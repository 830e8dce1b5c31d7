"""A benchmark that finds nothing to do prints nothing: every figure is of work that was counted."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import msgspec
import pytest

from infra.bench.cases.parse import time_parse
from infra.bench.harness.figures import NothingToDo, Work, ratio
from infra.bench.harness.result import Result
from tests.product import ROOT

CASES = sorted((ROOT / "infra" / "bench" / "cases").glob("*.py"))


def test_a_rate_and_a_cost_are_of_what_was_done() -> None:
    assert Work(1_000, "releases").rate(4.0) == 250.0
    assert Work(1_000, "releases").each(0.004, 1e6) == 4.0
    assert ratio(3.0, 2.0, "loads") == 1.5


@pytest.mark.parametrize("count", [0, -1, float("nan"), float("inf")])
def test_no_work_has_no_figure(count: float) -> None:
    with pytest.raises(NothingToDo, match=r"found nothing to do: no releases\. It has no figure"):
        Work(count, "releases")


def test_part_of_the_work_has_no_figure_either() -> None:
    with pytest.raises(NothingToDo, match=r"did 3 of 18 indexes built: the rest was done before"):
        Work(3, "indexes built", wanted=18)


@pytest.mark.parametrize("spent", [0.0, -0.1, float("nan")])
def test_work_that_took_nothing_has_no_figure(spent: float) -> None:
    for measure in (Work(5, "releases").rate, Work(5, "releases").each, lambda it: ratio(it, 1.0, "releases")):
        with pytest.raises(NothingToDo, match="its releases took"):
            measure(spent)


@pytest.mark.parametrize("unit", ["releases/s", "µs a release", "s", "MB", "bytes a release", "% of a core"])
def test_no_figure_is_none_of_what_all_work_takes(unit: str) -> None:
    for value in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(NothingToDo, match=r"secondary indexes came out as"):
            Result("secondary indexes", value, unit)
    with pytest.raises(NothingToDo):
        Result("secondary indexes", 1.0, unit, "others", 0.0)
    with pytest.raises(NothingToDo):  # as another process has printed it
        msgspec.json.decode(f'{{"figure": "it", "value": 0, "unit": "{unit}"}}', type=Result)


@pytest.mark.parametrize("unit", ["differences", "sockets", "records", "elements"])
def test_that_there_are_none_of_what_is_counted_is_a_figure(unit: str) -> None:
    assert Result("found", 0, unit).value == 0
    with pytest.raises(NothingToDo):
        Result("found", float("nan"), unit)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_no_case_divides_by_itself(path: Path) -> None:
    """Neither by a time, nor by how many records it was asked for."""
    divided = re.findall(
        r"[^/\n]*[^/] / (?:\w+\.)*(?:wall|seconds|releases|messages|count|total)\b.*", path.read_text()
    )
    allowed = ("work.count",)
    assert [line for line in divided if not any(name in line for name in allowed)] == []


def test_a_file_without_records_ends_the_parser_s_benchmark(tmp_path: Path) -> None:
    path = tmp_path / "releases.xml.gz"
    path.write_bytes(gzip.compress(b"<releases>\n</releases>\n"))
    with pytest.raises(NothingToDo, match="no releases parsed"):
        time_parse("lxml", "releases", path)
