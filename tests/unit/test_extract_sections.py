"""Comments, CDATA sections and their like hide tags from the cut; damage done by one that does not end stays local."""

from __future__ import annotations

import time

import pytest

from functions.runtime.entities import ENTITIES, SINGULAR, Entity
from tests.unit.test_record_scanner import scanned

HIDDEN = [
    "<![CDATA[see <release id='9'><title>x</title></release> end]]>",
    "<![CDATA[</release>]]>",
    "<![CDATA[ <![CDATA[ <release id='9'> ]]>",
    "<!-- <release id='9'></release> -->",
    "<!-- <release id='8'></release>\n<release id='9'></release> -->",
    "<!-- </release></releases> -->",
    "<?note <release id='9'></release> ?>",
]


def found(data: str, size: int = 1 << 20, limit: int = 10**6) -> list[str]:
    """The records of some releases, whose file is whole and has nothing else."""
    pieces, closed = scanned("releases", data.encode(), size, limit)
    assert closed
    assert not [piece for piece in pieces if piece.stray]
    return [piece.data.decode() for piece in pieces]


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("size", [1, 7, 64, 1 << 20])
def test_a_tag_in_a_section_is_none(hidden: str, size: int) -> None:
    records = [f"<release id='1'><title>{hidden}</title></release>", "<release id='2'/>"]
    assert found(f"<releases>{''.join(records)}</releases>", size) == records


@pytest.mark.parametrize("hidden", HIDDEN[3:])
def test_sections_between_records_and_around_the_root_are_nothing(hidden: str) -> None:
    record = "<release id='1'></release>"
    assert found(f"{hidden}<releases>{hidden}{record}{hidden}{record}{hidden}</releases>{hidden}\n") == [record] * 2


def test_a_stream_with_sections_is_cut_alike_at_every_byte() -> None:
    records = [f"<release id='{number}'><title>{hidden}</title></release>" for number, hidden in enumerate(HIDDEN)]
    data = "<releases>\n" + "<!-- </releases> -->\n".join(records) + "</releases>"
    assert found(data) == records
    assert all(found(data, size) == records for size in range(1, len(data) + 1, 3))


@pytest.mark.parametrize("opening", ["<!--", "<![CDATA[", "<?", "<!DOCTYPE x ["])
@pytest.mark.parametrize("later", ["", "<!-- c --><![CDATA[x]]><?p?>", "x" * 3_000])
@pytest.mark.parametrize("size", [50, 1 << 20])
def test_a_section_that_does_not_end_spoils_one_record_and_no_other(opening: str, later: str, size: int) -> None:
    records = [
        "<release id='1'></release>",
        f"<release id='2'><title>{opening}</title></release>",
        f"<release id='3'><title>{later}</title></release>",
        f"<release id='4'><title>{later}</title></release>",
    ]
    assert found(f"<releases>{''.join(records)}</releases>", size, 10_000) == records


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_tag_may_hold_what_ends_one(entity: Entity) -> None:
    tag = SINGULAR[entity]
    records = [f"<{tag} note='a>b/>'><id>1</id></{tag}>", f"<{tag} note=\"/>\" a='>'/>", f"<{tag}><id>3</id></{tag}>"]
    pieces, closed = scanned(entity, f"<{entity}>{''.join(records)}</{entity}>".encode())
    assert [piece.data.decode() for piece in pieces] == records
    assert closed


@pytest.mark.parametrize(
    "sub", ["<label><name>x</name></label>", "<label><id>7</id><b/></label>", "<label/>x", "<label>"]
)
@pytest.mark.parametrize("size", [1, 20, 1 << 20])
def test_elements_within_a_sub_label_are_no_records(sub: str, size: int) -> None:
    inside = f"{sub}<label id='2'><!-- </sublabels> -->y</label>"
    record = f"<label><id>1</id><sublabels>{inside}</sublabels><name>n</name></label>"
    pieces, closed = scanned("labels", f"<labels>{record}\n{record}</labels>".encode(), size)
    assert [piece.data.decode() for piece in pieces] == [record] * 2
    assert closed


@pytest.mark.parametrize(
    "data",
    [
        "<?xml version='1.0'?><!DOCTYPE releases [ <!ENTITY e \"<release id='5'>\"> ]><releases>~</releases>",
        "<!DOCTYPE releases><releases>~</releases>",
        "<releases>~</releases><!-- made by x --><?x?>\n\n",
        "<releases>~</releases>\n<releases>~</releases>\n",
        "\ufeff<releases>~</releases>\ufeff<?xml version='1.0'?><releases note='x'>~</releases >",
        "<releases/>",
        "<releases />\n",
        "<releases/><releases>~</releases>",
    ],
)
@pytest.mark.parametrize("size", [1, 11, 1 << 20])
def test_such_files_are_whole(data: str, size: int) -> None:
    record = "<release id='1'></release>"
    assert found(data.replace("~", record), size) == [record] * data.count("~")


@pytest.mark.parametrize(
    "data",
    [
        "~</releases>",
        "<releases>~<releases>~</releases>",
        "<releases>~</releases>~</releases>",
        "<releases>~</releases>~",
        "<releases>~</releases><releases>~",
        "x<releases>~</releases>",
        "<releases>~</releases>x",
        "<releases>~<!-- </releases> -->",
        "<releases>~</releases><![CDATA[]]>",
    ],
)
@pytest.mark.parametrize("size", [1, 1 << 20])
def test_such_files_are_not(data: str, size: int) -> None:
    record = "<release id='1'></release>"
    pieces, closed = scanned("releases", data.replace("~", record).encode(), size)
    assert [piece.data.decode() for piece in pieces if not piece.stray] == [record] * data.count("~")
    assert not closed


def test_white_space_and_comments_without_end_are_not_gathered() -> None:
    pieces, closed = scanned("releases", b"<releases>" + b" <!-- c -->\n" * 20_000 + b"</releases>", 5_000, 10_000)
    assert (pieces, closed) == ([], True)


@pytest.mark.parametrize(
    "rubbish", [b"<!DOCTYPE [", b"<![CDATA[", b"]]>", b"<!-->", b"<sublabels><label>", b"<label", b"!?"]
)
def test_rubbish_takes_time_in_proportion_to_its_length(rubbish: bytes) -> None:
    def seconds(times: int) -> float:
        started = time.process_time()
        scanned("labels", b"<labels>" + rubbish * times + b"</labels>", 1 << 16, 10**7)
        return time.process_time() - started

    assert seconds(40_000) < 25 * (seconds(4_000) + 0.01)
