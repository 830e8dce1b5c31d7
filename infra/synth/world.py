"""The world that generated dumps tell of: how many records there are, their ids, names, scenes and relations.

Everything is computed from the seed and a record's index (0, 1, 2 … within its entity), so nothing has to be kept and
any record can be made alone. A world grows: later months have more records, and those before keep their names.

*Scenes* are groups of artists, labels and works that share a genre, styles, a country, years and helpers. Index `i` of
artists and labels belongs to scene `i % scenes`; releases come in groups of fifteen with a scene and two masters.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, TypeVar

from msgspec import Struct

from functions.runtime.entities import CODE, Entity
from infra.synth.genres import COUNTRIES, GENRES, Country, GenreFacts
from infra.synth.languages import LANDMARKS, LANGUAGES, Language
from infra.synth.seeded_random import Dice, mix, share
from infra.synth.words import FIRM_WORDS, LABEL_WORDS, STUDIO_WORDS

#: Releases that share a scene and two masters: the first four and the next three are versions of these, 8 have none.
GROUP: Final = 15
#: The real dump of 2026-09 has 0.525 artists and 0.124 labels for each release.
ARTISTS_PER_MILLE: Final = 525
LABELS_PER_MILLE: Final = 124
#: Credited everywhere and without a record, as in the real dumps: Various, Unknown Artist and one merged away.
NEVER_RECORDS: Final = frozenset({194, 355, 118760})
#: Records that have no name in the real dumps.
NAMELESS: Final[dict[Entity, int]] = {"artists": 66827, "labels": 212}

_SCENE_SALT, _GROUP_SALT, _NAME_SALT, _LINK_SALT = 11, 12, 13, 14
_SCENE_RELEASES = 150

Weighted = TypeVar("Weighted", GenreFacts, Country)


class Scene(Struct, frozen=True):
    number: int
    genre: GenreFacts
    second_genre: str | None
    styles: tuple[str, ...]
    country: Country
    language: Language
    first_year: int
    last_year: int


class Relations(Struct, frozen=True):
    """Indices of the artists that an artist is bound to; each bond is told by both sides."""

    members: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    aliases: tuple[int, ...] = ()


def counts_for(releases: int) -> dict[Entity, int]:
    """Records of each entity in a world with so many releases."""
    full, rest = divmod(releases, GROUP)
    return {
        "artists": max(8, releases * ARTISTS_PER_MILLE // 1000),
        "labels": max(6, releases * LABELS_PER_MILLE // 1000),
        "masters": 2 * full + (rest > 0) + (rest > 4),
        "releases": releases,
    }


def master_of(release: int) -> int | None:
    """Index of the master that a release (by index) is a version of."""
    group, place = divmod(release, GROUP)
    if place >= 7:
        return None
    return 2 * group + (place >= 4)


def main_release_of(master: int) -> int:
    """Index of the main release of a master (by index)."""
    return master // 2 * GROUP + (4 if master % 2 else 0)


class World:
    """Made from a seed and the releases of the first month (`base`); `releases` is how many there are by now."""

    def __init__(self, seed: int, base: int, releases: int | None = None) -> None:
        self.seed = seed & 0xFFFFFFFFFFFFFFFF
        self.base = base
        self.counts = counts_for(base if releases is None else releases)
        self.base_counts = counts_for(base)
        self.scenes = max(1, base // _SCENE_RELEASES)
        self.artist_slots = max(1, self.base_counts["artists"] // self.scenes)
        self.label_slots = max(1, self.base_counts["labels"] // self.scenes)
        self.scene = lru_cache(maxsize=4096)(self._scene)
        self.artist_ref = lru_cache(maxsize=1 << 17)(self._artist_ref)
        self.label_name = lru_cache(maxsize=1 << 15)(self._label_name)

    # ── ids
    def id(self, entity: Entity, index: int) -> int:
        """The id of a record: ascending with its index, with gaps."""
        low = 2 * index + 1
        if entity == "artists" and (low in NEVER_RECORDS or low + 1 in NEVER_RECORDS):
            return low + 1 if low in NEVER_RECORDS else low
        if NAMELESS.get(entity) in (low, low + 1):
            return NAMELESS[entity]
        return low + (mix(self.seed, CODE[entity], index) >> 7 & 1)

    @staticmethod
    def index(record_id: int) -> int:
        """The index of the record with that id, in any entity."""
        return (record_id - 1) // 2

    def dice(self, salt: int, index: int) -> Dice:
        return Dice(mix(self.seed, salt, index))

    # ── scenes
    def _scene(self, number: int) -> Scene:
        dice = self.dice(_SCENE_SALT, number)
        genre = _weighted(GENRES, dice)
        country = _weighted(COUNTRIES, dice)
        first = genre.first_year + dice.upto(max(1, genre.last_year - genre.first_year - 8))
        styles = tuple(dict.fromkeys(dice.pick(genre.styles) for _ in range(2 + dice.upto(3))))
        second = _weighted(GENRES, dice).name if dice.hit(0.25) else None
        return Scene(
            number=number,
            genre=genre,
            second_genre=second if second != genre.name else None,
            styles=styles,
            country=country,
            language=LANGUAGES[country.language],
            first_year=first,
            last_year=min(genre.last_year, first + 8 + dice.upto(20)),
        )

    def scene_of_release(self, release: int) -> Scene:
        return self.scene(mix(self.seed, _GROUP_SALT, release // GROUP) % self.scenes)

    def pick_artist(self, scene: int, dice: Dice) -> int:
        """An artist: most often one of the scene, and one of its well known ones."""
        if dice.hit(0.06):
            scene = dice.upto(self.scenes)
        return scene + self.scenes * dice.skewed(self.artist_slots)

    def pick_label(self, scene: int, dice: Dice, kind: int | None = None) -> int:
        """A label of the scene; `kind` 4 is a firm, 5 a studio (see `label_kind`), None one that issues records."""
        slot = dice.skewed(self.label_slots)
        if kind is None:
            slot -= max(0, slot % 6 - 3)
        else:
            slot = slot // 6 * 6 + kind
        return scene + self.scenes * (slot if slot < self.label_slots else slot % self.label_slots)

    def label_kind(self, label: int) -> int:
        """0: has sub-labels, 1 and 2: may be one, 3: neither, 4: a firm, 5: a studio."""
        return label // self.scenes % 6

    # ── names, as XML text
    def _artist_ref(self, artist: int) -> str:
        return f"<id>{self.id('artists', artist)}</id><name>{self.artist_name(artist)}</name>"

    def artist_name(self, artist: int) -> str:
        if artist < len(LANDMARKS):
            return LANDMARKS[artist]
        code = mix(self.seed, CODE["artists"], _NAME_SALT, artist)
        scene = self.scene(artist % self.scenes)
        language = scene.language if code % 16 else LANGUAGES["english"]
        slot = artist // self.scenes % 8
        name = _band(language, code >> 4) if slot == 0 or slot == 6 else _person(language, code >> 4)
        return f"{name} ({2 + (code >> 56) % 9})" if (code >> 50) % 10 == 0 else name

    def _label_name(self, label: int) -> str:
        code = mix(self.seed, CODE["labels"], _NAME_SALT, label)
        scene = self.scene(label % self.scenes)
        words = scene.language.words
        name = words[code % len(words)]
        if (code >> 8) % 3:
            name += scene.language.space + words[(code >> 12) % len(words)]
        kind = self.label_kind(label)
        tails = FIRM_WORDS if kind == 4 else STUDIO_WORDS if kind == 5 else LABEL_WORDS
        if kind > 3 or (code >> 24) % 4:
            name += " " + tails[(code >> 28) % len(tails)]
        return f"{name} ({2 + (code >> 56) % 9})" if (code >> 50) % 12 == 0 else name

    # ── relations
    def relations(self, artist: int) -> Relations:
        """Bands are at every eighth place of a scene and have the next two to five; places 6 and 7 are one person."""
        number, slot = artist % self.scenes, artist // self.scenes
        first = slot // 8 * 8
        place, size = slot - first, self._band_size(number, first)
        at = self._existing
        if place == 0:
            guests = (first - 6,) if self._has_guest(number, first) else ()
            return Relations(members=at(number, (*guests, *range(first + 1, first + 1 + size))))
        groups = (first,) if place <= size and place < 6 else ()
        if place == 2 and self._has_guest(number, first + 8):
            groups = (*groups, first + 8)
        aliases = (first + 13 - place,) if place > 5 else ()
        return Relations(groups=at(number, groups), aliases=at(number, aliases))

    def _band_size(self, scene: int, slot: int) -> int:
        return 2 + mix(self.seed, _LINK_SALT, scene, slot) % 4

    def _has_guest(self, scene: int, slot: int) -> bool:
        """Whether the third artist of the band before plays in this one too."""
        return slot >= 8 and share(self.seed, _LINK_SALT, _LINK_SALT, scene, slot) < 0.3

    def _existing(self, scene: int, slots: tuple[int, ...]) -> tuple[int, ...]:
        indices = (scene + self.scenes * slot for slot in slots)
        return tuple(index for index in indices if index < self.counts["artists"])

    def parent_label(self, label: int) -> int | None:
        kind = self.label_kind(label)
        if kind not in (1, 2) or share(self.seed, _LINK_SALT, CODE["labels"], label) > 0.6:
            return None
        return label - self.scenes * kind

    def sublabels(self, label: int) -> list[int]:
        if self.label_kind(label) != 0:
            return []
        below = (label + self.scenes, label + 2 * self.scenes)
        return [child for child in below if child < self.counts["labels"] and self.parent_label(child) == label]


def _weighted(facts: tuple[Weighted, ...], dice: Dice) -> Weighted:
    left = dice.random() * sum(fact.weight for fact in facts)
    for fact in facts:
        left -= fact.weight
        if left < 0:
            return fact
    return facts[0]


def _person(language: Language, code: int) -> str:
    given = language.given[code % len(language.given)]
    family = language.family[(code >> 8) % len(language.family)]
    if not language.space:
        return family + given
    form = (code >> 20) % 16
    if form == 0:
        return f"DJ {given}"
    if form < 4:
        return f"{given} {chr(65 + (code >> 24) % 26)}. {family}"
    return f"{given} {family}"


def _band(language: Language, code: int) -> str:
    words, space = language.words, language.space
    first, second = words[code % len(words)], words[(code >> 8) % len(words)]
    form = (code >> 20) % 6
    if form == 0:
        return f"The {first}s"
    if form == 1:
        return f"{first} &amp; {second}"
    if form == 2:
        return f"{first} {1 + (code >> 24) % 99}"
    return f"{first}{space}{second}"
