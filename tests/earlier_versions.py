"""The code of earlier versions: those that are listed, and whatever else git has a tag of."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.product import ROOT

LISTED = ROOT / "tests" / "acceptance" / "versions.txt"


class Version(NamedTuple):
    """A version and the commit that it is."""

    name: str
    commit: str


def listed_versions() -> list[Version]:
    """Those of the list, oldest first."""
    lines = [line.split() for line in LISTED.read_text().splitlines() if not line.startswith("#")]
    return [Version(name, commit) for name, commit in lines]


def earlier_versions() -> list[Version]:
    """Those of the list, and tags that it does not have, oldest first; a tag of this commit is no earlier version."""
    listed = listed_versions()
    form = "--format=%(refname:short) %(*objectname) %(objectname)"
    tagged = _git("for-each-ref", "--sort=creatordate", "--no-contains=HEAD", form, "refs/tags/v*").splitlines()
    known = {version.commit for version in listed}
    tags = [Version(name, commits[0]) for name, *commits in map(str.split, tagged)]
    return [*listed, *(tag for tag in tags if tag.commit not in known)]


def code_of(version: Version, folder: Path) -> Path:
    """The code of a version, from this checkout or, where that is shallow, from where it came.

    The test is skipped where this is no checkout; in CI a checkout has to reach every version.
    """
    if not _git("rev-parse", "--git-dir"):
        pytest.skip("this is no checkout with git")
    packed = _archive(version)
    if not packed and _git("remote"):
        _git("fetch", "--quiet", "--depth=1", _git("remote").split()[0], version.commit)
        packed = _archive(version)
    if not packed:
        assert os.environ.get("CI") != "true", f"CI has to fetch the commit {version.commit}, which is {version.name}"
        pytest.skip(f"this checkout has no commit {version.commit}, which is {version.name}")
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def _archive(version: Version) -> bytes:
    git = shutil.which("git") or "git"
    return subprocess.run([git, "archive", version.commit], cwd=ROOT, capture_output=True, check=False).stdout


def _git(*words: str) -> str:
    """What git says; nothing where there is none, or it fails."""
    git = shutil.which("git")
    if git is None:
        return ""
    done = subprocess.run([git, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
