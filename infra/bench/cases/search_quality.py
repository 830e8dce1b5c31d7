"""`linernotes bench search-quality`: how high a record that somebody looks for stands, as people type its name.

Real records among generated ones whose words are drawn from the real names at their frequencies, so that every word of
a record that is looked for stands in at least twenty others.
"""

from __future__ import annotations

import datetime as dt
import math
import random
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from psycopg.types.json import Jsonb

from functions.discover.search.search import search
from functions.identifiers.normal_form import barcode_digits, is_barcode
from functions.registry import FUNCTIONS
from functions.runtime.entities import Entity
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.query_files import statements
from functions.search_entries.words import is_unspaced, name_of, plain_name, words_of
from infra.bench.cases.derive import derive_all, forget_what_is_planned
from infra.bench.cases.pipeline import first_load
from infra.bench.harness.figures import Work
from infra.bench.harness.result import Result, note
from infra.bench.harness.stack import temporary_stack

_sql = statements(__file__, "search_quality.sql")

_SEED: Final = 7
#: Records that are looked for, hits that count, and others that have each word of one.
_TARGETS: Final = 500
_HITS: Final = 10
_OTHERS: Final = 20
#: The first id of a generated record.
_FIRST: Final = 900_000_000
_LONGEST: Final = 6
#: Standard deviations of an interval of 95 %.
_Z: Final = 1.96


class Target(Struct, frozen=True):
    """A record that is looked for, and other names that it has."""

    type: str
    id: int
    name: str
    variations: tuple[str, ...] = ()


def bench_search_quality(source: Path, rows: int, seed: int = _SEED) -> Iterator[Result]:
    """Load a real dump among generated records, and look for records of it.

    Args:
        source: the folder of the real dump.
        rows: generated artists and masters.
        seed: of what is drawn.
    """
    draw = random.Random(seed)  # noqa: S311 - figures that repeat
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-"):
        environment = {"LINERNOTES_WORKERS": "derive=0,assemble=0,embed=0"}
        with temporary_stack(environment) as settings, open_context(settings, FUNCTIONS) as context:
            first_load(context, source, only_store="table", bulk="yes")
            note(f"adding {rows:,} generated records")
            real = real_records(context)
            add_generated(context, real, real, rows, draw)
            forget_what_is_planned(context)
            derive_all(context)
            targets = targets_of(real, draw)
            for kind in KINDS:
                yield from _figures(ask(context, kind, real, targets, draw))


class Kind(Struct, frozen=True):
    """Questions of a kind: what the answer to each is worth, 1 at best; whether it is a share that is told of them."""

    name: str
    worth: list[float]
    is_share: bool = False

    @property
    def mean(self) -> float:
        """Of all questions; 0 where there is none."""
        return sum(self.worth) / len(self.worth) if self.worth else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """In which the mean of all questions of this kind lies with 95 %; 0 to 1 where there is none."""
        count = len(self.worth)
        if not count:
            return 0.0, 1.0
        if self.is_share or len(set(self.worth)) == 1:  # few that are all alike say nothing about their spread
            return _wilson(sum(self.worth), count)
        spread = math.sqrt(sum((one - self.mean) ** 2 for one in self.worth) / (count - 1))
        half = _Z * spread / math.sqrt(count)
        return max(self.mean - half, 0.0), min(self.mean + half, 1.0)


def real_records(context: Context) -> list[Target]:
    """Every artist, label and master of a dump that is loaded."""
    with context.connection() as connection:
        rows = connection.execute(_sql.names).fetchall()
    return [Target(kind, number, name, tuple(other or ())) for kind, number, name, other in rows]


def targets_of(real: Sequence[Target], draw: random.Random, count: int = _TARGETS) -> list[Target]:
    """Some of those whose name nobody else of the dump has."""
    unique = _unique(real)
    return draw.sample(unique, min(count, len(unique)))


def add_generated(
    context: Context, real: Sequence[Target], shared: Sequence[Target], rows: int, draw: random.Random
) -> None:
    """Put generated records beside those of a dump; entries come after.

    Args:
        real: whose words, as frequent as they are, the names are made of.
        shared: of whose names at least twenty others have each word.
        rows: how many are made before those that a word needs to be in twenty.
    """
    words = [word for one in real for word in name_of(one.name).split()]
    made = [" ".join(draw.choices(words, k=draw.randint(1, _LONGEST))) for _ in range(rows)]
    shown = Counter(word for name in made for word in set(name.split()))
    for word in dict.fromkeys(word for one in shared for word in name_of(one.name).split()):
        made += [f"{word} {' '.join(draw.choices(words, k=2))}" for _ in range(_OTHERS - shown[word])]
    _copy(context, {"artists": made[::2], "masters": made[1::2]})


def ask(
    context: Context,
    kind: str,
    real: Sequence[Target],
    targets: Sequence[Target],
    draw: random.Random,
    count: int = _TARGETS,
) -> Kind:
    """Ask for real records in one of the ways of `KINDS` in which people type them."""
    if kind == _NEIGHBOURS:
        return _neighbours(context, real, draw, count)
    if kind == _BARCODES:
        return _barcodes(context, draw, count)
    asked = [(target, text) for target in targets if (text := _TYPED[kind](target, draw))]
    ranks = [_rank(context, target, text) for target, text in asked]
    return Kind(kind, [1 / rank if rank else 0.0 for rank in ranks])


