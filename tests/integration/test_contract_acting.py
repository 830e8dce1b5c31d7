"""What acts keeps the contract as well: on stores in which nothing can be harmed, and without any worker."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from tests.access import headers_of
from tests.integration.pipeline import open_pipeline, small, write_dump
from tests.integration.test_contract import Asked, drawn_from
from tests.integration.test_gateway import serving
from tests.stack import FreshSettings

_DUMPS: Final = dt.date(2026, 4, 1), dt.date(2026, 5, 1)
#: What is possible, in an order in which it is: by operation, with the parts of its path and its body.
_POSSIBLE: Final[list[tuple[str, dict[str, Any], dict[str, Any] | None]]] = [
    ("/api/quarantine/retry", {}, {"expected": 1}),
    ("/api/runs/{number}/pause", {"number": 2}, None),
    ("/api/runs/{number}/unpause", {"number": 2}, None),
    ("/api/runs/{number}/resume", {"number": 2}, None),
    ("/api/runs/{number}/cancel", {"number": 2}, None),
    ("/api/loads/check", {}, {"source": "{source}"}),
    ("/api/loads", {}, {"source": "{source}"}),
    ("/api/schedules/{name}/run", {"name": "sweep"}, None),
    ("/api/dead-letters/requeue", {}, {"expected": 0}),
    ("/api/dead-letters/purge", {}, {"expected": 0}),
]
#: There is no supervisor that would scale anything.
_NEVER: Final = {"POST /api/functions/{name}/scale"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dump(tmp_path_factory.mktemp("later"), _DUMPS[1], small())


@pytest.fixture(scope="module")
def asked(fresh_settings: FreshSettings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """A gateway on stores of its own with a month and a piece in quarantine, and in a home where no stack is."""
    folder: Path = tmp_path_factory.mktemp("dump")
    own = msgspec.structs.replace(fresh_settings(), home=str(tmp_path_factory.mktemp("home")), request_burst=100_000)
    with open_pipeline(own) as opened:
        records = small()
        records["artists"].append("<artist><id>900</id><name>x</artist>")
        assert opened.load(write_dump(folder, _DUMPS[0], records), _DUMPS[0], only_store="table").state == "done"
        opened.query("INSERT INTO schedules (name, due) VALUES ('sweep', now() + interval '1 hour')")
    with serving(own) as address:
        yield Asked(address, headers_of(own, "operate"))


@pytest.mark.timeout(900)
def test_every_operation_that_acts_answers_as_it_is_described(asked: Asked, source: Path) -> None:
    operations = {operation.path: operation for operation in asked.operations("POST")}
    for path, parameters, body in _POSSIBLE:
        filled = {key: str(source) if value == "{source}" else value for key, value in (body or {}).items()}
        given: dict[str, Any] = {"body": filled, "media_type": "application/json"} if body is not None else {}
        asked.check([operations[path].Case(path_parameters=parameters, **given)])
    assert asked.never_done() == set()
    for operation in operations.values():
        asked.check(drawn_from(operation))
    assert asked.broken == {}
    assert asked.statuses.keys() == {f"POST {path}" for path in operations}
    assert asked.never_done() == _NEVER
