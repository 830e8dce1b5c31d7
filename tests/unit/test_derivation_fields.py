"""Derivations are given the fields that they name, and make of them what they would make of the whole document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from functions.derivations.derive import unread_fields
from functions.extract.records.record import RECORD_TYPE
from functions.registry import FUNCTIONS
from functions.runtime.entities import SINGULAR
from tests.integration.tiny.first_letter import table_of

GOLDENS = [
    json.loads(line)
    for path in (Path(__file__).parent / "goldens").glob("*.ndjson")
    for line in path.read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("spec", [spec for spec in FUNCTIONS.derivations if spec.tables], ids=lambda spec: spec.name)
def test_a_derivation_reads_no_field_that_it_does_not_name(spec):
    for entity in spec.entities:
        without = unread_fields(entity, [spec])
        documents = [golden["data"] for golden in GOLDENS if golden.get("type") == SINGULAR[entity]]
        assert documents
        for document in documents:
            rest = {name: value for name, value in document.items() if name not in without}
            whole, part = (json.dumps(each, ensure_ascii=False) for each in (document, rest))
            assert spec.load()(entity, document["id"], part, 1999) == spec.load()(entity, document["id"], whole, 1999)


def test_what_one_derivation_looks_at_is_read_for_all_of_a_batch():
    facts, *_, tiny = table_of().derivations
    assert unread_fields("releases", [facts, tiny]) == []
    without = unread_fields("releases", [facts])
    assert {"tracklist", "images", "id"} <= set(without)
    assert set(without) | set(facts.fields or ()) == set(RECORD_TYPE["releases"].__struct_fields__)
