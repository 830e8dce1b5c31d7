"""Colours of the stylesheet against those that they stand on, in both schemes, as WCAG AA asks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.pages import static_files

STYLES = (Path(static_files.__file__).parent / "static" / "linernotes.css").read_text()
_SCHEMES = {scheme: STYLES.partition(f"color-scheme: {scheme};")[2].partition("}")[0] for scheme in ("light", "dark")}
#: What texts are written in, and what tells fields from what is around them.
TEXTS = ("ink", "soft", "accent", "ok", "warn", "bad", "artist", "label", "master", "release", "genre", "style")


def colours(scheme: str) -> dict[str, str]:
    found = re.findall(r"--([\w-]+): #([0-9a-f]{3}(?:[0-9a-f]{3})?);", _SCHEMES[scheme])
    return {name: text if len(text) == 6 else "".join(one * 2 for one in text) for name, text in found}


def light(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((light(one), light(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", _SCHEMES)
@pytest.mark.parametrize("ground", ["paper", "sheet"])
def test_texts_and_the_edges_of_fields_can_be_told_from_the_ground(scheme: str, ground: str) -> None:
    known = colours(scheme)
    assert {
        name: contrast(known[name], known[ground]) for name in TEXTS if contrast(known[name], known[ground]) < 4.5
    } == {}
    assert contrast(known["edge"], known[ground]) >= 3
