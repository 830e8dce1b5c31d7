"""A home of every earlier version is opened by this one: as it was, and in the middle of a load."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.earlier_versions import Version, code_of, earlier_versions
from tests.faults.loading import assert_done_and_equal, begin, wait_for_parts
from tests.product import Product

VERSIONS = earlier_versions()
SIZES = {"LINERNOTES_PART_BYTES": "200000", "LINERNOTES_LEASE": "10", "LINERNOTES_SWEEP_SECONDS": "2"}


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="linernotes-upgrade-"))
    folder.chmod(0o755)
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)


def each(*, quick: Version) -> pytest.MarkDecorator:
    """Every version; all but one are left to `make faults`, since each takes a minute."""
    marks = {version: [] if version == quick else [pytest.mark.sweep] for version in VERSIONS}
    return pytest.mark.parametrize(
        "version", [pytest.param(version, marks=marks[version], id=version.name) for version in VERSIONS]
    )


@each(quick=VERSIONS[-1])
def test_a_home_of_an_earlier_version_is_opened_as_it_was(version: Version, home: Path, dump: Path) -> None:
    before, now = Product(home, SIZES, code_of(version, home.parent / "before")), Product(home, SIZES)
    try:
        before.linernotes("up", "--detach", LINERNOTES_PORT="0")
        before.linernotes("load", dump)
    finally:
        before.linernotes("down")
    try:
        said = now.linernotes("up", "--detach", LINERNOTES_PORT="0").stderr
        assert "PostgreSQL is brought up to date: " in said
        assert now.verify(dump)["equal"]
        assert now.query("SELECT show_trgm('Кино') <> '{}'") == [(True,)]
        assert now.query("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [(0,)]
    finally:
        now.linernotes("down")


@each(quick=VERSIONS[0])
def test_a_run_that_an_earlier_version_began_is_ended_by_this_one(version: Version, home: Path, dump: Path) -> None:
    before, now = Product(home, SIZES, code_of(version, home.parent / "before")), Product(home, SIZES)
    try:
        before.linernotes("up", "--detach", LINERNOTES_PORT="0")
        begin(before, dump)
        wait_for_parts(before, 4)
    finally:
        before.linernotes("down")
    try:
        now.linernotes("up", "--detach", LINERNOTES_PORT="0")
        assert now.last_run()["state"] in {"running", "finishing"}
        assert_done_and_equal(now, dump)
    finally:
        now.linernotes("down")
