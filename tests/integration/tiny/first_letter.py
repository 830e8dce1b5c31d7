"""A derivation of one line, for the tests: the first letter of an artist's or label's name."""

from __future__ import annotations

import json
import os
from typing import Any

from functions.registry import FUNCTIONS
from functions.runtime.entities import CODE, Entity
from functions.runtime.errors import PermanentError, TransientError
from functions.runtime.function_table import DerivationSpec, DerivedTable, FunctionTable

#: What a migration in its folder would say.
MIGRATION = "CREATE TABLE IF NOT EXISTS first_letters (id bigint PRIMARY KEY, entity smallint, letter text)"

#: A test sets what happens at a record: its id and the kind of error.
PLAN = "TINY_DERIVATION_PLAN"


def rows_of(entity: Entity, record: int, data: str, _year: int | None) -> dict[str, list[tuple[Any, ...]]]:
    poison, _, kind = os.environ.get(PLAN, "").partition(":")
    if poison == str(record):
        if kind == "kill":
            os.kill(os.getpid(), 9)
        raise (TransientError if kind == "transient" else PermanentError)(f"record {record} is poison")
    return {"first_letters": [(record, CODE[entity], json.loads(data)["name"][:1])]}


def table_of(version: int = 1) -> FunctionTable:
    """The function table with it."""
    tiny = DerivationSpec(
        name="first-letter",
        code="tests.integration.tiny.first_letter:rows_of",
        version=version,
        entities=("artists",),
        tables=(DerivedTable("first_letters", "id", ("id", "entity", "letter")),),
        bytes_per_record=60,
    )
    return FunctionTable(FUNCTIONS.specs, [*FUNCTIONS.derivations, tiny])
