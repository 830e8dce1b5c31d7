"""How the XML of each struct looks: which element or attribute goes into which field, and how it is read.

The tables are made from the structs themselves; only where the dump's XML differs from the plain rule does this file
say so. The rule: a child element holds a text, an integer, a truth value, or a list of items.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, get_args, get_type_hints

import msgspec

from functions.extract.records import record
from functions.extract.records.record import RECORD_TYPE
from functions.runtime.entities import ENTITIES, SINGULAR, Entity

Reader = Callable[[str], Any]

_MAX = 2**63 - 1
#: Characters of what is looked up and counted by: a genre, style, country or format. No index takes 3 KB of them.
_LONGEST_NAME = 500


class BadNumber(ValueError):
    """Text where the model has an integer."""


class TooLong(ValueError):
    """A text of pages where the model has a name."""


def integer(text: str) -> int:
    """An id or a year: ASCII digits with an optional minus sign, white space around them ignored, 64 bits."""
    stripped = text.strip(" \t\r\n")
    if not (stripped.isascii() and stripped.removeprefix("-").isdigit()):
        raise BadNumber(f"{text[:40]!r} is no integer")
    number = int(stripped) if len(stripped) < 25 else _MAX + 1
    if not -_MAX - 1 <= number <= _MAX:
        raise BadNumber(f"{text[:40]!r} has more than 64 bits")
    return number


def truth(text: str) -> bool | str:
    """`true` and `false` as booleans; anything else stays the text it is."""
    return {"true": True, "false": False}.get(text, text)


def plain(text: str) -> str:
    """Text as it stands."""
    return text


def short(text: str) -> str:
    """Text as it stands, which is the name of something and no longer than one may be."""
    if len(text) > _LONGEST_NAME:
        raise TooLong(f"{text[:40]!r} goes on to {len(text):,} characters, where {_LONGEST_NAME} are the most")
    return text


@dataclass(slots=True)
class Shape:
    """The XML of one struct.

    Attributes:
        name: for drift reports, as in `track`.
        attributes: attribute name to field and reader.
        leaves: tag of a child element with text to field and reader.
        texts: tag of a list to field and the tag of its items, which are texts.
        short_texts: those of them whose items are names.
        lists: tag of a list to field, item tag and the items' shape.
        single: tag of one nested struct to field and shape.
        pairs: tags of lists of references in which an `<id>` may stand before its `<name>` (dumps before 2021).
        own: field and reader of the element's own text.
        child_attributes: (tag, attribute) of a leaf to field and reader.
    """

    name: str
    struct: type[msgspec.Struct]
    attributes: dict[str, tuple[str, Reader]] = field(default_factory=dict)
    leaves: dict[str, tuple[str, Reader]] = field(default_factory=dict)
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    short_texts: frozenset[str] = frozenset()
    lists: dict[str, tuple[str, str, Shape]] = field(default_factory=dict)
    single: dict[str, tuple[str, Shape]] = field(default_factory=dict)
    pairs: frozenset[str] = frozenset()
    own: tuple[str, Reader] | None = None
    child_attributes: dict[str, dict[str, tuple[str, Reader]]] = field(default_factory=dict)


#: The tag of an item where it is not the list's name without its last letter.
_ITEM_TAG = {
    "aliases": "name",
    "companies": "company",
    "extraartists": "artist",
    "groups": "name",
    "members": "name",
    "namevariations": "name",
    "series": "series",
    "sub_tracks": "track",
    "tracklist": "track",
}
#: Structs whose fields stand in attributes; what is named here stands in a child element all the same.
_BY_ATTRIBUTE: dict[type[msgspec.Struct], frozenset[str]] = {
    record.CatalogueEntry: frozenset(),
    record.Format: frozenset({"descriptions"}),
    record.Identifier: frozenset(),
    record.Image: frozenset(),
    record.Video: frozenset({"description", "title"}),
}
#: Fields that hold names.
_SHORT: dict[type[msgspec.Struct], frozenset[str]] = {
    record.Format: frozenset({"name"}),
    record.Master: frozenset({"genres", "styles"}),
    record.Release: frozenset({"country", "genres", "styles"}),
}
_RECORD_ATTRIBUTES: dict[Entity, frozenset[str]] = {
    "artists": frozenset(),
    "labels": frozenset(),
    "masters": frozenset({"id"}),
    "releases": frozenset({"id", "status"}),
}


def _reader(hint: Any) -> Reader | None:
    kinds = set(get_args(hint)) or {hint}
    if int in kinds:
        return integer
    if bool in kinds:
        return truth
    return plain if str in kinds else None


def _item_type(hint: Any) -> Any:
    listed = [kind for kind in get_args(hint) if getattr(kind, "__origin__", None) is list]
    return get_args(listed[0])[0] if listed else None


def _reference_shape(name: str) -> Shape:
    """An alias, member, group, sub-label or parent label: the id an attribute, the name its text."""
    return Shape(name, record.Reference, attributes={"id": ("id", integer)}, own=("name", plain))


def _build(struct: type[msgspec.Struct], name: str, known: dict[Any, Shape]) -> Shape:
    if struct in known:
        return known[struct]
    shape = known[struct] = Shape(name, struct)
    in_attributes, names = _BY_ATTRIBUTE.get(struct), _SHORT.get(struct, frozenset())
    for key, hint in get_type_hints(struct).items():
        reader, item = _reader(hint), _item_type(hint)
        reader = short if reader and key in names else reader
        if reader and in_attributes is not None and key not in in_attributes:
            shape.attributes[key] = (key, reader)
        elif reader:
            shape.leaves[key] = (key, reader)
        elif item is str:
            shape.texts[key] = (key, _ITEM_TAG.get(key, key[:-1]))
            shape.short_texts |= {key} & names
        elif item is record.Reference:
            shape.lists[key] = (key, _ITEM_TAG.get(key, "label"), _reference_shape(key))
        elif item is not None:
            tag = _ITEM_TAG.get(key, key[:-1])
            shape.lists[key] = (key, tag, _build(item, tag, known))
        else:
            shape.single[key] = (key, _reference_shape(key))
    return shape


def _record_shape(entity: Entity, known: dict[Any, Shape]) -> Shape:
    shape = _build(RECORD_TYPE[entity], SINGULAR[entity], known)
    for name in _RECORD_ATTRIBUTES[entity]:
        shape.attributes[name] = shape.leaves.pop(name)
    if entity == "artists":
        shape.pairs = frozenset({"aliases", "groups", "members"})
    if entity == "releases":
        shape.child_attributes["master_id"] = {"is_main_release": shape.leaves.pop("is_main_release")}
    return shape


_known: dict[Any, Shape] = {}

#: The shape of a record of each entity.
SHAPES: dict[Entity, Shape] = {entity: _record_shape(entity, _known) for entity in ENTITIES}
