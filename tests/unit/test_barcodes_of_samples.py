"""Barcodes of real records are found as people type them: with blanks, without check digit, a zero more or less."""

from __future__ import annotations

import gzip
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.discover.lookup.probes import probes_of
from functions.identifiers.normal_form import barcode_digits, is_barcode
from functions.identifiers.recognise import recognise
from infra.verify.document import document_of, repaired, tree_of
from infra.verify.identifiers import keys_of
from infra.verify.record_splitter import RecordSplitter

TYPED: dict[str, Callable[[str], str]] = {
    "as written": str,
    "digits alone": barcode_digits,
    "with blanks": lambda text: " ".join(barcode_digits(text)),
    "with hyphens": lambda text: "-".join(
        (barcode_digits(text)[:1], barcode_digits(text)[1:6], barcode_digits(text)[6:])
    ),
    "without its check digit": lambda text: barcode_digits(text)[:-1],
    "with a zero before it": lambda text: f"0{barcode_digits(text)}",
    "without leading zeros": lambda text: barcode_digits(text).lstrip("0"),
    "in full-width digits": lambda text: barcode_digits(text).translate({48 + n: 0xFF10 + n for n in range(10)}),
    "with an add-on": lambda text: f"{barcode_digits(text)} 00017",
}


@pytest.fixture(scope="module")
def written(samples: Path) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Each (key, release), in order; each (barcode that is sound as written, release)."""
    keys, barcodes = [], []
    for path in samples.rglob("*_releases.xml.gz"):
        splitter = RecordSplitter("releases", 10_000_000)
        for piece in [*splitter.feed(gzip.decompress(path.read_bytes())), *splitter.finish()]:
            document = document_of("releases", tree_of(repaired(piece.data)[0]))
            keys += [(key, document["id"]) for key in keys_of(document)]
            barcodes += [
                (each["value"], document["id"])
                for each in document.get("identifiers", [])
                if each.get("type") == "Barcode" and is_barcode(barcode_digits(each.get("value", "")))
            ]
    return sorted(keys), barcodes


@pytest.mark.parametrize("typed", TYPED)
def test_a_real_barcode_is_found_as_it_is_typed(
    written: tuple[list[tuple[str, int]], list[tuple[str, int]]], typed: str
) -> None:
    keys, barcodes = written
    found = sum(release in _first_releases(keys, TYPED[typed](text)) for text, release in barcodes)
    assert len(barcodes) > 100
    assert found / len(barcodes) >= 0.99


def _first_releases(keys: list[tuple[str, int]], text: str) -> list[int]:
    """The first ten that a look-up comes upon."""
    releases: list[int] = []
    for probe in probes_of(recognise(text)):
        first, last = bisect_left(keys, (probe.low, -1)), bisect_right(keys, (probe.high, 2**63))
        releases += [release for _, release in keys[first:last] if release not in releases]
    return releases[:10]
