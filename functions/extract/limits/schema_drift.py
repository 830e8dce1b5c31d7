"""Drift: what a dump has that the model does not know, and what it once had and has no more."""

from __future__ import annotations

from functools import cache

from msgspec import Struct

from functions.extract.records.record import RECORD_TYPE
from functions.extract.records.xml_mapping import SHAPES, Shape
from functions.runtime.entities import Entity

#: The name that characters count under which PostgreSQL does not take: they became U+FFFD.
REPLACED_CHARACTERS = "replaced characters"

#: Bytes of a part's lines in which fields are counted: enough to see a change of the form.
SAMPLE_BYTES = 256 * 1024

#: Fields are counted in every fourth part: at 2.4 µs a release, counting in each took a sixth of the time of parsing.
COUNTED_PARTS = 4

#: A field counts as collapsed when it was in at least this share of the records before, is now in less than this part
#: of that, and both were seen often enough to tell.
_COMMON, _COLLAPSED, _ENOUGH = 0.02, 0.2, 500


class Unknown(Struct, frozen=True):
    """An element or attribute that the model does not know: how often it occurred, and a record that has it."""

    times: int
    example: int


class Collapse(Struct, frozen=True):
    """A field that most records lost against the run before. Shares are occurrences for a record.

    `example` is the id of a record without it.
    """

    field: str
    before: float
    now: float
    example: int | None = None


#: Occurrences of each field by name; the number of records under `""`.
FieldCounts = dict[str, int]


def count_fields(entity: Entity, lines: bytes) -> FieldCounts:
    """How often each field of the model occurs in the first lines of a part.

    In canonical JSON a quotation mark within a text is always escaped, so that `"notes":` is the field and no text.
    """
    end = lines.rfind(b"\n", 0, SAMPLE_BYTES) + 1 or len(lines)
    sample = lines[:end]
    records = sample.count(b"\n")
    counts = {name: sample.count(b'"%b":' % name.encode()) for name in field_names(entity)}
    if "type" in counts:
        counts["type"] -= records  # each line has one of its own
    return {"": records} | {name: times for name, times in counts.items() if times}


@cache
def field_names(entity: Entity) -> tuple[str, ...]:
    """Every field of an entity's documents, nested ones too."""
    names: set[str] = set(RECORD_TYPE[entity].__struct_fields__)
    waiting, seen = [SHAPES[entity]], set()
    while waiting:
        shape = waiting.pop()
        if id(shape) not in seen:
            seen.add(id(shape))
            names.update(shape.struct.__struct_fields__)
            waiting.extend(_inner(shape))
    return tuple(sorted(names))


def collapsed(before: FieldCounts, now: FieldCounts) -> list[Collapse]:
    """The fields that were common in one run's records and are rare in the next one's."""
    if min(before.get("", 0), now.get("", 0)) < _ENOUGH:
        return []
    found = []
    for name in sorted(before):
        share, then = now.get(name, 0) / now[""], before[name] / before[""]
        if name and then >= _COMMON and share < then * _COLLAPSED:
            found.append(Collapse(name, round(then, 4), round(share, 4)))
    return found


def _inner(shape: Shape) -> list[Shape]:
    return [*(inner for _, _, inner in shape.lists.values()), *(inner for _, inner in shape.single.values())]
