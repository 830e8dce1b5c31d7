"""The compiled module makes of documents what Python makes of them for the fill of a graph, byte for byte."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.documents.ndjson import read_lines
from functions.load_graph.bulk.engine import Engine, PlainEngine, compiled_engine
from functions.load_graph.bulk.import_csv import FIELD, ITEM
from functions.load_graph.bulk.slices import Documents
from functions.projection.projection import NAME_LIMIT
from functions.runtime.entities import ENTITIES, NODE, Entity
from tests.unit.engines import parsed_by_lxml
from tests.unit.odd_xml import records
from tests.unit.test_native_equal import GOLDENS, examples, pieces_of

#: Slices of one entity each, in the order of a fill.
Slices = list[tuple[Entity, Documents]]

_Take = Callable[[Any], None]
_ORDER: tuple[Entity, ...] = ("labels", "artists", "masters", "releases")
_NODES_FIRST = frozenset(("labels", "artists"))


class Server:
    """Answers as the embedded server does: a bucket for each label, a position for each node, in no order."""

    def __init__(self) -> None:
        self._positions: Counter[str] = Counter()

    def answer(self, label: str, count: int) -> bytes:
        begin = self._positions[label]
        self._positions[label] += count
        bucket = list(NODE.values()).index(label) if label in NODE.values() else 11
        found = {str(number): f"#{bucket}:{begin + number}" for number in reversed(range(count))}
        return msgspec.json.encode({"verticesCreated": count, "idMapping": found, "elapsedMs": 1})


def elements(engine: Engine, slices: Slices) -> list[Any]:
    """All that the embedded server is told."""
    lines, server, told = engine.element_lines(), Server(), list[Any]()

    def write(made: tuple[str, int, bytes]) -> None:
        told.append(tuple(made))
        lines.note(made[0], server.answer(made[0], made[1]))

    def edges(projected: Any) -> None:
        for missing in lines.missing(projected):
            write(missing)
        count, owned = lines.edges(projected)
        told.append((count, owned))
        tell_order(owned)

    def tell_order(*owned: bytes) -> None:
        if filled := [each for each in owned if each]:
            told.append(engine.ordered_edges(filled))

    def together(projected: Any) -> None:
        for missing in lines.missing(projected):
            write(missing)
        pairs = [lines.together(projected, first) for first in (250_000, 0)]
        told.extend((tuple(nodes), tuple(owned)) for nodes, owned in pairs)
        tell_order(*(owned[1] for _, owned in pairs))

    for stub in (
        lines.stubs("Genre", ["Rock", 'a"\\']),
        lines.stubs("Label", [1, 2**53 + 1]),
        lines.stubs("Style", []),
    ):
        if stub:
            write(stub)
    told.append((lines.address("Genre", "Rock"), lines.address("Label", 2**53 + 1)))
    fill(engine, slices, lambda projected: write(lines.nodes(projected)), edges, together)
    return told


def files(engine: Engine, slices: Slices) -> list[Any]:
    """All that is written for Neo4j's importer."""
    lines, told = engine.import_lines(), list[Any]()

    def edges(projected: Any) -> None:
        new, count, made = lines.edges(projected)
        told.append((new, count, chunks(made)))

    def nodes(projected: Any) -> None:
        told.append(chunks(lines.nodes(projected)))

    def together(projected: Any) -> None:
        nodes(projected)
        edges(projected)

    fill(engine, slices, nodes, edges, together)
    for label in NODE.values():
        begin: int | None = 0
        while begin is not None:
            count, begin, made = lines.stubs(label, begin, 2)
            told.append((count, begin, chunks(made)))
    told += [lines.without_roles(0, 1), lines.without_roles(1, 10_000)]
    return told


def chunks(made: Iterable[Any]) -> list[tuple[Any, ...]]:
    return sorted((tuple(key), lines, broken, longest) for key, lines, broken, longest in made)


def fill(engine: Engine, slices: Slices, nodes: _Take, edges: _Take, together: _Take) -> None:
    for entity in _ORDER:
        made = [engine.slice_of(entity, documents) for each, documents in slices if each == entity]
        for projected in made:
            if entity == "releases":
                together(projected)
                continue
            nodes(projected)
            if entity not in _NODES_FIRST:
                edges(projected)
        for projected in made if entity in _NODES_FIRST else []:
            edges(projected)


