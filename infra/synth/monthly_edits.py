"""Edits: what people changed in a record from one month to the next.

An edit is a function of the world, the record's index, its XML and dice; it returns the text unchanged if it does not
fit. Those of the first group change edges of the graph, those of the second only what the document says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from functions.runtime.entities import Entity
from infra.synth.artist import bond
from infra.synth.seeded_random import Dice
from infra.synth.words import LABEL_WORDS, ROLES
from infra.synth.work import credit
from infra.synth.world import World
from infra.synth.xml_edit import (
    add_bond,
    add_credit,
    add_identifier,
    add_video,
    drop_credit,
    put,
    set_master,
    set_notes,
    set_profile,
    set_title,
    title_of,
)

Edit = Callable[[World, int, str, Dice], str]

_STYLE: Final = re.compile(r"<style>[^<]*</style>")
_CATNO: Final = re.compile(r' catno="[^"]*"')
_LABEL_ROW: Final = re.compile(r'<label name="[^"]*" catno="([^"]*)" id="\d+"/>')
_LAST_ALIAS: Final = re.compile(r"<name( id=\"\d+\")?>[^<]*</name>(?=</aliases>)")
_EMPTY_ALIASES: Final = re.compile(r"<aliases></aliases>")
_PARENT: Final = re.compile(r"(<parentLabel id=\"\d+\">[^<]*</parentLabel>)?(?=<urls>|<sublabels>|</label>$)")
_REAL_NAME: Final = re.compile(r"(<realname>[^<]*</realname>)?(?=<profile>|<data_quality>)")
_QUALITY: Final = re.compile(r"<data_quality>[^<]*</data_quality>")
_DURATION: Final = re.compile(r"<duration>[^<]*</duration>")
_YEAR: Final = re.compile(r"<year>\d+</year>")


def edited(world: World, entity: Entity, index: int, xml: str, dice: Dice) -> tuple[str, bool]:
    """The record after one edit, and whether its edges are other ones now."""
    with_edges, text_only = EDITS[entity]
    edges = dice.hit(0.5)
    kinds = with_edges if edges else text_only
    first = dice.upto(len(kinds))
    for edit in (*kinds[first:], *kinds[:first]):
        changed = edit(world, index, xml, dice)
        if changed != xml:
            return changed, edges
    return _quality(world, index, xml, dice), False


# ── releases and masters
def _add_credit(world: World, index: int, xml: str, dice: Dice) -> str:
    artist = world.pick_artist(world.scene_of_release(index).number, dice)
    role = f"<role>{dice.pick(ROLES)} [Added {dice.upto(10**6)}]</role>"
    return add_credit(xml, credit(world.artist_ref(artist), dice, role))


def _drop_credit(_: World, __: int, xml: str, ___: Dice) -> str:
    return drop_credit(xml)


def _change_style(world: World, index: int, xml: str, dice: Dice) -> str:
    styles = world.scene_of_release(index).genre.styles
    style = f"<style>{dice.pick(styles)}</style>"
    return xml if style in xml else put(_STYLE, xml, style)


def _master_style(world: World, index: int, xml: str, dice: Dice) -> str:
    return _change_style(world, index // 2 * 15, xml, dice)


def _change_catno(_: World, __: int, xml: str, dice: Dice) -> str:
    return put(_CATNO, xml, f' catno="NEW {dice.upto(10**6)}"') if _LABEL_ROW.search(xml) else xml


def _change_label(world: World, index: int, xml: str, dice: Dice) -> str:
    label = world.pick_label(world.scene_of_release(index).number, dice)
    row = rf'<label name="{world.label_name(label)}" catno="\1" id="{world.id("labels", label)}"/>'
    return _LABEL_ROW.sub(row, xml, count=1)


def _drop_master(_: World, __: int, xml: str, ___: Dice) -> str:
    return set_master(xml, "")


def _title(_: World, __: int, xml: str, dice: Dice) -> str:
    return set_title(xml, f"{title_of(xml)} (Edition {dice.upto(10**6)})")


def _notes(_: World, __: int, xml: str, dice: Dice) -> str:
    return set_notes(xml, f"Rewritten after a second look at the sleeve.&#13;\n\nCopy no. {dice.upto(10**6)}.")


def _identifier(_: World, __: int, xml: str, dice: Dice) -> str:
    value = f"{dice.upto(10**12):013}"
    return add_identifier(xml, f'<identifier type="Barcode" description="Added" value="{value}"/>')


def _duration(_: World, __: int, xml: str, dice: Dice) -> str:
    return put(_DURATION, xml, f"<duration>{dice.upto(60)}:{dice.upto(60):02}</duration>")


def _video(_: World, __: int, xml: str, dice: Dice) -> str:
    number = dice.upto(10**9)
    source = f'src="https://www.youtube.com/watch?v=n{number:010}" duration="{number % 600}" embed="true"'
    return add_video(xml, f"<video {source}><title>New upload</title><description>Cleaned up.</description></video>")


def _year(_: World, __: int, xml: str, dice: Dice) -> str:
    return put(_YEAR, xml, f"<year>{1950 + dice.upto(75)}</year>")


# ── artists and labels
def _add_alias(world: World, index: int, xml: str, dice: Dice) -> str:
    name = bond(world, world.pick_artist(index % world.scenes, dice))
    return xml if name in xml else add_bond(xml, "aliases", name)


def _drop_alias(_: World, __: int, xml: str, ___: Dice) -> str:
    return put(_EMPTY_ALIASES, put(_LAST_ALIAS, xml, ""), "")


def _add_group(world: World, index: int, xml: str, dice: Dice) -> str:
    name = bond(world, world.pick_artist(index % world.scenes, dice))
    return xml if name in xml else add_bond(xml, "groups", name)


def _change_parent(world: World, index: int, xml: str, dice: Dice) -> str:
    parent = world.pick_label(index % world.scenes, dice)
    element = f'<parentLabel id="{world.id("labels", parent)}">{world.label_name(parent)}</parentLabel>'
    return xml if parent == index or element in xml else put(_PARENT, xml, element)


def _drop_parent(_: World, __: int, xml: str, ___: Dice) -> str:
    return re.sub(r"<parentLabel .*?</parentLabel>", "", xml, count=1)


def _profile(_: World, __: int, xml: str, dice: Dice) -> str:
    return set_profile(xml, f"Profile written anew, {dice.upto(10**6)} words shorter. See also [a{dice.upto(99)}].")


def _real_name(world: World, index: int, xml: str, dice: Dice) -> str:
    language = world.scene(index % world.scenes).language
    name = f"{dice.pick(language.given)} {dice.pick(language.given)} {dice.pick(language.family)}"
    return put(_REAL_NAME, xml, f"<realname>{name}</realname>")


def _rename_label(_: World, __: int, xml: str, dice: Dice) -> str:
    tail = f" {dice.pick(LABEL_WORDS)} ({10 + dice.upto(90)})"
    return re.sub(r"(?<=</id>)<name>([^<]*)</name>", lambda name: f"<name>{name[1]}{tail}</name>", xml, count=1)


def _url(_: World, __: int, xml: str, dice: Dice) -> str:
    url = f"<url>https://example.org/new/{dice.upto(10**6)}</url>"
    return xml.replace("</urls>", f"{url}</urls>")


def _quality(_: World, __: int, xml: str, dice: Dice) -> str:
    return put(_QUALITY, xml, f"<data_quality>Reviewed {dice.upto(10**9)}</data_quality>")


#: For each entity the edits that change edges, and those that do not.
EDITS: Final[dict[Entity, tuple[tuple[Edit, ...], tuple[Edit, ...]]]] = {
    "artists": ((_add_alias, _drop_alias, _add_group), (_profile, _real_name, _url)),
    "labels": ((_change_parent, _drop_parent), (_profile, _url, _rename_label)),
    "masters": ((_master_style,), (_title, _year, _video)),
    "releases": (
        (_add_credit, _drop_credit, _change_style, _change_catno, _change_label, _drop_master),
        (_title, _notes, _identifier, _duration, _video),
    ),
}
