"""Of every real record, loader and comparison have the same words at the same places, each by rules of its own."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from functions.runtime.entities import Entity
from functions.search_entries import entry
from infra.verify.document import canonical
from infra.verify.drawing import Drawing
from infra.verify.edges import year_of
from infra.verify.entry_words import Tracks, words_by_place
from infra.verify.search import entry_of
from tests.integration.verify.stores import documents_of

_LEXEME: Final = re.compile(r"(?:'((?:[^'\\]|''|\\\\)*)'|([^\s:']+))(?::(\S+))?(?: |$)")


def _read(words: str) -> dict[str, str]:
    """The words of a text that PostgreSQL would read, each with its places in order."""
    found: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for quoted, plain, places in _LEXEME.findall(words):
        word = quoted.replace("''", "'").replace("\\\\", "\\") or plain
        found[word].update((int(place[:-1]), place[-1]) for place in places.split(",") if place)
    return {word: ",".join(f"{at}{weight}" for at, weight in sorted(places)) for word, places in found.items()}


@pytest.mark.parametrize("dump", [date(2020, 8, 6), date(2026, 4, 1)])
@pytest.mark.parametrize(
    ("tracks", "rows_of"),
    [("off", entry.rows_of), ("main", entry.rows_with_main_tracks), ("all", entry.rows_with_tracks)],
)
def test_loader_and_comparison_agree_on_every_real_record(
    samples: Path, dump: date, tracks: Tracks, rows_of: Callable[..., Any]
) -> None:
    for entity, documents in documents_of(samples, dump).items():
        for document in documents:
            year = year_of(entity, document, dump) if entity in ("masters", "releases") else None
            [row] = rows_of(entity, document["id"], canonical(document).decode(), year)["search_staged"]
            _, _, name, by_line, plain, words, _, links, _, _ = row
            expected = entry_of(entity, document, year, None, tracks)
            who = entity, document["id"]
            assert _read(words) == words_by_place(entity, document, tracks), who
            assert (name, by_line, plain, links) == (*expected[:3], expected.links), who


def test_no_phrase_reaches_from_a_text_of_joined_words_into_the_next_one() -> None:
    document = {"id": 1, "title": "AC/DC " + " ".join(f"w{place}" for place in range(20)), "artists": [{"name": "Me"}]}
    entity: Entity = "releases"
    [row] = entry.rows_of(entity, 1, canonical(document).decode(), None)["search_staged"]
    words = _read(row[5])
    assert (words["acdc"], words["w19"], words["me"]) == ("1A", "22A", "33B")
    assert words == words_by_place(entity, document, "off")


def test_a_seed_draws_its_share_and_another_seed_others() -> None:
    one, other = ({id_ for id_ in range(50_000) if Drawing(seed, 50, 50).has_record(id_)} for seed in (1, 2))
    assert 800 < len(one) < 1_200
    assert len(one & other) < 60
    assert all(Drawing(1).has_record(id_) for id_ in range(100))
