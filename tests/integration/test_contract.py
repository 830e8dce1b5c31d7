"""The gateway keeps its contract: it answers as its OpenAPI document says, whatever is asked, and never with 500."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from functions.runtime.entities import Entity
from tests.integration.pipeline import artist, label, master, open_pipeline, small, write_dump
from tests.integration.test_gateway import serving
from tests.stack import FreshSettings

#: Cases of an operation, and requests at once: cases are drawn before, so that neither side waits for the other.
_CASES: Final = 100
_AT_ONCE: Final = 4
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
    "q": "release",
    "month": "20260401",
    "slug": "rock",
}
#: The same of other kinds, by operation: what else makes an answer that is told apart.
_ALSO: Final[dict[str, list[dict[str, Any]]]] = {
    "GET /api/search": [{"q": "4006381333931"}, {"q": "relase 45"}, {"q": "release", "mode": "hybrid"}],
    "GET /api/lookup": [{"q": "4006381333931"}],
    "GET /api/credits": [
        *({"role": "bass"}, {"on": "release/45"}, {"by": "45"}, {"by": "45", "with": "45"}, {"role": "bas"}),
        {"role": "bass", "years": "1990..2000"},
    ],
    "GET /api/labels/{record}/releases": [{"as": "company"}],
    "GET /api/artists/{record}/discography": [{"show": "credited"}],
    "GET /api/changes/{month}": [{"entity": "releases"}],
}


def _records() -> dict[Entity, list[str | bytes]]:
    """A few of each entity; number 45 of each has a little of everything."""
    records = small()
    records["artists"].append(artist(45, "<realname>R</realname><aliases><name id='1'>Artist 1</name></aliases>"))
    records["labels"].append(
        label(45, "<sublabels><label id='1'>Label 1</label></sublabels><contactinfo>c</contactinfo>")
    )
    records["masters"].append(master(45, "<year>1999</year><genres><genre>Rock</genre></genres>"))
    records["releases"][44] = (
        "<release id='45'><artists><artist><id>45</id><name>Artist 45</name><anv>A. 45</anv></artist></artists>"
        "<title>Release 45</title><labels><label name='Label 45' catno='R 45' id='45'/></labels>"
        "<extraartists><artist><id>45</id><name>Artist 45</name><role>Bass</role></artist></extraartists>"
        "<formats><format name='Vinyl' qty='2'/></formats><genres><genre>Rock</genre></genres>"
        "<styles><style>Rock</style></styles><country>UK</country><released>1999-05-01</released>"
        "<master_id is_main_release='true'>45</master_id><identifiers>"
        "<identifier type='Barcode' value='4 006381 33393 1'/></identifiers>"
        "<companies><company><id>45</id><name>Label 45</name><entity_type_name>Pressed By</entity_type_name>"
        "</company></companies></release>"
    )
    return records


@pytest.fixture(scope="module")
def address(fresh_settings: FreshSettings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A gateway on stores of its own in which all is made of a small dump that can be asked for."""
    own = fresh_settings()
    with open_pipeline(own) as opened:
        folder = write_dump(tmp_path_factory.mktemp("dump"), _DUMP, _records())
        assert opened.load(folder, _DUMP, only_store="table").id == 1
        opened.query(
            "INSERT INTO quarantine (dump, entity, stream_at, record_id, reason, detail, bytes, size, run)"
            " VALUES (%s, 'artists', 0, 45, 'bad-number', 'd', '<artist>', 8, 1)",
            _DUMP,
        )
    with serving(own) as served:
        yield served


@pytest.mark.timeout(900)
def test_every_operation_answers_as_it_is_described(address: str) -> None:
    asked = Asked(address)
    for operation in asked.operations("GET"):
        if not _APART.search(operation.path):
            known = [parameter.name for parameter in operation.query if parameter.is_required]
            for more in [{}, *_ALSO.get(operation.label, [])]:
                asked.check([asked.known(operation, query={name: _KNOWN[name] for name in known} | more)])
            asked.check(drawn_from(operation))
    assert asked.broken == {}
    assert _ALSO.keys() <= asked.statuses.keys()
    assert len(asked.statuses) >= 15
    assert asked.never_done() == set()


def drawn_from(operation: Any) -> list[Any]:
    """Cases of an operation as it is described, the same each time; few where there is little to draw from."""
    cases: list[Any] = []

    @seed(7)
    @settings(
        max_examples=_CASES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def draw(case: Any) -> None:
        cases.append(case)

    draw()
    return cases


class Asked:
    """What a gateway was asked, some requests at once, and what it answered.

    Attributes:
        statuses: of the answers, by operation.
        broken: what is not as it is described, by operation.
    """

    def __init__(self, address: str, headers: dict[str, str] | None = None) -> None:
        self._schema = schemathesis.openapi.from_url(f"{address}/schema/openapi.json")
        self._headers = headers or {}
        self._session = requests.Session()  # to connect takes as long as most answers
        self.statuses: dict[str, set[int]] = defaultdict(set)
        self.broken: dict[str, str] = {}

    def operations(self, method: str) -> list[Any]:
        """The operations of a method."""
        found = [result.ok() for result in self._schema.get_all_operations()]  # type: ignore[union-attr]
        return [operation for operation in found if operation.method.upper() == method]

    def known(self, operation: Any, **given: Any) -> Any:
        """A case of what is there."""
        parameters = {parameter.name: _KNOWN[parameter.name] for parameter in operation.path_parameters}
        return operation.Case(path_parameters=parameters, **given)

    def check(self, cases: list[Any]) -> None:
        """Ask, and note what is not as described."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for case, answer in zip(cases, pool.map(self._answer, cases), strict=True):
                label = case.operation.label
                self.statuses[label].add(answer.status_code)
                try:
                    case.validate_response(answer, checks=_CHECKS)
                except FailureGroup as found:
                    self.broken[label] = " ".join(str(one) for one in found.exceptions)[:600]

    def never_done(self) -> set[str]:
        """The operations that were never answered with success."""
        return {label for label, statuses in self.statuses.items() if not any(200 <= one < 300 for one in statuses)}

    def _answer(self, case: Any) -> Any:
        return case.call(timeout=120, session=self._session, headers=self._headers)
