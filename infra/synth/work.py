"""A work: what the versions of a master have in common. A release without a master is a work of its own."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from msgspec import Struct

from infra.synth.seeded_random import Dice
from infra.synth.words import JOINS, ROLES, TRACKS_FORMS, VERSIONS, VIDEO_LINES
from infra.synth.world import GROUP, Scene, World, master_of

_MASTER_SALT, _SINGLE_SALT = 21, 22
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
VARIOUS: Final = "<id>194</id><name>Various</name>"


class Title(Struct, frozen=True):
    """A track: its title, its length in seconds, its `<artists>` and `<extraartists>` elements or ''."""

    text: str
    seconds: int
    artists: str
    extraartists: str


class Work(Struct, frozen=True):
    """Parts named as elements are finished XML."""

    scene: Scene
    title: str
    year: int
    artist: str
    artists: str
    credits: str
    genres: str
    styles: str
    tracks: list[Title]
    videos: str


def work_of_release(world: World, release: int) -> Work:
    master = master_of(release)
    if master is None:
        return _single(world, release)
    return work_of_master(world, master)


def _single(world: World, release: int) -> Work:
    return _make(world, world.scene_of_release(release), release, world.dice(_SINGLE_SALT, release))


def work_of_master(world: World, master: int) -> Work:
    return _cached_work(world, master)


@lru_cache(maxsize=8)
def _cached_work(world: World, master: int) -> Work:
    release = master // 2 * GROUP
    return _make(world, world.scene_of_release(release), release, world.dice(_MASTER_SALT, master))


def title_text(scene: Scene, dice: Dice) -> str:
    """One to three words of the scene's language."""
    language = scene.language
    words = [dice.pick(language.words) for _ in range(1 + dice.upto(3))]
    return language.space.join(words)


def credit(ref: str, dice: Dice, role: str = "", join: str = "") -> str:
    """One `<artist>` of a credit, sometimes under another name."""
    anv = f"<anv>{_variation(ref)}</anv>" if dice.hit(0.25) else ""
    return f"<artist>{ref}{anv}{join}{role}</artist>"


def _variation(ref: str) -> str:
    name = ref[ref.index("<name>") + 6 : -7]
    first, _, rest = name.partition(" ")
    return f"{first[0]}. {rest}" if rest and first[0] != "&" else name.upper()


def _make(world: World, scene: Scene, release: int, dice: Dice) -> Work:
    mixed = dice.hit(0.08)
    title = title_text(scene, dice)
    artists, artist = _artists(world, scene, release, dice, mixed=mixed)
    tracks = _tracks(world, scene, dice, mixed=mixed)
    year = scene.first_year + dice.upto(max(1, scene.last_year - scene.first_year))
    return Work(
        scene=scene,
        title=f"{title} Vol. {1 + dice.upto(9)}" if mixed else title,
        year=year,
        artist=artist,
        artists=artists,
        credits=_credits(world, scene, dice),
        genres=_genres(scene, dice),
        styles=_styles(scene, dice),
        tracks=tracks,
        videos=_videos(world, scene, dice, title, artist, tracks, year, release),
    )


def _artists(world: World, scene: Scene, release: int, dice: Dice, *, mixed: bool) -> tuple[str, str]:
    """The `<artists>` element and the first name."""
    if mixed:
        return f"<artists><artist>{VARIOUS}</artist></artists>", "Various"
    first = world.pick_artist(scene.number, dice)
    if release >= world.base and dice.hit(0.5):
        newest = release * world.base_counts["artists"] // world.base - 1
        first = min(newest - dice.upto(3), world.counts["artists"] - 1)
    ref = world.artist_ref(first)
    name = ref[ref.index("<name>") + 6 : -7]
    if not dice.hit(0.17):
        return f"<artists>{credit(ref, dice)}</artists>", name
    second = world.artist_ref(world.pick_artist(scene.number, dice))
    join = f"<join>{dice.pick_early(JOINS)}</join>"
    return f"<artists>{credit(ref, dice, join=join)}{credit(second, dice)}</artists>", name


def _credits(world: World, scene: Scene, dice: Dice) -> str:
    """What stands within `<extraartists>` of the release, '' for none."""
    if dice.hit(0.35):
        return ""
    parts = []
    for _ in range(1 + int(dice.random() ** 2 * 12)):
        tracks = f"<tracks>{dice.pick_early(TRACKS_FORMS)}</tracks>" if dice.hit(0.08) else ""
        parts.append(_person(world, scene, dice, dice.pick_early(ROLES)).replace("</role>", f"</role>{tracks}"))
    return "".join(parts)


def _tracks(world: World, scene: Scene, dice: Dice, *, mixed: bool) -> list[Title]:
    credited = dice.hit(0.3)
    count = 1 + int((dice.random() + dice.random()) * 8.7)
    tracks = []
    for _ in range(count):
        text = title_text(scene, dice)
        if dice.hit(0.12):
            text += " " + dice.pick(VERSIONS)
        artists = f"<artists>{_person(world, scene, dice)}</artists>" if mixed else ""
        extra = ""
        if credited and dice.hit(0.6):
            helpers = (_person(world, scene, dice, dice.pick_early(ROLES)) for _ in range(1 + dice.upto(3)))
            extra = f"<extraartists>{''.join(helpers)}</extraartists>"
        tracks.append(Title(text, 60 + dice.upto(400), artists, extra))
    return tracks


def _person(world: World, scene: Scene, dice: Dice, role: str = "") -> str:
    ref = world.artist_ref(world.pick_artist(scene.number, dice))
    return credit(ref, dice, f"<role>{role}</role>" if role else "")


def _genres(scene: Scene, dice: Dice) -> str:
    second = f"<genre>{scene.second_genre}</genre>" if scene.second_genre and dice.hit(0.5) else ""
    return f"<genres><genre>{scene.genre.name}</genre>{second}</genres>"


def _styles(scene: Scene, dice: Dice) -> str:
    """Styles of the scene, seldom another of the genre; a few works have none."""
    if dice.hit(0.08):
        return ""
    first = dice.upto(len(scene.styles))
    names = [scene.styles[first]]
    if dice.hit(0.6) and len(scene.styles) > 1:
        names.append(scene.styles[first - 1])
    if dice.hit(0.15):
        names.append(dice.pick(scene.genre.styles))
    return f"<styles>{''.join(f'<style>{name}</style>' for name in dict.fromkeys(names))}</styles>"


def _videos(
    world: World, scene: Scene, dice: Dice, title: str, artist: str, tracks: list[Title], year: int, release: int
) -> str:
    if dice.hit(0.52):
        return ""
    label = world.label_name(world.pick_label(scene.number, dice))
    city = dice.pick(scene.country.cities)
    videos = []
    for track in tracks[: 1 + dice.upto(6)]:
        line = dice.pick(VIDEO_LINES).format(
            label=label, city=city, title=title, artist=artist, track=track.text, year=year, release=2 * release + 1
        )
        code = "".join(dice.pick(_LETTERS) for _ in range(11))
        videos.append(
            f'<video src="https://www.youtube.com/watch?v={code}" duration="{track.seconds}" embed="true">'
            f"<title>{artist} - {track.text}</title><description>{line}</description></video>"
        )
    return f"<videos>{''.join(videos)}</videos>"
