"""Records whose names are known, put into a generated dump: what tests search for."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import Final

#: Ids beyond those of generated records.
BJORK, SAKAMOTO, VELM, FIRST_RELEASE, MASTER, LABEL = 9_000_001, 9_000_002, 9_000_003, 9_000_100, 9_000_050, 9_000_005
RELEASES: Final = 30
BARCODE: Final = "5 016958 997298"


def add_known_records(folder: Path) -> None:
    """Put them at the end of the dump's files, and have its checksums say so."""
    for entity, records in _records().items():
        [path] = folder.rglob(f"discogs_*_{entity}.xml.gz")
        end = f"</{entity}>"
        head, _, tail = gzip.decompress(path.read_bytes()).decode().rpartition(end)
        path.write_bytes(gzip.compress((head + "\n".join(records) + end + tail).encode(), mtime=0))
    [checksums] = folder.rglob("discogs_*_CHECKSUM.txt")
    files = sorted(checksums.parent.glob("discogs_*.xml.gz"))
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()} *{path.name}\n" for path in files)
    checksums.write_text("".join(lines))


def _records() -> dict[str, list[str]]:
    return {
        "artists": [
            f"<artist><id>{BJORK}</id><name>Björk</name><realname>Björk Guðmundsdóttir</realname></artist>",
            (
                f"<artist><id>{SAKAMOTO}</id><name>Ryuichi Sakamoto</name>"
                "<namevariations><name>坂本 龍一</name><name>坂本龍一</name></namevariations></artist>"
            ),
            (
                f"<artist><id>{VELM}</id><name>Velm</name>"
                "<profile>Birdsong and calls of whales, recorded in the wild.</profile></artist>"
            ),
        ],
        "labels": [f"<label><id>{LABEL}</id><name>Wandernde Schallplatten</name></label>"],
        "masters": [
            (
                f"<master id='{MASTER}'><artists><artist><id>{BJORK}</id><name>Björk</name></artist></artists>"
                "<genres><genre>Electronic</genre></genres><styles><style>Trip Hop</style></styles><year>1993</year>"
                "<title>Zwischenspiel</title></master>"
            )
        ],
        "releases": [_release(place) for place in range(RELEASES)],
    }


def _release(place: int) -> str:
    format_ = "CD" if place % 3 else "Vinyl"
    barcode = f"<identifier type='Barcode' value='{BARCODE}'/>" if not place else ""
    return (
        f"<release id='{FIRST_RELEASE + place}'><artists><artist><id>{BJORK}</id><name>Björk</name></artist>"
        f"<artist><id>{SAKAMOTO}</id><name>Ryuichi Sakamoto</name></artist></artists><title>Zwischenspiel</title>"
        f"<labels><label name='Wandernde Schallplatten' catno='WSP {place}' id='{LABEL}'/></labels>"
        f"<formats><format name='{format_}' qty='1'/></formats><genres><genre>Electronic</genre></genres>"
        f"<styles><style>Trip Hop</style></styles><country>Iceland</country><released>{1993 + place % 20}</released>"
        f"<master_id>{MASTER}</master_id><identifiers>{barcode}</identifiers></release>"
    )
