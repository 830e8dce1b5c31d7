"""A release as XML: a version of a work, with its label, format, tracklist and identifiers."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from infra.synth.genres import ELSEWHERE
from infra.synth.seeded_random import Dice
from infra.synth.words import (
    COMPANY_TYPES,
    FORMAT_EXTRAS,
    FORMAT_TEXTS,
    FORMATS,
    HEADINGS,
    IDENTIFIER_NOTES,
    IDENTIFIERS,
    NOTE_LINES,
    QUALITIES,
    SOCIETIES,
)
from infra.synth.work import Title, Work, work_of_release
from infra.synth.world import World, main_release_of, master_of

_RELEASE_SALT: Final = 31


def release_xml(world: World, index: int) -> str:
    """The `<release>` element of a release by index."""
    dice = world.dice(_RELEASE_SALT, index)
    work = work_of_release(world, index)
    name, descriptions, kind = dice.pick_early(FORMATS)
    discs = 1 if dice.hit(0.85) else 2
    label = world.pick_label(work.scene.number, dice)
    label_name = world.label_name(label)
    year = min(work.year + (0 if dice.hit(0.6) else dice.upto(12)), 2026)
    country = work.scene.country.name if dice.hit(0.7) else dice.pick(ELSEWHERE)
    helpers = f"<extraartists>{work.credits}</extraartists>" if work.credits else ""
    return (
        f'<release id="{world.id("releases", index)}">{work.artists}<title>{work.title}</title>'
        f"{_labels(world, work, label, label_name, dice)}{_series(work, dice)}{helpers}"
        f"{_formats(name, descriptions, discs, dice)}{work.genres}{work.styles}"
        f"<country>{country}</country>{_released(year, dice)}"
        f"{_notes(world, work, index, label_name, country, dice)}"
        f"<data_quality>{dice.pick(QUALITIES)}</data_quality>{_master(world, index)}"
        f"{_tracklist(work.tracks, kind, discs, dice)}"
        f"{_identifiers(label_name, dice)}{work.videos}{_companies(world, work, dice)}</release>"
    )


def catno(label_name: str, number: int, form: int) -> str:
    """A catalogue number as labels print them: `SVEK 026`, `SV-26`, `26 SVE`."""
    letters = label_name.replace(" ", "")[: 2 + form % 3].upper()
    if form % 4 == 0:
        return f"{letters}-{number}"
    return f"{letters} {number:03}" if form % 4 < 3 else f"{number} {letters}"


def _labels(world: World, work: Work, label: int, name: str, dice: Dice) -> str:
    number, form = 1 + dice.upto(400), label % 12
    record_id = world.id("labels", label)
    rows = f'<label name="{name}" catno="{catno(name, number, form)}" id="{record_id}"/>'
    if dice.hit(0.1):
        rows += f'<label name="{name}" catno="{catno(name, number, form + 1)}" id="{record_id}"/>'
    if dice.hit(0.08):
        other = world.pick_label(work.scene.number, dice)
        rows += f'<label name="{world.label_name(other)}" catno="none" id="{world.id("labels", other)}"/>'
    return f"<labels>{rows}</labels>"


def _series(work: Work, dice: Dice) -> str:
    if not dice.hit(0.05):
        return ""
    word = dice.pick(work.scene.language.words)
    volume, record_id = 1 + dice.upto(30), 700000 + dice.upto(9000)
    return f'<series><series name="{word} Series" catno="Vol. {volume}" id="{record_id}"/></series>'


def _formats(name: str, descriptions: tuple[str, ...], discs: int, dice: Dice) -> str:
    rows = "".join(f"<description>{text}</description>" for text in descriptions)
    while dice.hit(0.4):
        rows += f"<description>{dice.pick(FORMAT_EXTRAS)}</description>"
    text = dice.pick(FORMAT_TEXTS) if dice.hit(0.12) else ""
    more = '<format name="All Media" qty="1" text=""/>' if dice.hit(0.02) else ""
    return (
        f'<formats><format name="{name}" qty="{discs}" text="{text}"><descriptions>{rows}</descriptions></format>'
        f"{more}</formats>"
    )


def _released(year: int, dice: Dice) -> str:
    form = dice.random()
    if form < 0.1:
        return ""
    if form < 0.5:
        return f"<released>{year}</released>"
    month = 1 + dice.upto(12)
    day = 0 if form < 0.65 else 1 + dice.upto(28)
    return f"<released>{year}-{month:02}-{day:02}</released>"


def _notes(world: World, work: Work, index: int, label_name: str, country: str, dice: Dice) -> str:
    if dice.hit(0.5):
        return ""
    lines = "\n\n".join(dict.fromkeys(dice.pick(NOTE_LINES) for _ in range(1 + dice.upto(4))))
    text = lines.format(
        title=work.title,
        year=work.year,
        label=label_name,
        artist=work.artist,
        country=country,
        city=dice.pick(work.scene.country.cities),
        release=world.id("releases", max(0, index - 1)),
        master=world.id("masters", index // 15 * 2),
    )
    return f"<notes>{text}</notes>"


def _master(world: World, index: int) -> str:
    master = master_of(index)
    if master is None:
        return ""
    main = "true" if main_release_of(master) == index else "false"
    return f'<master_id is_main_release="{main}">{world.id("masters", master)}</master_id>'


@lru_cache(maxsize=512)
def _positions(kind: str, discs: int, count: int) -> tuple[str, ...]:
    if kind == "side":
        sides = min(2 * discs, count)
        per = -(-count // sides)
        return tuple(f"{chr(65 + i // per)}{i % per + 1}" for i in range(count))
    if kind == "disc" or discs > 1:
        per = -(-count // 2)
        return tuple(f"{1 + i // per}-{i % per + 1}" for i in range(count))
    return tuple(str(i + 1) for i in range(count))


def _tracklist(tracks: list[Title], kind: str, discs: int, dice: Dice) -> str:
    timed = dice.hit(0.55)
    positions = _positions(kind, discs, len(tracks))
    rows = [_track(track, place, timed=timed) for track, place in zip(tracks, positions, strict=True)]
    if dice.hit(0.03):
        rows.insert(dice.upto(len(rows)), f"<track><title>{dice.pick(HEADINGS)}</title></track>")
    if dice.hit(0.02):
        rows[-1] = index_track(tracks)
    return f"<tracklist>{''.join(rows)}</tracklist>"


def _track(track: Title, position: str, *, timed: bool) -> str:
    duration = f"<duration>{track.seconds // 60}:{track.seconds % 60:02}</duration>" if timed else ""
    return (
        f"<track><position>{position}</position><title>{track.text}</title>{duration}"
        f"{track.artists}{track.extraartists}</track>"
    )


def index_track(tracks: list[Title]) -> str:
    """An index track: no position of its own, its parts below it."""
    parts = "".join(
        f"<track><position>{len(tracks)}.{number}</position><title>{track.text}</title>{track.artists}"
        f"{track.extraartists}</track>"
        for number, track in enumerate(tracks[:3], start=1)
    )
    return f"<track><title>{tracks[-1].text}</title><sub_tracks>{parts}</sub_tracks></track>"


def _identifiers(label_name: str, dice: Dice) -> str:
    if dice.hit(0.35):
        return ""
    rows = []
    for _ in range(1 + dice.upto(5)):
        kind = dice.pick_early(IDENTIFIERS)
        note = dice.pick(IDENTIFIER_NOTES)
        rows.append(f'<identifier type="{kind}" description="{note}" value="{_value(kind, label_name, dice)}"/>')
    return f"<identifiers>{''.join(rows)}</identifiers>"


def _value(kind: str, label_name: str, dice: Dice) -> str:
    number = dice.upto(10**12)
    if kind == "Barcode":
        return f"{number:012}{_check_digit(number)}"
    if kind == "Rights Society":
        return dice.pick(SOCIETIES)
    if kind.endswith("SID Code"):
        return f"IFPI {number % 9000 + 1000}"
    if kind == "Label Code":
        return f"LC {number % 90000:05}"
    return f"{label_name[:4].upper()} {number % 99999} {chr(65 + number % 4)}{number % 3 + 1} {number % 7777:X}"


def _check_digit(number: int) -> int:
    """The last digit of an EAN that begins with these twelve."""
    digits = [int(digit) for digit in f"{number:012}"]
    return -(sum(digits[::2]) + 3 * sum(digits[1::2])) % 10


def _companies(world: World, work: Work, dice: Dice) -> str:
    if dice.hit(0.45):
        return ""
    rows = []
    for _ in range(1 + dice.upto(5)):
        number, name, studio = dice.pick(COMPANY_TYPES)
        label = world.pick_label(work.scene.number, dice, 5 if studio else 4)
        number_there = f"<catno>{dice.upto(99999)}</catno>" if dice.hit(0.05) else ""
        rows.append(
            f"<company><id>{world.id('labels', label)}</id><name>{world.label_name(label)}</name>{number_there}"
            f"<entity_type>{number}</entity_type><entity_type_name>{name}</entity_type_name></company>"
        )
    return f"<companies>{''.join(rows)}</companies>"
