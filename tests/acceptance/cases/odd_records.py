"""Records that are odd in one way each, and those of them that make no document."""

from __future__ import annotations

from tests.acceptance.cases.dumps import Records, artist, label, master, release

LARGEST = 2**63 - 1

ARTISTS = [
    artist(1),
    '<artist><id>2</id><name>self</name><aliases><name id="2">self</name></aliases></artist>',
    "<artist><id>3</id><name>names only</name><members><name>Carl</name><name>John</name></members></artist>",
    "<artist><name>late id</name><id>4</id></artist>",
    "<artist><id> 5 </id><name>spaces</name></artist>",
    "<artist><id>6</id></artist>",
    "<artist><id>7</id><name>[a=Foo] [/b] &lt;i&gt;</name><profile>[url=http://x]y[/url]</profile></artist>",
    '<artist><images><image uri="" type="primary"/></images><id>8</id><name>images first</name></artist>',
    "<artist><!-- first --><id>9</id><name>a comment first</name></artist>",
    f"<artist>{' ' * 9_000}<id>10</id><name>far id</name></artist>",
]

LABELS = [
    label(1),
    label(2, '<parentLabel id="2">self</parentLabel><sublabels><label id="2">self</label></sublabels>'),
    label(3, "<parentLabel>no id</parentLabel><sublabels><label>Birds</label><label/></sublabels>"),
    '<label><name>late id</name><sublabels><label id="1">a</label></sublabels><id>4</id></label>',
    label(5, '<sublabels><label id="6"><name>deep</name></label></sublabels>'),
]

MASTERS = [
    master(1),
    '<master id="2"><year> 1999 </year><title>spaces</title></master>',
    '<master id="3"><main_release/><year/><title/></master>',
]

RELEASES = [
    release(1),
    release(2).replace("Release 2", "\\N").replace("Techno", "Música"),
    release(3).replace("Release 3", "[/b] [bold]x").replace("Techno", "İstanbul, [red]"),
    release(4).replace("1999-03-00", "2025-13-45"),
    "<release\n  id = '5'\n><title>a tag on three lines</title></release>",
    '<release note="a>b" id="6"><title>a bracket before the id</title></release>',
    '<release id="7"><title>a<!-- c -->b</title><notes><![CDATA[x < y & [z] ]]></notes><?pi data?></release>',
    (
        '<release id="8"><title>a record in CDATA</title>'
        '<notes><![CDATA[see <release id="99"><title>x</title></release> end]]></notes></release>'
    ),
    '<!-- <release id="98"><title>in a comment</title></release> -->',
    '<release id="9"><title>two</title><title>titles</title></release>',
    f'<release id="{LARGEST}"><title>the largest id</title></release>',
    '<release id="10"><master_id>[/b]</master_id><title>a number of markup</title></release>',
    '<release id="11"><title>&nbsp;no such entity</title></release>',
]

#: Releases 10 and 11 make no document.
REJECTED = 2


def odd_records() -> Records:
    """All of them."""
    return {"artists": ARTISTS, "labels": LABELS, "masters": MASTERS, "releases": RELEASES}
