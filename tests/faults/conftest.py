"""One product for all faults of real processes, emptied and if need be started again before each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.stack.stack_client import stack_status
from infra.synth import write_dump
from tests.product import Product, running_product


@pytest.fixture(scope="session")
def started() -> Iterator[Product]:
    """A product that cuts small parts and notices lost messages soon."""
    with running_product(
        LINERNOTES_PART_BYTES="70000",
        LINERNOTES_PENDING_PARTS="100",
        LINERNOTES_LEASE="3",
        LINERNOTES_SWEEP_SECONDS="1",
        LINERNOTES_HEARTBEAT_MS="3000",
        LINERNOTES_MIN_BACKOFF_MS="200",
        LINERNOTES_MAX_BACKOFF_MS="2000",
    ) as product:
        yield product


@pytest.fixture
def product(started: Product) -> Product:
    """The product, up and empty."""
    if not stack_status(started.home).up:
        started.linernotes("up", "--detach", LINERNOTES_PORT="0")
    started.linernotes("reset", "--yes")
    return started


@pytest.fixture(scope="session")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dump of about forty parts."""
    folder = tmp_path_factory.mktemp("dump")
    write_dump(folder, releases=700, seed=21)
    return folder


@pytest.fixture(scope="session")
def small_dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dump of about fifteen parts."""
    folder = tmp_path_factory.mktemp("small-dump")
    write_dump(folder, releases=200, seed=22)
    return folder