def pairs(engine: Engine, slices: Slices) -> list[list[tuple[str, str]]]:
    described = [(entity, documents) for entity, documents in slices if entity not in _NODES_FIRST]
    return [sorted(set(engine.slice_of(entity, documents).part_of())) for entity, documents in described]


def assert_equal(slices: Slices) -> None:
    compiled, plain = compiled_engine(), PlainEngine()
    assert compiled is not None
    assert elements(compiled, slices) == elements(plain, slices)
    assert files(compiled, slices) == files(plain, slices)
    assert pairs(compiled, slices) == pairs(plain, slices)


_IDS = st.sampled_from([1, 2, 3, 4, 1023, 1024, 2**32, 2**50 - 1, 2**50, 2**50 + 1, 2**53 + 1, 2**63 - 1])
_POINTERS = _IDS | st.sampled_from([0, -1, -(2**63), None])
_ODD = [
    "",
    "Rock",
    "rock",
    '"',
    "\\",
    "\n",
    "\r",
    "a\r\nb",
    "\x00\x01\x1f",
    FIELD,
    ITEM,
    "\x1d\x1d",
    "\x7f",
    "é",
    "\u2028",
    "😀",
]
_LONG = ["x" * NAME_LIMIT, "é" * (NAME_LIMIT + 1), "😀\n" * NAME_LIMIT]
_TEXTS = st.sampled_from(_ODD) | st.text(st.characters(codec="utf-8"), max_size=8)
_ROLES = st.sampled_from(
    [
        "Producer [Additional, Vocal], Mixed By",
        "Bass,Bass",
        " , ,",
        "[note]",
        "a [b [c, d], e] f",
        "a [b",
        "a], b",
        "\x1f x\u3000",
    ]
) | st.text('aZ ,[]\x1c\u00a0é😀\\\n"', max_size=12)