def _figures(kind: Kind) -> Iterator[Result]:
    Work(len(kind.worth), f"questions by {kind.name}")
    what = f"found among the first {_HITS}" if kind.is_share else f"MRR@{_HITS}"
    yield Result(f"search quality, {kind.name}, {len(kind.worth)} questions, {what}", kind.mean, "")
    low, high = kind.interval
    yield Result(f"search quality, {kind.name}, 95 % interval from", low, "")
    yield Result(f"search quality, {kind.name}, 95 % interval to", high, "")


def _wilson(found: float, asked: int) -> tuple[float, float]:
    """The interval of a share, also near 0 and 1."""
    share, square = found / asked, _Z * _Z
    middle = (share + square / (2 * asked)) / (1 + square / asked)
    half = _Z * math.sqrt(share * (1 - share) / asked + square / (4 * asked * asked)) / (1 + square / asked)
    return middle - half, middle + half


def _unique(real: Sequence[Target]) -> list[Target]:
    """Those whose name nobody else of the dump has, of more than signs and not too long to be typed."""
    times = Counter(plain_name(name_of(target.name)) for target in real)
    return [
        target
        for target in real
        if times[plain_name(name_of(target.name))] == 1 and 0 < len(words_of(name_of(target.name))) <= 2 * _LONGEST
    ]


def _copy(context: Context, names: dict[Entity, list[str]]) -> None:
    today = dt.date(2026, 1, 1)
    with context.connection() as connection:
        for entity, some in names.items():
            field = "name" if entity == "artists" else "title"
            with connection.cursor() as cursor, cursor.copy(getattr(_sql, f"copy_{entity}")) as copy:
                more: tuple[object, ...] = () if entity == "artists" else ([], [])
                for number, name in enumerate(some, _FIRST):
                    copy.write_row((number, "0" * 64, today, name, *more, Jsonb({"id": number, field: name})))


def _as_it_is(target: Target, _draw: random.Random) -> str | None:
    return target.name


def _without_accents(target: Target, _draw: random.Random) -> str | None:
    bare = "".join(c for c in unicodedata.normalize("NFD", target.name) if unicodedata.category(c) != "Mn")
    return bare if bare != target.name else None


def _with_a_typo(target: Target, draw: random.Random) -> str | None:
    words = name_of(target.name).split()
    places = [place for place, word in enumerate(words) if len(word) >= 5 and word.isalpha() and not is_unspaced(word)]
    if not places:
        return None
    place = draw.choice(places)
    words[place] = _mistyped(words[place], draw)
    return " ".join(words)


def _mistyped(word: str, draw: random.Random) -> str:
    """A word with a letter left out, doubled, changed, or two that changed places."""
    at = draw.randrange(1, len(word) - 1)
    kind = draw.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2:
        return word[:at] + draw.choice([letter for letter in "aeiourstln" if letter != word[at]]) + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _swapped(target: Target, draw: random.Random) -> str | None:
    words = name_of(target.name).split()
    if len(set(words)) < 2:
        return None
    while (other := draw.sample(words, len(words))) == words:
        pass
    return " ".join(other)


def _by_variation(target: Target, draw: random.Random) -> str | None:
    own = plain_name(name_of(target.name))
    others = [name for name in target.variations if plain_name(name) != own]
    return draw.choice(others) if others else None


_TYPED: Final[dict[str, Callable[[Target, random.Random], str | None]]] = {
    "the name": _as_it_is,
    "without accents": _without_accents,
    "one typo": _with_a_typo,
    "words in another order": _swapped,
    "a name variation": _by_variation,
}
_NEIGHBOURS: Final = "two neighbours of a name without blanks"
_BARCODES: Final = "a barcode with blanks or without its check digit"

#: Every way in which somebody asks.
KINDS: Final = (*_TYPED, _NEIGHBOURS, _BARCODES)


def _rank(context: Context, target: Target, text: str) -> int:
    """Where the record stands among the hits; 0 where it is none."""
    hits = search(context, text, limit=_HITS).hits
    return next((rank for rank, hit in enumerate(hits, 1) if (hit.type, hit.id) == (target.type, target.id)), 0)


def _neighbours(context: Context, real: Sequence[Target], draw: random.Random, count: int) -> Kind:
    """Any two neighbouring characters of a name that sets no blanks."""
    asked = []
    for target in real:
        for name in (target.name, *target.variations):
            runs = ["".join(run) for run in _runs(name_of(name))]
            asked += [(target, run[at : at + 2]) for run in runs for at in range(len(run) - 1)]
    chosen = draw.sample(asked, min(count, len(asked)))
    found = [float(_rank(context, target, text) > 0) for target, text in chosen]
    return Kind(_NEIGHBOURS, found, is_share=True)


def _barcodes(context: Context, draw: random.Random, count: int) -> Kind:
    """Barcodes of releases, with other blanks or without their check digit."""
    with context.connection() as connection:
        rows = connection.execute(_sql.barcodes).fetchall()
    sound = [(release, digits) for release, text in rows if is_barcode(digits := barcode_digits(text))]
    chosen = draw.sample(sound, min(count, len(sound)))
    found = []
    for release, digits in chosen:
        text = digits[:-1] if draw.random() < 0.5 else f"{digits[:1]} {digits[1:5]} {digits[5:]}"
        found.append(float(release in [one.id for one in search(context, text).bearers]))
    return Kind(_BARCODES, found, is_share=True)


def _runs(name: str) -> Iterator[list[str]]:
    run: list[str] = []
    for character in name:
        if is_unspaced(character):
            run.append(character)
        elif run:
            yield run
            run = []
    if run:
        yield run
