"""The drift alarm: fields that the model does not know, and fields that vanish."""

from __future__ import annotations

from functions.extract.limits.schema_drift import Collapse, collapsed, count_fields, field_names


def test_fields_are_counted_and_texts_that_look_like_fields_are_not():
    line = rb'{"type":"artist","data":{"id":1,"name":"a","profile":"he said \"name\": twice"},"hash":"x"}' + b"\n"
    assert count_fields("artists", line * 3) == {"": 3, "id": 3, "name": 3, "profile": 3}


def test_nested_fields_are_known():
    assert {"tracklist", "sub_tracks", "position", "anv", "catno"} <= set(field_names("releases"))


def test_a_field_that_most_records_lost_has_collapsed():
    before = {"": 1000, "notes": 600, "title": 1000, "videos": 10}
    assert collapsed(before, {"": 2000, "notes": 100, "title": 2000}) == [Collapse("notes", 0.6, 0.05)]


def test_rare_fields_and_small_samples_raise_no_alarm():
    assert collapsed({"": 1000, "videos": 10}, {"": 1000}) == []
    assert collapsed({"": 100, "notes": 100}, {"": 1000}) == []
    assert collapsed({}, {"": 1000}) == []
