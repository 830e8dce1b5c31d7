"""One product for all acceptance tests that need no other, emptied before each module, and dumps for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.synth import mutate_dump, write_dump
from tests.product import Product, running_product


@pytest.fixture(scope="session")
def shared_product() -> Iterator[Product]:
    """A running product: a start takes twenty seconds of CPU."""
    with running_product(
        LINERNOTES_PART_BYTES="400000",
        LINERNOTES_LEASE="10",
        LINERNOTES_SWEEP_SECONDS="2",
        LINERNOTES_MIN_BACKOFF_MS="10",
    ) as product:
        yield product


@pytest.fixture(scope="module")
def product(shared_product: Product) -> Product:
    """The product, its stores empty at first."""
    shared_product.linernotes("reset", "--yes")
    return shared_product


@pytest.fixture(scope="session")
def dump(tmp_path_factory) -> Path:
    """A generated dump."""
    folder: Path = tmp_path_factory.mktemp("dump")
    write_dump(folder, releases=1_200, seed=11)
    return folder


@pytest.fixture(scope="session")
def next_month(dump, tmp_path_factory) -> Path:
    """The month after it, with 1 % changed."""
    folder: Path = tmp_path_factory.mktemp("next")
    mutate_dump(dump, folder, changed=0.01, seed=12)
    return folder
