"""A home in the middle of a load survives an update: a run that an earlier version began is ended by this one."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from tests.faults.loading import assert_done_and_equal, begin, wait_for_parts
from tests.product import ROOT, Product

#: The last commit under the names of before: modules, classes and log messages were called otherwise, and nothing that
#: lies in a home, a store or a queue.
BEFORE = "f7f184d"


@pytest.fixture
def code_of_before(tmp_path: Path) -> Path:
    """That commit's code, as git has it."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")
    packed = subprocess.run([git, "archive", BEFORE], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip(f"this checkout has no commit {BEFORE}")
    folder = tmp_path / "before"
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="linernotes-upgrade-"))
    folder.chmod(0o755)
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)


def test_a_run_that_an_earlier_version_began_is_ended_by_this_one(code_of_before: Path, home: Path, dump: Path) -> None:
    sizes = {"LINERNOTES_PART_BYTES": "200000", "LINERNOTES_LEASE": "10", "LINERNOTES_SWEEP_SECONDS": "2"}
    before, now = Product(home, sizes, code_of_before), Product(home, sizes)
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
