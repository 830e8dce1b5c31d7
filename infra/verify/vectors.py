"""What a record means as a text, by rules of this package's own, and whether it has a vector: of a sample."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final

import xxhash

from functions.runtime.entities import SINGULAR, Entity
from infra.verify.document import ExpectedDocument
from infra.verify.edges import year_of
from infra.verify.report import Findings
from infra.verify.stores import Stores

#: Records of a task that are looked at, and what draws them: the same ones each time.
_SAMPLE: Final = 20
_SEED: Final = 0x9E3779B97F4A7C15
_BRACKETS: Final = re.compile(r"\[([^\[\]]*)\]")
_SITES: Final = ("http://", "https://", "www.")


def text_of(entity: Entity, document: ExpectedDocument, dump: date) -> str:
    """The text of a record as of a dump; empty where there is too little to say."""
    if entity == "artists":
        pieces = _of_artist(document)
    elif entity == "labels":
        pieces = _of_label(document)
    else:
        pieces = _of_title(document, year_of(entity, document, dump))
    return " ".join(". ".join(filter(None, pieces)).split())[:1_200]


def compare_vectors(
    findings: Findings, stores: Stores, entity: Entity, documents: Mapping[int, tuple[ExpectedDocument, date]]
) -> None:
    """Note where a record of the sample has the vector of another text, or none; nothing while these are behind."""
    wanted = stores.has_all_vectors()
    if not wanted or (entity == "releases" and "embed_releases=True" not in wanted):
        return
    sample = sorted(documents, key=lambda id_: (id_ * _SEED) % 2**64)[:_SAMPLE]
    stored = {id_: (key, there) for id_, key, there in stores.vector_keys(entity, sample)}
    findings.checked["vectors"] += len(sample)
    for id_ in sample:
        document, dump = documents[id_]
        is_own = entity != "releases" or document.get("master_id", 0) <= 0
        text = text_of(entity, document, dump) if is_own else ""
        expected = xxhash.xxh3_64_intdigest(text.encode()) - 2**63 if text else None
        key, there = stored.get(id_, (None, False))
        who = f"{SINGULAR[entity]} {id_}"
        if key != expected:
            problem = "has a vector, and nothing to say" if expected is None else "has not the vector of its text"
            findings.found("vectors", f"{who} {problem}.")
        elif key is not None and not there:
            findings.found("vectors", f"{who} shares a vector that is not there.")


def compare_vectors_count(findings: Findings, stores: Stores, entity: Entity) -> None:
    """Note vectors whose record is gone."""
    if stores.has_all_vectors():
        for id_ in stores.vectors_without_record(entity):
            findings.found("vectors", f"{SINGULAR[entity]} {id_} has a vector, but no row.")


def _of_artist(document: ExpectedDocument) -> list[str]:
    known = [document.get("realname", ""), *(_named(document.get(each)) for each in ("aliases", "groups", "members"))]
    known.append(_plain(document.get("profile", ""), 800))
    variations = ", ".join(_once(document.get("namevariations", [])[:8]))
    return [_bare(document.get("name", "")), *known, variations] if any(known) else []


def _of_label(document: ExpectedDocument) -> list[str]:
    parent = document.get("parentLabel")
    place = _without_sites(document.get("contactinfo", "")[:500])
    words = [word for word in place if not any(character.isdecimal() for character in word)]
    known = [
        _named([parent] if parent else []),
        _named(document.get("sublabels")),
        _plain(document.get("profile", ""), 800),
        " ".join(words)[:200],
    ]
    return [_bare(document.get("name", "")), *known] if any(known) else []


def _of_title(document: ExpectedDocument, year: int | None) -> list[str]:
    credited = document.get("artists", [])[:8]
    by = ", ".join(_once(each.get("anv") or _bare(each.get("name", "")) for each in credited))
    kinds = [", ".join(document.get(each, [])) for each in ("genres", "styles")]
    if not by and not any(kinds):
        return []
    decade = f"{year // 10}0s" if year is not None else ""
    where = [document.get("country", ""), _named(document.get("labels"))]
    return [document.get("title", ""), by, *kinds, decade, *where, _plain(document.get("notes", ""), 300)]


def _named(references: Iterable[Any] | None) -> str:
    return ", ".join(_once(_bare(each.get("name", "")) for each in references or ())[:8])


def _once(names: Iterable[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        if name and name not in found:
            found.append(name)
    return found


def _bare(name: str) -> str:
    """A name without the number that tells it from others."""
    head, _, tail = name.rpartition("(")
    number = tail[:-1]
    is_number = tail.endswith(")") and number.isdecimal() and len(number) <= 4
    return head[:-1] if is_number and head[-1:].isspace() else name


def _plain(text: str, longest: int) -> str:
    """A text without markup and addresses."""
    text = _replaced(_replaced(text[: 4 * longest], _name_in), _nothing_in)
    words = " ".join(_without_sites(text))
    if len(words) <= longest:
        return words
    cut = words[:longest]
    return cut[: cut.rfind(" ")] if cut.rfind(" ") > 0 else cut


def _replaced(text: str, by: Callable[[str], str | None]) -> str:
    def one(match: re.Match[str]) -> str:
        found = by(match[1])
        return match[0] if found is None else found

    return _BRACKETS.sub(one, text)


def _name_in(inside: str) -> str | None:
    kind, _, name = inside.partition("=")
    if kind.lower() not in ("a", "l", "r", "m", "g") or not 0 < len(name) <= 200:
        return None
    return "" if name.isdecimal() else _bare(name)


def _nothing_in(inside: str) -> str | None:
    """Nothing for markup that names nobody; what is no markup stays."""
    tag, is_named, value = inside.removeprefix("/").partition("=")
    is_tag = tag.isascii() and tag.isalpha() and len(tag) <= 5 and (not is_named or len(value) <= 500)
    is_number = not is_named and tag[:1].lower() in ("a", "l", "m", "r", "g") and tag[1:].isdecimal() and len(tag) <= 19
    return "" if is_tag or is_number else None


def _without_sites(text: str) -> list[str]:
    """The words of a text without addresses of mail; of one with that of a site what comes before."""
    return [rest for word in text.split() if (rest := _before_site(word))]


def _before_site(word: str) -> str:
    if "@" in word[1:-1]:
        return ""
    lower = word.lower()
    places = [place for site in _SITES if 0 <= (place := lower.find(site)) < len(word) - len(site)]
    return word[: min(places)] if places else word
