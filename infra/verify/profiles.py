"""Counts of genres, styles, large labels and months, made again from facts and changes that were compared before."""

from __future__ import annotations

from typing import Final

from infra.verify.report import Findings
from infra.verify.stores import Stores

#: Labels with so many releases have a profile, and so many of the largest.
_HUB: Final = 1_000
_LARGEST: Final = 50
#: Artists, labels and masters of a profile.
_MOST: Final = 50
_DIMENSIONS: Final = ("year", "country", "format", "genre", "style", "artist", "label", "master")


def compare_profiles(findings: Findings, stores: Stores, hub: int = _HUB, largest: int = _LARGEST) -> None:
    """Note every count that differs; nothing while they are behind the documents.

    Args:
        hub: releases from which on a label has a profile.
        largest: labels that have one whatever they have.
    """
    if "facts" in findings.differences:
        findings.quirks["profiles not compared, as facts differ"] += 1
        return
    if not stores.has_all_profiles():
        findings.quirks["profiles that are still being made"] += 1
        return
    limits = {"hub": hub, "largest": largest, "most": _MOST}
    for dimension in _DIMENSIONS:
        findings.checked["counts of profiles"] += stores.profile_rows(dimension)
        for topic, name, value, stored, expected in stores.profile_differences(dimension, limits):
            who = f"{topic} {name}, {dimension} {value}"
            findings.found("profiles", f"{who}: {_said(stored)} counted, expected {_said(expected)}.")
    if odd := stores.profile_rows(None):
        findings.found("profiles", f"{odd:,} counts of profiles are of something that nobody counts.", odd)
    for dump, entity, stored, expected in stores.month_differences():
        findings.found("profiles", f"{dump} of {entity}: {_said(stored)} counted, expected {_said(expected)}.")


def _said(count: object) -> str:
    return "nothing" if count is None else str(count)
