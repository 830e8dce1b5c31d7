"""Reads generated dumps for tests, with gzip and lxml only."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from lxml import etree

from functions.runtime.entities import Entity

ENTITIES: tuple[Entity, ...] = ("artists", "labels", "masters", "releases")
Records = dict[int, etree._Element]


def raw(root: Path, dump: str, entity: str) -> bytes:
    """The XML of an entity file."""
    return gzip.decompress(path(root, dump, f"{entity}.xml.gz").read_bytes())


def path(root: Path, dump: str, what: str) -> Path:
    return root / "data" / dump[:4] / f"discogs_{dump}_{what}"


def elements(root: Path, dump: str, entity: str) -> list[etree._Element]:
    """All records, in order. The file must be well-formed."""
    return list(etree.fromstring(raw(root, dump, entity), etree.XMLParser(huge_tree=True)))


def record_id(element: etree._Element) -> int:
    return int(element.get("id") or element.findtext("id"))


def records(root: Path, dump: str, entity: str) -> Records:
    return {record_id(element): element for element in elements(root, dump, entity)}


def changes(root: Path, dump: str) -> dict[str, Any]:
    return json.loads(path(root, dump, "changes.json").read_text())["entities"]


def edges(entity: str, record: etree._Element) -> set[tuple[str, ...]]:
    """The edges that a record owns in the graph, as its XML states them (roles uncut)."""
    found: set[tuple[str, ...]] = set()
    for kind in ("genre", "style"):
        found |= {(kind, element.text or "") for element in record.iter(kind)}
    if entity == "artists":
        for kind in ("aliases", "groups"):
            found |= {(kind, name.get("id", "")) for name in record.iterfind(f"{kind}/name")}
    if entity == "labels":
        found |= {("parent", parent.get("id", "")) for parent in record.iterfind("parentLabel")}
    found |= {("by", artist.findtext("id") or "") for artist in record.iterfind("artists/artist")}
    found |= {("appears", artist.findtext("id") or "") for artist in record.iterfind(".//track/artists/artist")}
    for artist in record.iterfind(".//extraartists/artist"):
        found.add(("credited", artist.findtext("id") or "", artist.findtext("role") or ""))
    found |= {("on", row.get("id", ""), row.get("catno", "")) for row in record.iterfind("labels/label")}
    found |= {("master", record.findtext("master_id") or "")}
    return found
