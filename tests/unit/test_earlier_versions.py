"""No release is left out of the test that opens its home: a checkout may be without tags."""

from __future__ import annotations

import re

from tests.earlier_versions import listed_versions
from tests.product import ROOT


def test_every_released_version_is_listed() -> None:
    headings = re.findall(r"^## (\S+?)(,? unreleased)?$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    released = {f"v{name.strip(',')}" for name, unreleased in headings[1:] if not unreleased}
    assert headings
    assert sorted(released - {version.name for version in listed_versions()}) == []


def test_the_list_names_whole_commits() -> None:
    assert [version for version in listed_versions() if not re.fullmatch("[0-9a-f]{40}", version.commit)] == []
