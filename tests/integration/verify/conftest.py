"""Stores filled with a small dump, filled again for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.runtime.settings import Settings
from tests.integration.verify.stores import Filled, documents_of, write_dump


@pytest.fixture(scope="module")
def both(settings: Settings) -> Iterator[Filled]:
    filled = Filled(settings)
    yield filled
    filled.close()


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return write_dump(tmp_path / "dump")


@pytest.fixture
def filled(both: Filled, dump: Path) -> Filled:
    both.fill(documents_of(dump))
    return both
