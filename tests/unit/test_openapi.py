"""The OpenAPI document describes every error that an operation can answer."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.app import create_app
from infra.generate_docs import UNCONNECTED

#: What may become of any request, and of one that needs a right.
ANY = {"400", "403", "408", "414", "421", "422", "500"}
RIGHT = ANY | {"401", "429", "503"}
OPEN = {"/health/live", "/health/ready"}


@pytest.fixture(scope="module")
def operations() -> dict[str, dict[str, Any]]:
    document = create_app(UNCONNECTED).openapi_schema.to_schema()
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def test_every_error_of_an_operation_is_described(operations: dict[str, dict[str, Any]]) -> None:
    wanted = {
        name: (ANY if name.removeprefix("GET ") in OPEN else RIGHT) | ({"413"} if "requestBody" in operation else set())
        for name, operation in operations.items()
    }
    missing = {name: wanted[name] - operation["responses"].keys() for name, operation in operations.items()}
    assert {name: statuses for name, statuses in missing.items() if statuses} == {}
    assert sum("requestBody" in operation for operation in operations.values()) >= 6


def test_every_error_is_a_problem(operations: dict[str, dict[str, Any]]) -> None:
    plain = {
        f"{name} {status}": set(answer["content"])
        for name, operation in operations.items()
        for status, answer in operation["responses"].items()
        if status.startswith(("4", "5")) and set(answer["content"]) != {"application/problem+json"}
    }
    # Health that is not well has the form of health.
    assert plain.keys() == {"GET /health 503", "GET /health/ready 503", "GET /health/{function} 503"}
