"""An artist as XML, with bonds that both sides tell."""

from __future__ import annotations

from typing import Final

from infra.synth.seeded_random import Dice
from infra.synth.words import PROFILE_LINES, QUALITIES, SITES
from infra.synth.world import NAMELESS, Scene, World

_SALT: Final = 33


def artist_xml(world: World, index: int) -> str:
    """The `<artist>` element of an artist by index."""
    dice = world.dice(_SALT, index)
    record_id = world.id("artists", index)
    scene = world.scene(index % world.scenes)
    name = world.artist_name(index)
    relations = world.relations(index)
    title = f"<name>{name}</name>" if record_id != NAMELESS["artists"] else ""
    real = f"<realname>{_real_name(scene, dice)}</realname>" if not relations.members and dice.hit(0.3) else ""
    return (
        f"<artist><id>{record_id}</id>{title}{real}{_profile(world, scene, dice)}"
        f"<data_quality>{dice.pick(QUALITIES)}</data_quality>{urls(record_id, dice, 0.2)}{_variations(name, dice)}"
        f"{_bonds(world, 'aliases', relations.aliases)}{_bonds(world, 'members', relations.members)}"
        f"{_bonds(world, 'groups', relations.groups)}</artist>"
    )


def bond(world: World, artist: int) -> str:
    """How an artist is named in aliases, members and groups."""
    return f'<name id="{world.id("artists", artist)}">{world.artist_name(artist)}</name>'


def _bonds(world: World, tag: str, artists: tuple[int, ...]) -> str:
    if not artists:
        return ""
    return f"<{tag}>{''.join(bond(world, artist) for artist in artists)}</{tag}>"


def _real_name(scene: Scene, dice: Dice) -> str:
    language = scene.language
    names = [dice.pick(language.given), dice.pick(language.given), dice.pick(language.family)]
    return " ".join(names) if language.space else names[2] + names[0]


def _profile(world: World, scene: Scene, dice: Dice) -> str:
    if not dice.hit(0.3):
        return ""
    other = world.pick_artist(scene.number, dice)
    label = world.pick_label(scene.number, dice)
    text = "\n".join(dict.fromkeys(dice.pick(PROFILE_LINES) for _ in range(1 + dice.upto(3)))).format(
        genre=scene.genre.name,
        city=dice.pick(scene.country.cities),
        year=scene.first_year - dice.upto(30),
        other=world.artist_name(other),
        other_id=world.id("artists", other),
        label=world.label_name(label),
        label_id=world.id("labels", label),
        release=2 * dice.upto(world.base) + 1,
        master=2 * dice.upto(world.base_counts["masters"]) + 1,
    )
    return f"<profile>{text}</profile>"


def urls(record_id: int, dice: Dice, probability: float) -> str:
    """The `<urls>` element, or '' as most records have none."""
    if not dice.hit(probability):
        return ""
    slug = f"{'band' if record_id % 2 else 'sound'}{record_id}"
    addresses = (dice.pick(SITES).format(slug=slug) for _ in range(1 + dice.upto(5)))
    return f"<urls>{''.join(f'<url>{address}</url>' for address in addresses)}</urls>"


def _variations(name: str, dice: Dice) -> str:
    if not dice.hit(0.3):
        return ""
    upper = name.upper().replace("&AMP;", "&amp;")
    forms = (upper, name.replace(" ", "-"), f"{name[0]}.", f"{name} Band", f"{name} And Friends")
    first = dice.upto(len(forms))
    names = forms[first : first + 1 + dice.upto(3)]
    return f"<namevariations>{''.join(f'<name>{form}</name>' for form in names)}</namevariations>"
