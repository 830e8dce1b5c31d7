"""Fixtures of all tests, and which tests are left to `make faults`."""

import os
from pathlib import Path

import pytest

from tests.graph_servers import graph_settings, neo4j_stack
from tests.skips import pytest_make_collect_report, pytest_runtest_makereport
from tests.stack import fresh_settings, settings, stack
from tests.tls import authority

__all__ = [
    "authority",
    "fresh_settings",
    "graph_settings",
    "neo4j_stack",
    "pytest_make_collect_report",
    "pytest_runtest_makereport",
    "settings",
    "stack",
]


@pytest.fixture(scope="session")
def samples() -> Path:
    """Slices of real dumps, where the machine has them."""
    folder = os.environ.get("LINERNOTES_SAMPLES")
    if not folder:
        if os.environ.get("CI") == "true":
            pytest.fail("LINERNOTES_SAMPLES is not set")
        pytest.skip("LINERNOTES_SAMPLES names no folder with real samples")
    return Path(folder)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked `sweep`, unless `LINERNOTES_SWEEPS=1` asks for it, as `make faults` does."""
    if os.environ.get("LINERNOTES_SWEEPS") == "1":
        return
    left_out = [item for item in items if item.get_closest_marker("sweep")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker("sweep")]
