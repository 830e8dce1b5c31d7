"""The rows of a part for COPY: the compiled module makes of every line what Python makes of it, byte for byte."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.documents.ndjson import read_lines
from functions.extract.records.part_index import PartIndex
from functions.extract.records.record import RECORD_TYPE
from functions.extract.records.record_digest import signed
from functions.load_table.binary_copy import CopyRows, native_rows, plain_rows
from functions.projection.projection_state import SHOWN_VERSION
from functions.runtime.entities import ENTITIES, SINGULAR, Entity
from tests.unit.engines import parsed_by_lxml
from tests.unit.odd_xml import records
from tests.unit.test_native_equal import GOLDENS, examples, pieces_of

DUMP = dt.date(2026, 9, 1)


def assert_equal(entity: Entity, lines: bytes, *, without: tuple[int, ...] = (), shown: int | None = None) -> CopyRows:
    """Both on these lines; `without` are ids of records of the part that made no document, before the others."""
    ids = [*without, *(document.id for document in read_lines(lines))]
    index = PartIndex(ids=ids, raw=[signed(hash((number, 1)) % 2**64) for number in ids], lengths=[], places=[])
    plain = plain_rows(entity, DUMP, index, lines, shown)
    assert native_rows(entity, DUMP, index, lines, shown) == plain
    return plain


def line(entity: Entity, data: bytes, digest: str = "8" * 64) -> bytes:
    return f'{{"type":"{SINGULAR[entity]}","data":'.encode() + data + f',"hash":"{digest}"}}\n'.encode()


def distinct(lines: bytes) -> bytes:
    """The first line of each id, as a part has them."""
    first = {document.id: text for text, document in zip(lines.splitlines(True), read_lines(lines), strict=True)}
    return b"".join(first.values())


@pytest.mark.parametrize("entity", ENTITIES)
def test_rows_of_odd_records_are_equal(entity: Entity) -> None:
    @examples(100)
    @given(
        st.lists(records(entity, plain=False), max_size=3),
        st.sampled_from([(), (2**62, 2**62 + 1)]),
        st.sampled_from([None, SHOWN_VERSION]),
    )
    def check(cases: list[bytes], without: tuple[int, ...], shown: int | None) -> None:
        assert_equal(entity, distinct(parsed_by_lxml(entity, cases).lines), without=without, shown=shown)

    check()


@pytest.mark.parametrize("entity", ENTITIES)
def test_rows_of_any_text_are_equal(entity: Entity) -> None:
    texts = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=12) | st.sampled_from(
        ['"\\', "\\u0000"]
    )
    names = [field for field in ("name", "title", "country", "released", "notes") if field in fields_of(entity)]

    @examples(100)
    @given(st.dictionaries(st.sampled_from(names), texts), st.lists(texts, max_size=3), st.integers(0, 2**63 - 1))
    def check(values: dict[str, str], styles: list[str], number: int) -> None:
        more = {"genres": styles[:1], "styles": styles} if "styles" in fields_of(entity) else {}
        document = RECORD_TYPE[entity](id=number, **values, **more)  # type: ignore[arg-type]
        assert_equal(entity, line(entity, msgspec.json.encode(document)))

    check()


def fields_of(entity: Entity) -> tuple[str, ...]:
    return RECORD_TYPE[entity].__struct_fields__


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_rows_of_every_golden_are_equal(path: Path) -> None:
    entity, originals = pieces_of(path)
    assert_equal(entity, distinct(parsed_by_lxml(entity, originals).lines), shown=SHOWN_VERSION)


@pytest.mark.parametrize(
    "released",
    [
        "1969",
        "1969-00",
        "1969-00-00",
        "1859",
        "1860",
        "2027",
        "2028",
        "0400-01-01",
        "19691",
        "1969-1",
        "١٩٦٩",
        "",
        "1969-00-0a",
    ],
)
def test_a_year_is_known_to_both_or_to_neither(released: str) -> None:
    assert_equal("releases", line("releases", msgspec.json.encode({"id": 1, "released": released})))


@pytest.mark.parametrize("year", [-1, 0, 1859, 1860, 2027, 2028, 2**62, 2**63 - 1])
def test_a_stated_year_is_known_to_both_or_to_neither(year: int) -> None:
    assert_equal("masters", line("masters", msgspec.json.encode({"id": 1, "year": year})))


@pytest.mark.parametrize("digest", ["0" * 64, "f" * 64, "7" + "f" * 63, "80" * 32])
def test_digests_are_equal(digest: str) -> None:
    assert_equal("artists", line("artists", b'{"id":1}', digest), shown=SHOWN_VERSION)


@pytest.mark.parametrize(
    "lines",
    [
        b"{}\n",
        b'{"type":"artist","data":{"id":1},"hash":"8"}\n',
        line("labels", b'{"id":1}'),
        line("artists", b'{"id":1}')[:-1],
        line("artists", b'{"id":"1"}'),
        line("artists", b'{"id":1,"name":"a'),
        line("artists", b'{"name":"a"}'),
        line("artists", b'{"id":1,"name":"\\ud83d\\ude00"}'),
        line("artists", b'{"id":2}'),
    ],
    ids=range(9),
)
def test_lines_of_another_form_are_left_to_python(lines: bytes) -> None:
    index = PartIndex(ids=[1], raw=[1], lengths=[], places=[])
    assert native_rows("artists", DUMP, index, lines, None) is None
