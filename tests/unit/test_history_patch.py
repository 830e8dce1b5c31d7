"""The differences between two documents: they lead from either to the other."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.history.patch import Patch, PatchError, diff, redo, undo

_scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab/~", max_size=3)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text("ab/~01", max_size=2), inner),
    max_leaves=25,
)
_tracks = st.lists(
    st.fixed_dictionaries({"title": st.sampled_from("abcd"), "position": st.integers(1, 3)}), max_size=12
)
_documents = st.fixed_dictionaries(
    {"id": st.just(1)}, optional={"tracklist": _tracks, "title": st.text("xy", max_size=2)}
)


def text(value: Any) -> bytes:
    """JSON tells `1` from `true`, which Python does not."""
    return msgspec.json.encode(value, order="sorted")


def stored(patch: Patch) -> Patch:
    """A patch as it comes back from where it was kept."""
    return msgspec.json.decode(msgspec.json.encode(patch), type=Patch)


def shown(before: Any, after: Any) -> list[dict[str, Any]]:
    return msgspec.to_builtins(diff(before, after))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(_values, _values)
def test_either_of_two_values_can_be_made_from_the_other(before: Any, after: Any) -> None:
    patch = stored(diff(before, after))
    assert text(redo(before, patch)) == text(after)
    assert text(undo(after, patch)) == text(before)
    assert (patch == []) == (text(before) == text(after))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(_documents, _documents)
def test_lists_that_grew_or_shrank_can_be_made_from_each_other(before: Any, after: Any) -> None:
    patch = stored(diff(before, after))
    assert text(redo(before, patch)) == text(after)
    assert text(undo(after, patch)) == text(before)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(_documents, _documents)
def test_a_patch_is_not_much_larger_than_both_documents(before: Any, after: Any) -> None:
    assert len(msgspec.json.encode(diff(before, after))) <= len(text(before)) + len(text(after)) + 120


def test_fields_are_named_by_json_pointers_and_an_absent_side_is_left_out() -> None:
    before = {"title": "A", "year": 1, "a/b~c": 1, "tracklist": [{"title": "x"}, {"title": "y"}]}
    after = {"title": "B", "notes": None, "a/b~c": 2, "tracklist": [{"title": "x"}, {"title": "z"}]}
    assert shown(before, after) == [
        {"path": "/a~1b~0c", "before": 1, "after": 2},
        {"path": "/notes", "after": None},
        {"path": "/title", "before": "A", "after": "B"},
        {"path": "/tracklist/1/title", "before": "y", "after": "z"},
        {"path": "/year", "before": 1},
    ]


def test_an_item_that_came_into_a_list_is_all_that_is_told() -> None:
    tracks = [{"title": str(number)} for number in range(20)]
    new = {"title": "new"}
    after = [*tracks[:7], new, *tracks[7:]]
    assert shown({"tracklist": tracks}, {"tracklist": after}) == [
        {"path": "/tracklist", "at": 7, "before": [], "after": [new]}
    ]


def test_items_that_came_and_changed_in_one_list_are_told_apart() -> None:
    tracks = [{"title": "long enough that it matters", "position": str(number)} for number in range(12)]
    changed = tracks[9] | {"title": "another"}
    after = [tracks[0], {"title": "new"}, *tracks[1:9], changed, *tracks[10:]]
    assert [(one["path"], one.get("at")) for one in shown({"tracklist": tracks}, {"tracklist": after})] == [
        ("/tracklist", 1),
        ("/tracklist/10/title", None),
    ]


def test_a_list_that_moved_by_one_is_not_told_item_by_item() -> None:
    tracks = [{"title": f"a title of its own {number}"} for number in range(30)]
    moved = shown(tracks, [*tracks[1:], tracks[0]])
    assert moved == [
        {"path": "", "at": 0, "before": [tracks[0]], "after": []},
        {"path": "", "at": 29, "before": [], "after": [tracks[0]]},
    ]


@pytest.mark.parametrize(
    "document",
    [{"title": "C"}, {}, {"title": "A", "tracklist": []}, {"title": 1, "tracklist": [1]}, [], {"title": "A"}],
)
def test_a_patch_of_another_document_is_refused(document: Any) -> None:
    patch = diff({"title": "A", "tracklist": [1]}, {"title": "B", "tracklist": [1, 2]})
    with pytest.raises(PatchError):
        redo(document, patch)


def test_a_patch_leaves_the_document_it_is_given_as_it_is() -> None:
    before, after = {"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}, 4]}
    patch = diff(before, after)
    assert redo(before, patch) == after
    assert (before, after) == ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}, 4]})
