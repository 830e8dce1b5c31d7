"""What a month did to a record, whatever else was written of that month before."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.history.net_change import DocumentData, Net, Row, net_change
from functions.history.patch import diff, redo, undo

MARCH, APRIL, MAY, JUNE = (dt.date(2026, month, 1) for month in (3, 4, 5, 6))

_document = st.none() | st.fixed_dictionaries({"title": st.sampled_from("ABC")})


Steps = list[tuple[dt.date, DocumentData | None]]


def in_order(steps: Steps) -> Steps:
    return sorted(steps, key=lambda step: step[0])


class Record:
    """One record and its history, written month by month as the loader does."""

    def __init__(self) -> None:
        self.document: DocumentData | None = None
        self.buried: DocumentData | None = None
        self.rows: dict[dt.date, Row] = {}

    def write(self, dump: dt.date, new: DocumentData | None) -> Net | None:
        if new == self.document:
            return None
        later = [row for month, row in self.rows.items() if month >= dump]
        net = net_change(later, self.document, self.buried, new)
        self.rows = {month: row for month, row in self.rows.items() if month < dump}
        if net:
            self.rows[dump] = Row(dump, net.kind, net.patch)
        self.document, self.buried = new, self.document if new is None else None
        return net


def kinds(record: Record) -> dict[dt.date, str]:
    return {month: row.kind for month, row in record.rows.items()}


A, B, C = ({"title": title} for title in "ABC")


def test_the_usual_months() -> None:
    record = Record()
    assert record.write(APRIL, A) == Net("added", [])
    assert record.write(MAY, B) == Net("changed", diff(A, B))
    assert record.write(JUNE, None) == Net("removed", [])
    assert kinds(record) == {APRIL: "added", MAY: "changed", JUNE: "removed"}


def test_a_record_that_came_back_is_added_again() -> None:
    record = Record()
    for month, document in ((MARCH, A), (APRIL, None), (MAY, B)):
        record.write(month, document)
    assert kinds(record) == {MARCH: "added", APRIL: "removed", MAY: "added"}


def test_a_month_that_adds_and_then_changes_has_added() -> None:
    record = Record()
    record.write(APRIL, A)
    assert record.write(APRIL, B) == Net("added", [])
    assert record.write(APRIL, None) is None
    assert kinds(record) == {}


def test_a_month_that_changes_twice_tells_the_whole_change() -> None:
    record = Record()
    for month, document in ((APRIL, A), (MAY, B), (MAY, C)):
        record.write(month, document)
    assert record.rows[MAY] == Row(MAY, "changed", diff(A, C))
    assert record.write(MAY, A) is None
    assert kinds(record) == {APRIL: "added"}


def test_a_month_that_changes_removes_and_brings_back_tells_the_whole_change() -> None:
    record = Record()
    for month, document in ((APRIL, A), (MAY, B), (MAY, None)):
        record.write(month, document)
    assert record.rows[MAY] == Row(MAY, "removed", diff(A, B))
    record.write(MAY, C)
    assert record.rows[MAY] == Row(MAY, "changed", diff(A, C))


def test_an_older_month_undoes_the_newer_ones() -> None:
    record = Record()
    for month, document in ((MARCH, A), (APRIL, B), (MAY, C), (JUNE, None)):
        record.write(month, document)
    assert record.write(APRIL, C) == Net("changed", diff(A, C))
    assert kinds(record) == {MARCH: "added", APRIL: "changed"}


def test_an_older_month_over_one_that_removed_and_one_that_brought_back_counts_from_what_stands() -> None:
    record = Record()
    for month, document in ((MARCH, A), (APRIL, None), (MAY, B)):
        record.write(month, document)
    assert record.write(APRIL, C) == Net("changed", diff(B, C))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from([APRIL, MAY, JUNE]), _document), max_size=9).map(in_order))
def test_each_month_leads_from_its_beginning_to_its_end(steps: Steps) -> None:
    record = Record()
    ends: dict[dt.date, Any] = {MARCH: None, APRIL: None, MAY: None, JUNE: None}
    for month, document in steps:
        record.write(month, document)
        ends |= {later: document for later in ends if later >= month}
    for before, month in pairwise(ends):
        old, new, row = ends[before], ends[month], record.rows.get(month)
        assert (row.kind if row else None) == expected(old, new)
        if row and row.kind == "changed":
            assert (redo(old, row.patch), undo(new, row.patch)) == (new, old)


def expected(old: DocumentData | None, new: DocumentData | None) -> str | None:
    if old == new:
        return None
    return "added" if old is None else "removed" if new is None else "changed"
