"""Every quirk of the real dumps occurs in a generated one; damage occurs when it is asked for, and only then."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from functions.runtime.entities import Entity
from infra.synth import write_dump
from infra.synth.damage import KINDS, damage_at, damaged_indices
from infra.synth.generate import RECORD_XML, record_text
from infra.synth.quirks import QUIRKS, RELEASED_FORMS, quirk_at
from infra.synth.world import World
from tests.unit.synth_dump import ENTITIES, elements, raw, record_id

RELEASES = 2000
DUMP = "20260901"


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("clean")
    write_dump(root, releases=RELEASES, seed=1)
    return root


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("damaged")
    write_dump(root, releases=RELEASES, seed=1, damage=True)
    return root


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_quirk_occurs_and_changes_its_record(entity: Entity) -> None:
    world = World(1, RELEASES)
    found = [(quirk_at(entity, index), index) for index in range(world.counts[entity])]
    seen = {quirk[0]: index for quirk, index in found if quirk}
    assert set(seen) == set(QUIRKS[entity])
    for name, index in seen.items():
        text = record_text(world, entity, index)
        etree.fromstring(text, etree.XMLParser(huge_tree=True))
        # Some releases have no date as it is.
        assert name == "released_missing" or text != RECORD_XML[entity](world, index), name


PRESENT = {
    "releases": (
        r"<master_id [^>]*>0</master_id>", r"<artist><name>", r"<artist><id>0</id>", r"<company><name>",
        r"<company><id>0</id>", rf'qty="{10**63 + 1}"', r"&#13;", r"<title>  ", r"\\u0000", r"𠮷", r"&#x1F3B5;",
        r"</artists><labels>", r"<title> </title>", r"<title>[^<]{6000,}</title>", r"(<label [^>]*/>)\1", r'catno=""',
        r'<label name="[^"]*" catno="[^"]*"/>', r'<label [^>]* id="0"/>', r"</title><formats>|</title><extraartists>",
        r"</master_id><identifiers>|</data_quality><identifiers>|</data_quality><videos>|</data_quality><companies>",
        r"<track><title>", r"<sub_tracks><track>", r"<genre>1</genre>", r"</formats><country>", r"</format><format ",
        r'embed="false"', r"<role>Producer \[Additional, Vocal\], Mixed By</role>", r"<tracks>1 to 8, 11</tracks>",
        r"<id>9007199254740993</id>", r"<id>118760</id>", r"<name>Unknown Artist</name></artist></extraartists>",
    ),
    "artists": (
        r"</id><(realname|profile|data_quality)>", r"\\u0000", r"\[l=", r"\[a\d+\]", r'<name id="118760">',
        r'<name id="0">', r"<name>A Friend",
        r"𠮷", r"&#13;", r"<name> Two  Spaces &amp; a tab\there </name>",
    ),
    "labels": (r"</id><(contactinfo|profile|data_quality)>", r"&#13;", r'<label id="999999999">', r"\\u0000"),
    "masters": (
        r"<year>0</year>", r"<year>197</year>", r"<year>338</year>", r"<title>[^<]{6000,}</title>", r"<genre>1</genre>",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("entity", "form"), [(entity, form) for entity in PRESENT for form in PRESENT[entity]])
def test_the_form_of_a_quirk_is_in_the_file(clean: Path, entity: str, form: str) -> None:
    assert re.search(form, raw(clean, DUMP, entity).decode())


def test_all_forms_of_a_release_date_occur(clean: Path) -> None:
    found = {release.findtext("released") or "" for release in elements(clean, DUMP, "releases")}
    assert set(RELEASED_FORMS) <= found


def test_an_artist_may_be_an_alias_of_itself(clean: Path) -> None:
    artists = elements(clean, DUMP, "artists")
    assert any(str(record_id(one)) in [n.get("id") for n in one.iterfind("aliases/name")] for one in artists)


def test_the_nameless_label_of_the_real_dump_is_nameless(clean: Path) -> None:
    label = next(one for one in elements(clean, DUMP, "labels") if record_id(one) == 212)
    assert label.find("name") is None


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_clean_dump_is_well_formed_with_distinct_ids(clean: Path, entity: str) -> None:
    ids = [record_id(element) for element in elements(clean, DUMP, entity)]
    assert len(ids) == len(set(ids))


def test_damage_has_every_kind_in_each_entity(damaged: Path) -> None:
    for entity in ENTITIES:
        data = raw(damaged, DUMP, entity)
        for form in (rb"Rock & Roll", rb"\x08", rb"<b></data_quality>", rb"Bj\xf6rk \xff\xfe", rb"&#0;", rb"\(again\)"):
            assert len(re.findall(form, data)) == 1, (entity, form)
        tag = entity[:-1].encode()
        missing = rb"\n<%s><(?!id>)" % tag if entity in ("artists", "labels") else rb"\n<%s><" % tag
        assert len(re.findall(missing, data)) == 1, entity


def test_duplicates_follow_their_record_at_a_distance(damaged: Path) -> None:
    ids = [int(found) for found in re.findall(rb'\n<release id="(\d+)"', raw(damaged, DUMP, "releases"))]
    again = {number for number in ids if ids.count(number) > 1}
    assert len(again) == 2
    for number in again:
        first = ids.index(number)
        assert ids.index(number, first + 1) - first > 1


def test_damage_is_rare_and_known_beforehand() -> None:
    assert [index for index in range(45_000) if damage_at(index)] == damaged_indices(45_000)
    assert len(damaged_indices(20_000)) == len(KINDS)
    assert not set(damaged_indices(15)) & set(range(15))


def test_records_without_damage_are_the_same_in_both(clean: Path, damaged: Path) -> None:
    whole = set(raw(clean, DUMP, "releases").split(b"</release>\n"))
    spoiled = set(raw(damaged, DUMP, "releases").split(b"</release>\n"))
    assert len(whole - spoiled) == len(KINDS) - 2
