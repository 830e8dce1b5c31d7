"""What memory a stack may use, and what is said where it is too little."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from infra.stack.machine_memory import memory_limit, memory_shortage, usual_heap

MACHINE = psutil.virtual_memory().total


def group(tmp_path: Path, lines: str, **limits: str) -> int:
    """The limit as these files of control groups say it; `__` in a name stands for a slash."""
    (tmp_path / "own").write_text(lines)
    for name, text in limits.items():
        path = tmp_path / "groups" / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    return memory_limit(tmp_path / "own", tmp_path / "groups")


@pytest.mark.parametrize("lines", ["0::/a/b\n", "1:cpu:/\n0::/a/b\n"])
def test_the_least_limit_of_the_groups_around_counts(tmp_path: Path, lines: str) -> None:
    limits = {"a__b__memory_DOT_max": "max", "a__memory_DOT_max": "2000000", "memory_DOT_max": "3000000"}
    assert group(tmp_path, lines, **limits) == 2_000_000


def test_groups_of_the_older_version_have_a_tree_for_memory(tmp_path: Path) -> None:
    limits = {"memory__a__memory_DOT_limit_in_bytes": "1000000", "a__memory_DOT_limit_in_bytes": "5"}
    assert group(tmp_path, "4:memory:/a\n0::/\n", **limits) == 1_000_000


@pytest.mark.parametrize("lines", ["", "0::/a\n", "3:cpu,cpuacct:/\n"])
def test_without_a_limit_the_machine_is_what_counts(tmp_path: Path, lines: str) -> None:
    assert group(tmp_path, lines, a__memory_DOT_max="max", memory__memory_DOT_limit_in_bytes="9" * 19) == MACHINE


def test_a_small_machine_has_a_smaller_heap_and_is_told_what_a_load_takes() -> None:
    sizes = (2_000_000_000, 5_900_000_000, 6_000_000_000, 11_900_000_000, 12_000_000_000)
    assert [usual_heap(memory) for memory in sizes] == ["512m", "512m", "1g", "1g", "1800m"]
    assert [usual_heap(memory, batches=False) for memory in sizes] == ["512m", "512m", "1g", "1g", "1g"]
    assert memory_shortage(4_400_000_000, "1g") == memory_shortage(4_000_000_000, "512m") == ""
    said = memory_shortage(2_000_000_000, "512m")
    assert said.startswith("2.0 GB of memory are here, and a load takes up to")
    assert "LINERNOTES_GRAPH_MEMORY" not in said
    assert "LINERNOTES_GRAPH_MEMORY=512m saves 0.7 GB" in memory_shortage(2_000_000_000, "1g")
    assert "LINERNOTES_GRAPH_MEMORY=512m saves 2.3 GB" in memory_shortage(5_000_000_000, "1800m")