def objects(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


_NAMED = objects(
    id=_POINTERS, name=_TEXTS, catno=_TEXTS | st.none(), role=_ROLES | st.none(), other=st.just([{"]": "}"}])
)
_REFERENCES = st.lists(_NAMED, max_size=4)
_TRACKS: st.SearchStrategy[list[dict[str, Any]]] = st.recursive(
    st.lists(objects(artists=_REFERENCES, extraartists=_REFERENCES, title=_TEXTS), max_size=3),
    lambda inner: st.lists(objects(artists=_REFERENCES, sub_tracks=inner, extraartists=_REFERENCES), max_size=2),
    max_leaves=4,
)
_NAMES = st.lists(st.sampled_from(["Rock", 'a"\\']) | _TEXTS, max_size=3)
_FIELDS = {
    "name": _TEXTS | st.sampled_from(_LONG) | st.none(),
    "title": _TEXTS | st.sampled_from(_LONG) | st.none(),
    "country": _TEXTS | st.none(),
    "year": st.none() | st.integers(-1, 3000),
    "released": _TEXTS | st.none(),
    "genres": _NAMES,
    "styles": _NAMES,
    "aliases": _REFERENCES,
    "artists": _REFERENCES,
    "extraartists": _REFERENCES,
    "groups": _REFERENCES,
    "labels": _REFERENCES,
    "master_id": _POINTERS,
    "parentLabel": _NAMED | st.none(),
    "tracklist": _TRACKS,
    "notes": _TEXTS,
    "data": st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.lists(st.text()),
}


def as_jsonb(document: dict[str, Any]) -> bytes:
    """As PostgreSQL has it: short names first."""

    def ordered(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: ordered(value[key]) for key in sorted(value, key=lambda key: (len(key), key))}
        return [ordered(item) for item in value] if isinstance(value, list) else value

    return json.dumps(ordered(document), ensure_ascii=False).encode()


def as_ascii(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=1).encode()


_FORMS: list[Callable[[Any], bytes]] = [as_jsonb, as_ascii, msgspec.json.encode]


@st.composite
def slices_of(draw: st.DrawFn) -> Slices:
    slices: Slices = []
    for entity in _ORDER:
        found = draw(st.lists(objects(**_FIELDS), max_size=4))
        ids = draw(st.lists(_IDS, min_size=len(found), max_size=len(found), unique=True))
        form = draw(st.sampled_from(_FORMS))
        year = st.none() | st.integers(1860, 2030)
        documents = [(draw(year), form(found[place] | {"id": number})) for place, number in enumerate(ids)]
        half = draw(st.integers(0, len(documents)))
        slices += [(entity, some) for some in (documents[:half], documents[half:]) if some]
    return slices


def test_any_documents_make_the_same() -> None:
    @examples(400)
    @given(slices_of())
    def check(slices: Slices) -> None:
        assert_equal(slices)

    check()


def documents_of(entity: Entity, cases: list[bytes]) -> Documents:
    found = {document.id: document.data for document in read_lines(parsed_by_lxml(entity, cases).lines)}
    return [(None if number % 2 else 1969, data) for number, data in found.items() if number >= 0]


@pytest.mark.parametrize("entity", ENTITIES)
def test_records_as_they_are_parsed_make_the_same(entity: Entity) -> None:
    @examples(100)
    @given(st.lists(records(entity, plain=False), max_size=4))
    def check(cases: list[bytes]) -> None:
        assert_equal([(entity, documents_of(entity, cases))])

    check()


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_every_golden_makes_the_same(path: Path) -> None:
    entity, originals = pieces_of(path)
    assert_equal([(entity, documents_of(entity, originals))])


def test_large_records_make_the_same() -> None:
    many = [{"id": 1 + number % 7_000, "role": f"R{number % 50}", "catno": str(number)} for number in range(20_000)]
    names = [f"{number % 3_000}" for number in range(5_000)]
    tracks: list[dict[str, Any]] = []
    for depth in range(100):
        tracks = [{"artists": [{"id": depth}], "sub_tracks": tracks, "extraartists": many[:3]}]
    release = {"id": 1, "artists": many, "labels": many, "extraartists": many, "styles": names, "tracklist": tracks}
    assert_equal([("releases", [(None, as_jsonb(release)), (1999, b'{"id":2,"title":"%b"}' % (b"x" * 2_000_000))])])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b'{"id":1}}',
        b'{"name":"a"}',
        b'{"id":"1"}',
        b'{"id":1,"name":"\\ud83d"}',
        b'{"id":1,"genres":1}',
    ],
)
def test_what_is_no_document_is_refused_by_both(data: bytes) -> None:
    for engine in (compiled_engine(), PlainEngine()):
        assert engine is not None
        with pytest.raises((ValueError, msgspec.MsgspecError)):
            engine.slice_of("artists", [(None, data)])


def test_edges_are_ordered_by_their_kind_and_by_where_they_begin() -> None:
    def edge(kind: str, begin: str, end: str, more: str = "") -> bytes:
        return f'{{"@type":"edge","@class":"{kind}","@from":"{begin}","@to":"{end}"{more}}}'.encode()

    first = [edge("IS", "7", "#9:1"), edge("BY", "#1:10", "3"), edge("IS", "7", "#9:0"), edge("BY", "#1:9", "4")]
    second = [
        edge("BY", "#1:9", "5", ',"roles":["\\"@from\\":\\"#1:1\\""]'),
        edge("IS", "11", "#9:1"),
        edge("IS", "2", "#9:2"),
    ]
    wanted = [first[0], first[2], second[1], first[3], second[0], first[1]]
    wanted.insert(0, second[2])
    for engine in (compiled_engine(), PlainEngine()):
        assert engine is not None
        assert engine.ordered_edges([b"\n".join(first), b"\n".join(second)]).split(b"\n") == wanted


def test_a_server_that_tells_no_address_is_noticed_by_both() -> None:
    for engine in (compiled_engine(), PlainEngine()):
        assert engine is not None
        lines = engine.element_lines()
        lines.nodes(engine.slice_of("artists", [(None, b'{"id":1}')]))
        with pytest.raises((ValueError, KeyError)):
            lines.note("Artist", b'{"idMapping":{}}')
