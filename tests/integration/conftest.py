"""Fixtures of the pipeline tests; a module says in constants what is different in it.

`PIPELINE`: the settings of its pipeline, as `{"part_bytes": 2_000}`.
`TABLES_ONLY`: True where its tests leave the graph alone: emptying the tables is far quicker.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.runtime.settings import Settings
from tests.integration.pipeline import APRIL, Pipeline, open_pipeline, small, write_dump
from tests.integration.small_dump import place_dump
from tests.site import Site, running_site

#: Where answers get the time after which they are given in part.
_BUDGETS = {
    "functions.discover.search.hits.BUDGET_S": 60.0,
    "functions.discover.search.candidates.BUDGET_S": 60.0,
    "functions.discover.search.suggest._BUDGET_S": 60.0,
    "functions.discover.search.nearest._BUDGET_S": 60.0,
    "functions.discover.search.facet_counts._BUDGET_S": 60.0,
    "functions.discover.search.facet_counts._WHOLE_BUDGET_S": 60.0,
    "functions.discover.search.numbers.BUDGET_S": 60.0,
    "functions.discover.lookup.read.BUDGET_S": 60.0,
    "functions.discover.meaning.nearest.BUDGET_S": 60.0,
    "functions.discover.credits.ask.BUDGET_S": 60.0,
}


@pytest.fixture(autouse=True)
def time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, answers are whole, but where a test has less time for them."""
    for name, budget in _BUDGETS.items():
        monkeypatch.setattr(name, budget)


@pytest.fixture(scope="module")
def opened(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Pipeline]:
    """The module's pipeline, with whatever the test before has left in its stores."""
    with open_pipeline(settings, **getattr(request.module, "PIPELINE", {})) as pipeline:
        yield pipeline


@pytest.fixture
def pipeline(opened: Pipeline, request: pytest.FixtureRequest) -> Pipeline:
    """A pipeline on empty stores."""
    if getattr(request.module, "TABLES_ONLY", False):
        opened.empty_tables()
    else:
        opened.reset()
    return opened


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A small dump of April."""
    return write_dump(tmp_path, APRIL, small())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site with a dump that need not be parsed."""
    with running_site(place_dump(tmp_path / "site")) as running:
        yield running


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """An S3 service."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
        server.stop()
