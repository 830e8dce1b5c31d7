"""When a run stops by itself: too many records make no document, or a field is gone. Pure: counts in, sentences out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from functions.runtime.entities import Entity

#: The share of rejected records is looked at from so many records on.
LEAST_RECORDS = 1_000
#: While a file is still read, how many records it has is a guess: the limit is so many times as high.
_EARLY = 2.0
#: The fields of so many records that were stored before have to be compared.
LEAST_COMPARED = 100
#: A field counts that at least this share of the stored records has; it collapses below this part of that share.
_COMMON, _COLLAPSED = 0.5, 0.5

#: How many of the compared records had a field before, and have it now; the number of records itself under `""`.
Compared = Mapping[str, Sequence[int]]


class Tally(Struct, frozen=True):
    """What the ledger has counted of one entity's file.

    `rejected` were rejected by the split, or by an earlier run and are unchanged; `quarantined` by parsing. `cut` are
    in parts, `unparsed` of them not parsed yet.
    """

    entity: Entity
    state: str
    bytes: int | None
    read_bytes: int
    records: int
    unchanged: int
    rejected: int
    cut: int
    unparsed: int
    quarantined: int

    @property
    def all_rejected(self) -> int:
        """Records that make no document, as far as is known."""
        return self.rejected + self.quarantined

    @property
    def expected(self) -> float:
        """Records of the whole file: as many as were read, or so many more as there is more of it."""
        if self.state != "fetched" or not self.bytes or not self.read_bytes:
            return self.records
        return self.records * max(1.0, self.bytes / self.read_bytes)

    @property
    def changed_share(self) -> float:
        """The share of the records that is new or changed, 0 to 1."""
        known = self.unchanged + self.cut
        return self.cut / known if known else 0.0

    def is_over(self, share: float, further: int = 0) -> bool:
        """Whether more than a share of the records is rejected, or would be with some further ones."""
        margin = _EARLY if self.state == "fetched" else 1.0
        return self.records >= LEAST_RECORDS and self.all_rejected + further > share * margin * self.expected


def rejected_alarm(tallies: Iterable[Tally], share: float) -> str | None:
    """A sentence for the entities of which too many records make no document; None when there are none."""
    over = [
        f"{tally.all_rejected:,} of {tally.records:,} {tally.entity} ({tally.all_rejected / tally.records:.1%})"
        for tally in tallies
        if tally.is_over(share)
    ]
    if not over:
        return None
    return (
        f"{', '.join(over)} make no document, more than the limit of {share:.1%}: nothing was removed; "
        "see `linernotes quarantine list`, and if that is right, load it again with --accept-rejected."
    )


def collapsed_fields(tally: Tally, compared: Compared) -> list[str]:
    """Fields that at least half of the stored records have, and of which the new file has less than half as many.

    Unchanged records have what they had: where most of a file is unchanged, no field collapses.
    """
    [total] = compared.get("", (0,))[:1]
    if total < LEAST_COMPARED:
        return []
    changed = tally.changed_share
    found = []
    for name, (before, now) in sorted(compared.items()):
        share = (1 - changed) * before + changed * now
        if name and before >= _COMMON * total and share < _COLLAPSED * before:
            found.append(name)
    return found


def collapsed_alarm(collapsed: Mapping[Entity, Sequence[str]]) -> str | None:
    """A sentence for the fields that collapsed, by entity; None when there are none."""
    named = [f"{', '.join(fields)} of {entity}" for entity, fields in collapsed.items() if fields]
    if not named:
        return None
    return (
        f"Most records have lost {'; '.join(named)}: nothing was removed; "
        "if that is right, load it again with --accept-collapsed."
    )


def is_settled(tally: Tally, share: float) -> bool:
    """Whether what is not parsed yet can neither stop the run nor leave the file without a document."""
    if not tally.unparsed:
        return True
    documents = tally.unchanged + tally.cut - tally.unparsed - tally.all_rejected
    may_collapse = tally.cut >= LEAST_COMPARED and tally.changed_share > 1 - _COLLAPSED
    return documents > 0 and not may_collapse and not tally.is_over(share, tally.unparsed)
