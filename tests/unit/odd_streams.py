"""Small streams that no dump should be: records, sections and tags of all kinds put together at random."""

from __future__ import annotations

import random

from functions.runtime.entities import SINGULAR, Entity

_SECTIONS = [
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?pi ",
    "?>",
    "<!DOCTYPE labels [",
    "]>",
    "<!DOCTYPE artists>",
    "]",
    "--",
    "<!",
    "<?",
]
_LABELS = ["<sublabels>", "</sublabels>", "<sublabels/>", "<label id='7'>x</label>", "<label><id>8</id></label>"]
_LABELS += [
    "<sublabels><label id='7'>x</label></sublabels>",
    "<sublabels><label><b>x</b></label></sublabels>",
    "<label/>",
]


def odd_stream(entity: Entity, chance: random.Random) -> bytes:
    """A stream of up to about twenty tokens, most of them whole records."""
    tokens = _tokens(entity, chance)
    body = "".join(chance.choice(tokens) for _ in range(chance.randint(0, 18)))
    before = chance.choice(["", "", f"<{entity}>", f"<{entity}>", f"<{entity}>", "\ufeff<?xml version='1.0'?>\n"])
    return (before + body + chance.choice([f"</{entity}>", f"</{entity}>", f"</{entity}>\n", ""])).encode()


def _tokens(entity: Entity, chance: random.Random) -> list[str]:
    tag = SINGULAR[entity]
    whole = [_record(entity, tag, chance, number) for number in range(8)]
    pieces = [f"<{tag}", f"<{tag}>", f"</{tag}>", f"</{tag} >", f"<{tag}/>", f"<{tag}s>", f"</{tag}s >", f"<{tag}s/>"]
    pieces += [
        f"<{tag}s a='1'>",
        f"<{tag.upper()} id='3'>",
        "<id>5</id>",
        "</id>",
        "text",
        ">",
        "<",
        "&",
        "'",
        '"',
        "/>",
        "\n",
    ]
    pieces += [" " * 600, "x" * chance.choice([10, 700, 2_500])]
    hidden = [
        f"<!-- {whole[0]} -->",
        f"<![CDATA[{whole[1]}]]>",
        f"<?{whole[2]}?>",
        "<!-- c -->",
        f"<!-- {whole[3]}{whole[4]}-->",
    ]
    hidden += [f'<!DOCTYPE {entity} [<!ENTITY e "{whole[0]}">]>', f"<![CDATA[</{tag}>]]>", f"<!-- </{tag}s> -->"]
    return whole * 4 + pieces + hidden * 2 + _SECTIONS + (_LABELS * 2 if tag == "label" else [])


def _record(entity: Entity, tag: str, chance: random.Random, number: int) -> str:
    number = chance.choice([number, number, number, number, -number, 2**63 - 1 + number])
    inside = [
        f"<!-- </{tag}> -->",
        f"<![CDATA[<{tag} id='99'><id>99</id></{tag}>]]>",
        "<?p?>",
        "words",
        "<x>y</x>",
        "&",
        "<",
    ]
    inside += ["<!--", "<![CDATA[", "-->", f"<{tag}>", "", "", "", "", "", "\0", "&#0;", "<id>6</id>", "<name>n</name>"]
    some = chance.choice(inside)
    if entity in {"masters", "releases"}:
        forms = [
            f"<{tag} id='{number}'>",
            f"<{tag} note='a>b' id=\"{number}\">",
            f"<{tag} note=\"/> id='3'\" id='{number}'>",
        ]
        forms += [
            f"<{tag}\n id = ' {number}'>",
            f"<{tag} id='{number}' x>",
            f"<{tag} x id='{number}'>",
            f"<{tag} id='{number}",
        ]
        forms += [
            f"<{tag} id='&#49;'>",
            f"<{tag} id='{number}'>" * 1,
            f"<{tag} id='{number}'>",
            f"<{tag} id='{number}'/>",
        ]
        return f"{chance.choice(forms)}<title>t</title>{some}</{tag}>"
    fields = [
        f"<id>{number}</id>",
        f"<id> {number} </id>",
        f"<id><!-- 5 -->{number}</id>",
        f"<id>{number}</id><name>n</name>",
    ]
    lists = [
        "<members><id>4</id><name id='4'>m</name></members>",
        "<members><id>4</id><name id='3'>m</name></members>",
        "",
        "",
    ]
    if tag == "label":
        lists = [
            "<sublabels><label id='4'>m</label><label>x</label></sublabels>",
            "<sublabels/>",
            "",
            "",
            "<sublabels>",
        ]
    return f"<{tag}>{''.join(chance.sample([some, chance.choice(fields), chance.choice(lists)], 3))}</{tag}>"
