"""Collecting changed records: parts end behind the record that fills them, wherever batches and runs begin."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from functions.extract.records.part_index import PartIndex, decode_index, encode_index
from functions.extract.split.file_splitter import _runs
from functions.extract.split.part_builder import PartBuilder
from tests.unit.test_native_equal import examples

Records = list[tuple[int, int, bytes, int]]


def cut(part_bytes: int, batches: list[list[tuple[int, bool]]]) -> tuple[list[Records], Records]:
    """The parts of batches of records, given as length and whether it changed; and all changed records in a row."""
    cutter, parts, changed, number = PartBuilder(part_bytes), [], [], 0
    for batch in batches:
        index = PartIndex()
        pieces, found = [], []
        for place, (length, is_changed) in enumerate(batch):
            number += 1
            data = bytes([number % 256]) * length
            for column, value in zip(
                (index.ids, index.raw, index.lengths, index.places),
                (number, -number, length, 1_000 * number),
                strict=True,
            ):
                column.append(value)
            pieces.append(data)
            if is_changed:
                found.append(place)
                changed.append((number, -number, data, 1_000 * number))
        begins = list(accumulate(index.lengths, initial=0))
        for place, behind in _runs(found):
            while place < behind:
                place = cutter.add(index, b"".join(pieces), begins, place, behind)
                if cutter.is_full:
                    parts.append(records_of(cutter))
    if cutter.size:
        parts.append(records_of(cutter))
    return parts, changed


def records_of(cutter: PartBuilder) -> Records:
    index, xml, end = cutter.take()
    assert end == index.places[-1] + index.lengths[-1]
    return [
        (number, raw, data, place) for raw, (number, place, data) in zip(index.raw, index.records(xml), strict=True)
    ]


def test_every_changed_record_is_in_a_part_once_and_each_part_but_the_last_is_just_full() -> None:
    batch = st.lists(st.tuples(st.integers(1, 40), st.booleans()), max_size=12)

    @examples(300)
    @given(st.integers(1, 120), st.lists(batch, max_size=4))
    def check(part_bytes: int, batches: list[list[tuple[int, bool]]]) -> None:
        parts, changed = cut(part_bytes, batches)
        assert [record for part in parts for record in part] == changed
        for part in parts[:-1]:
            assert sum(len(data) for _, _, data, _ in part) >= part_bytes
        for part in parts:
            assert sum(len(data) for _, _, data, _ in part[:-1]) < part_bytes

    check()


def test_a_part_is_full_at_its_size_and_the_next_one_begins_empty() -> None:
    cutter = PartBuilder(part_bytes=10)
    index = PartIndex(ids=[1, 2], raw=[11, 22], lengths=[4, 8], places=[100, 110])
    assert cutter.add(index, b"aaaabbbbbbbb", [0, 4, 12], 0, 1) == 1
    assert not cutter.is_full
    assert cutter.add(index, b"aaaabbbbbbbb", [0, 4, 12], 1, 2) == 2
    assert cutter.is_full
    taken, xml, end = cutter.take()
    assert (taken, xml, end) == (index, b"aaaabbbbbbbb", 118)
    assert (cutter.index, cutter.size) == (PartIndex(), 0)
    assert decode_index(encode_index(index)) == index


def test_one_record_larger_than_a_part_is_a_part() -> None:
    cutter = PartBuilder(part_bytes=10)
    index = PartIndex(ids=[1], raw=[1], lengths=[1_000], places=[0])
    cutter.add(index, b"x" * 1_000, [0, 1_000], 0, 1)
    assert cutter.is_full
    assert len(cutter.take()[1]) == 1_000
