"""The differences between two documents as a list that leads from the old to the new one, and back.

Each difference names its place by a JSON Pointer (RFC 6901) and has the value `before` and `after`; the side that has
none is left out. Items that came into a list or left it have `at` as well: there the items `before` gave way to those
of `after`. Differences are applied in their order, and taken back in the reverse order; a place counts in the list as
it is then. `jsonpatch` (RFC 6902) keeps no value from before, so that its patches lead one way only.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

#: Items on both sides above which a list is not searched for those that stayed: the time grows with their product.
_SEARCHED = 2_000


class Difference(Struct, frozen=True, omit_defaults=True):
    """One difference; `at` only where items of a list came or went, and then `before` and `after` are lists of them."""

    path: str
    at: int | UnsetType = UNSET
    before: Any = UNSET
    after: Any = UNSET


Patch = list[Difference]

_encoder = msgspec.json.Encoder(order="sorted")


class PatchError(ValueError):
    """A patch does not belong to this document."""


def diff(before: Any, after: Any) -> Patch:
    """What leads from one JSON value to another; nothing when they are equal. `1` and `true` are not."""
    return list(_diff("", before, after))


def redo(document: Any, patch: Patch) -> Any:
    """The newer document.

    Raises:
        PatchError: the document is not the one the patch starts from.
    """
    document = _copy(document)
    for one in patch:
        document = _exchange(document, one, one.before, one.after)
    return document


def undo(document: Any, patch: Patch) -> Any:
    """The older document.

    Raises:
        PatchError: the document is not the one the patch leads to.
    """
    document = _copy(document)
    for one in reversed(patch):
        document = _exchange(document, one, one.after, one.before)
    return document


def _diff(path: str, before: Any, after: Any) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _diff_objects(path, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _diff_lists(path, before, after)
    elif not _is_same(before, after):
        yield Difference(path, before=before, after=after)


def _diff_objects(path: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Difference]:
    for key in sorted(before.keys() | after.keys()):
        place = f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
        old, new = before.get(key, UNSET), after.get(key, UNSET)
        if old is UNSET or new is UNSET:
            yield Difference(place, before=old, after=new)
        else:
            yield from _diff(place, old, new)


def _diff_lists(path: str, before: list[Any], after: list[Any]) -> Iterator[Difference]:
    """Equal items at both ends stay; what is between them is told in the shortest way."""
    start, end = _equal_ends(before, after)
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    if not old and not new:
        return
    ways = [[Difference(path, start, old, new)]]
    if len(old) == len(new):
        ways.append(list(_diff_items(path, start, old, new)))
    if len(old) != len(new) or _size(ways[1]) > _size(ways[0]) / 2:
        ways.append(list(_diff_steps(path, start, old, new)))
    yield from min(reversed(ways), key=_size)


def _diff_items(path: str, start: int, old: list[Any], new: list[Any]) -> Iterator[Difference]:
    for place, (one, other) in enumerate(zip(old, new, strict=True), start):
        yield from _diff(f"{path}/{place}", one, other)


def _diff_steps(path: str, start: int, old: list[Any], new: list[Any]) -> Iterator[Difference]:
    """What came and went, from the left to the right: each place counts in a list that is new up to there."""
    if not old or not new or len(old) + len(new) > _SEARCHED:
        yield Difference(path, start, old, new)
        return
    olds, news = ([_encoder.encode(item) for item in items] for items in (old, new))
    for kind, i, i_end, j, j_end in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        if i_end - i == j_end - j:
            yield from _diff_items(path, start + j, old[i:i_end], new[j:j_end])
        else:
            yield Difference(path, start + j, old[i:i_end], new[j:j_end])


def _equal_ends(before: list[Any], after: list[Any]) -> tuple[int, int]:
    """How many items are the same at the start, and of the others at the end."""
    most = min(len(before), len(after))
    start = 0
    while start < most and _is_same(before[start], after[start]):
        start += 1
    end = 0
    while end < most - start and _is_same(before[-1 - end], after[-1 - end]):
        end += 1
    return start, end


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON. In Python `1` equals `true`: a text decides where they seem equal."""
    if one != other:
        return False
    return isinstance(one, str) or bool(_encoder.encode(one) == _encoder.encode(other))


def _size(patch: Patch) -> int:
    return len(_encoder.encode(patch))


def _copy(document: Any) -> Any:
    """A copy as deep as it needs to be: what a patch changes are objects and lists."""
    if isinstance(document, dict):
        return {key: _copy(value) for key, value in document.items()}
    return [_copy(item) for item in document] if isinstance(document, list) else document


def _exchange(document: Any, one: Difference, old: Any, new: Any) -> Any:
    """Put `new` where `old` stands; the document is changed in place, or is `new` itself."""
    root: Any = {"": document}
    *way, last = (step.replace("~1", "/").replace("~0", "~") for step in one.path.split("/"))
    try:
        holder = root
        for step in way:
            holder = _inside(holder, step)
        if isinstance(one.at, int):
            _splice(_inside(holder, last), one.at, old, new)
        else:
            _replace(holder, last, old, new)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise PatchError(f"The document has not what this patch would change at {one.path!r}.") from error
    return root[""]


def _inside(holder: Any, step: str) -> Any:
    return holder[int(step)] if isinstance(holder, list) else holder[step]


def _replace(holder: Any, step: str, old: Any, new: Any) -> None:
    key = int(step) if isinstance(holder, list) else step
    found = UNSET if isinstance(holder, dict) and key not in holder else holder[key]
    if (found is UNSET) != (old is UNSET) or (found is not UNSET and not _is_same(found, old)):
        raise ValueError
    if new is UNSET:
        del holder[key]
    else:
        holder[key] = _copy(new)


def _splice(items: list[Any], at: int, old: list[Any], new: list[Any]) -> None:
    end = at + len(old)
    if at > len(items) or not _is_same(items[at:end], old):
        raise ValueError
    items[at:end] = _copy(new)
