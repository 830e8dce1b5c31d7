"""The text of a record composed twice, by rules that know nothing of each other."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.embed import text
from functions.runtime.entities import ENTITIES, Entity
from functions.search_entries.words import name_of
from infra.verify import vectors

DUMP = dt.date(2026, 4, 1)

PIECES = (
    "[a=Nirvana (2)]", "[l=12]", "[a123]", "[b]", "[/b]", "[url=http://x.org]", "[/url]", "[not markup at all]", "[",
    "]", "www.x.org", "(http://y.org)", "a@b.c", "@", "www.", "7", "Leeds", "坂本", "\r\n", " ", ". ", "x" * 400, "٣",
)  # fmt: skip
pieces = st.sampled_from(PIECES)
texts = st.lists(pieces, max_size=12).map("".join)
names = st.lists(
    st.fixed_dictionaries({}, optional={"id": st.integers(0, 9), "name": texts, "anv": texts}), max_size=10
)
documents = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("name", "title", "realname", "profile", "contactinfo", "notes", "country"), texts),
        **dict.fromkeys(("aliases", "groups", "members", "sublabels", "labels", "artists"), names),
        **dict.fromkeys(("namevariations", "genres", "styles"), st.lists(texts, max_size=10)),
        "parentLabel": st.fixed_dictionaries({"id": st.just(1)}, optional={"name": texts}),
        "year": st.integers(1900, 2025),
    },
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(ENTITIES), documents)
def test_both_compose_the_same_text(entity: Entity, document: dict[str, Any]) -> None:
    year = document.get("year") if entity == "masters" else None
    own = {**document, "released": str(document.get("year", ""))} if entity == "releases" else document
    year = document.get("year") if entity == "releases" else year
    assert vectors.text_of(entity, own, DUMP) == text.text_of(entity, json.dumps(document), year)


@pytest.mark.parametrize("name", ["Nirvana (2)", "Nirvana (12345)", "(2)", " (2)", "Sunn O)))", "A (b)", "(1) (2)", ""])
def test_numbers_in_brackets_are_no_part_of_a_name(name: str) -> None:
    assert vectors._bare(name) == name_of(name)
