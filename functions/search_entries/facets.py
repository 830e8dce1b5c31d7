"""What entries are filtered and counted by, as whole numbers: a kind in the upper bits, a value in the lower.

A value is numbered by a hash of its text, so that whoever writes and whoever asks need no table between them; labels,
decades and years are numbered by themselves. Two values of one kind share a number once in 2^26 pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, Literal, get_args

import xxhash

Kind = Literal[
    "type", "genre", "style", "decade", "original", "country", "family", "format", "label", "year", "original-year"
]

#: Their order is their number, here and in `search_first_year` of the migrations: a new one comes last.
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_BITS: Final = 27
_MASK: Final = (1 << _BITS) - 1
#: The largest value that can be numbered by itself, and the number of no value: no entry has it.
LARGEST, NOTHING = _MASK, -1

#: The families of formats, by the names that the dumps have; everything else is `Other`.
_FAMILIES: Final = {
    "Vinyl": "Vinyl", "Acetate": "Vinyl", "Flexi-disc": "Vinyl", "Lathe Cut": "Vinyl", "Pathé Disc": "Shellac",
    "Shellac": "Shellac", "Edison Disc": "Shellac", "Cylinder": "Shellac", "CD": "CD", "CDr": "CD", "CDV": "CD",
    "Hybrid": "CD", "SACD": "CD", "Minidisc": "CD", "Cassette": "Cassette", "8-Track Cartridge": "Cassette",
    "4-Track Cartridge": "Cassette", "DCC": "Cassette", "DAT": "Cassette", "Microcassette": "Cassette",
    "Elcaset": "Cassette", "NT Cassette": "Cassette", "PlayTape": "Cassette", "DC-International": "Cassette",
    "Reel-To-Reel": "Tape", "Wire Recording": "Tape", "File": "Digital", "Memory Stick": "Digital",
    "Floppy Disk": "Digital", "DVD": "Video", "DVDr": "Video", "Blu-ray": "Video", "Blu-ray-R": "Video",
    "HD DVD": "Video", "HD DVD-R": "Video", "VHS": "Video", "Betamax": "Video", "Betacam": "Video",
    "Betacam SP": "Video", "U-matic": "Video", "Video 2000": "Video", "Video8": "Video", "Laserdisc": "Video",
    "CVD": "Video", "SVCD": "Video", "VCD": "Video", "UMD": "Video", "SelectaVision": "Video", "Film Reel": "Video",
    "Box Set": "Box Set", "All Media": "Box Set",
}  # fmt: skip

#: Lexicon of families, for whoever offers them.
FAMILIES: Final = ("Vinyl", "Shellac", "CD", "Cassette", "Tape", "Digital", "Video", "Box Set", "Other")


@lru_cache(100_000)
def facet(kind: Kind, value: str | int) -> int:
    """The number of a value; of a label its id, of a decade its first year."""
    number = value if isinstance(value, int) else xxhash.xxh32_intdigest(value.casefold().encode())
    return KINDS.index(kind) << _BITS | number & _MASK


def years(kind: Literal["year", "original-year"], first: int, last: int) -> tuple[int, ...]:
    """The facets of which an entry of these years has one: whole decades at once, so that there are few."""
    decades: Kind = "decade" if kind == "year" else "original"
    found, year = [], first
    while year <= last:
        if year % 10 == 0 and year + 9 <= last:
            found.append(facet(decades, year))
            year += 10
        else:
            found.append(facet(kind, year))
            year += 1
    return tuple(found)


def kind_of(number: int) -> Kind:
    """The kind of a facet."""
    return KINDS[number >> _BITS]


def value_of(number: int) -> int:
    """The value of a facet that is numbered by itself."""
    return number & _MASK


def family_of(format_name: str) -> str:
    """The family of a format."""
    return _FAMILIES.get(format_name, "Other")


def formats_of_family(name: str) -> list[str]:
    """The formats of a family; of any other name that format alone."""
    return [format_name for format_name, family in _FAMILIES.items() if family == name] or [name]


def facets_of(kind: Kind, values: Iterable[str | int]) -> Iterator[int]:
    """The numbers of several values."""
    return (facet(kind, value) for value in values)
