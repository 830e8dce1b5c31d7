"""The gateway keeps its contract: it answers as its OpenAPI document says, whatever is asked, and never with 500."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from psycopg.types.json import Jsonb
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from functions.registry import FUNCTIONS
from functions.runtime.stores.context import open_context
from functions.runtime.stores.migrations import migrate_postgres
from tests.integration.test_gateway import serving
from tests.stack import FreshSettings

_CASES = 100 if os.environ.get("LINERNOTES_SWEEPS") == "1" else 40
_CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
_DUMP = dt.date(2026, 4, 1)

#: Streams do not end, and what acts has tests of its own.
_APART = re.compile(r"/stream$")
#: What is there, by the name of the parameter.
_KNOWN: dict[str, Any] = {
    "record": 45,
    "number": 1,
    "part": 0,
    "entity": "artists",
    "kind": "genre",
    "name": "throughput",
    "function": "load-table",
    "since": "20260401",
    "metric": "queue/load-table/ready",
    "range": "1h",
    "q": "4006381333931",
    "month": "20260401",
    "slug": "rock",
}


@pytest.fixture(scope="module")
def address(fresh_settings: FreshSettings) -> Iterator[str]:
    """A gateway on stores of its own that hold one record of each entity, a run, and a part."""
    own = fresh_settings()
    with open_context(own, FUNCTIONS) as context, context.connection() as connection:
        migrate_postgres(connection)
        values = ("0" * 64, _DUMP, Jsonb({"id": 45}))
        for table in ("artists", "labels"):
            connection.execute(
                f"INSERT INTO {table} (id, hash, dump, name, data) VALUES (45, %s, %s, 'a', %s)",  # noqa: S608
                values,
            )
        for table in ("masters", "releases"):
            connection.execute(
                f"INSERT INTO {table} (id, hash, dump, title, genres, styles, data)"  # noqa: S608
                " VALUES (45, %s, %s, 'a', '{}', '{}', %s)",
                values,
            )
        connection.execute("INSERT INTO baselines (entity, dump) VALUES ('artists', %s)", (_DUMP,))
        connection.execute(
            "INSERT INTO counts (kind, key, releases, masters) VALUES ('genre', 'Rock', 1, 1), ('style', 'Rock', 1, 1)"
        )
        connection.execute(
            "INSERT INTO runs (kind, dump, source, entities, state) VALUES ('load', %s, 's', '{artists}', 'done')",
            (_DUMP,),
        )
        connection.execute("INSERT INTO files (run, entity, name, state) VALUES (1, 'artists', 'a.xml.gz', 'split')")
        connection.execute(
            "INSERT INTO parts (run, entity, part, kind, state, records) VALUES (1, 'artists', 0, 'xml', 'done', 1)"
        )
        connection.execute(
            "INSERT INTO quarantine (dump, entity, stream_at, record_id, reason, detail, bytes, size, run)"
            " VALUES (%s, 'artists', 0, 45, 'bad-number', 'd', '<artist>', 8, 1)",
            (_DUMP,),
        )
    with serving(own) as served:
        yield served


def test_every_operation_answers_as_it_is_described(address: str) -> None:
    schema = schemathesis.openapi.from_url(f"{address}/schema/openapi.json")
    answered: dict[str, set[int]] = defaultdict(set)
    broken: dict[str, str] = {}
    operations = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]
    for operation in operations:
        if operation.method.upper() != "GET" or _APART.search(operation.path):
            continue
        try:
            _ask(operation, answered[operation.label])
        except FailureGroup as found:
            broken[operation.label] = " ".join(str(one) for one in found.exceptions)[:600]
    assert broken == {}
    assert len(answered) >= 15
    assert {label for label, statuses in answered.items() if not any(200 <= one < 300 for one in statuses)} == set()


def _ask(operation: Any, statuses: set[int]) -> None:
    """One case of what is there, and many that are drawn."""
    parameters = [parameter.name for parameter in operation.path_parameters]
    needed = [parameter.name for parameter in operation.query if parameter.is_required]
    known = operation.Case(
        path_parameters={name: _KNOWN[name] for name in parameters}, query={name: _KNOWN[name] for name in needed}
    )
    _check(known, statuses)

    @seed(7)
    @settings(
        max_examples=_CASES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def drawn(case: Any) -> None:
        _check(case, statuses)

    drawn()


def _check(case: Any, statuses: set[int]) -> None:
    answer = case.call(timeout=60)
    statuses.add(answer.status_code)
    case.validate_response(answer, checks=_CHECKS)
