"""A label as XML. `<sublabels>` holds `<label>` elements, the same tag as the record itself."""

from __future__ import annotations

from typing import Final

from infra.synth.artist import urls
from infra.synth.seeded_random import Dice
from infra.synth.words import LABEL_LINES, QUALITIES
from infra.synth.world import NAMELESS, Scene, World

_SALT: Final = 34


def label_xml(world: World, index: int) -> str:
    """The `<label>` element of a label by index."""
    dice = world.dice(_SALT, index)
    record_id = world.id("labels", index)
    scene = world.scene(index % world.scenes)
    name = f"<name>{world.label_name(index)}</name>" if record_id != NAMELESS["labels"] else ""
    return (
        f"<label><id>{record_id}</id>{name}{_contact(record_id, scene, dice)}{_profile(world, scene, dice)}"
        f"<data_quality>{dice.pick(QUALITIES)}</data_quality>{_parent(world, index)}{urls(record_id, dice, 0.25)}"
        f"{_sublabels(world, index)}</label>"
    )


def _parent(world: World, index: int) -> str:
    parent = world.parent_label(index)
    if parent is None:
        return ""
    return f'<parentLabel id="{world.id("labels", parent)}">{world.label_name(parent)}</parentLabel>'


def _sublabels(world: World, index: int) -> str:
    children = world.sublabels(index)
    if not children:
        return ""
    rows = (f'<label id="{world.id("labels", child)}">{world.label_name(child)}</label>' for child in children)
    return f"<sublabels>{''.join(rows)}</sublabels>"


def _contact(record_id: int, scene: Scene, dice: Dice) -> str:
    if not dice.hit(0.3):
        return ""
    city, street = dice.pick(scene.country.cities), dice.pick(scene.language.words)
    return (
        f"<contactinfo>{street} {1 + dice.upto(200)}&#13;\n{10000 + dice.upto(89999)} {city}&#13;\n"
        f"{scene.country.name}&#13;\n&#13;\nEmail: mail@label{record_id}.example.org</contactinfo>"
    )


def _profile(world: World, scene: Scene, dice: Dice) -> str:
    if not dice.hit(0.35):
        return ""
    artist, label = world.pick_artist(scene.number, dice), world.pick_label(scene.number, dice)
    text = "&#13;\n".join(dict.fromkeys(dice.pick(LABEL_LINES) for _ in range(1 + dice.upto(2)))).format(
        genre=scene.genre.name,
        city=dice.pick(scene.country.cities),
        year=scene.first_year,
        other=world.artist_name(artist),
        other_id=world.id("artists", artist),
        label=world.label_name(label),
        label_id=world.id("labels", label),
    )
    return f"<profile>{text}</profile>"
