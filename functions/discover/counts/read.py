"""The largest of a kind, each by its name: a label without a document has the one that releases give it."""

from __future__ import annotations

from msgspec.structs import replace

from functions.counts.top_counts import Count, CountKind, largest
from functions.discover.release_links.names import label_names
from functions.runtime.stores.context import Context


def largest_named(context: Context, kind: CountKind, limit: int) -> list[Count]:
    """The keys with the most releases; of as many, by name, and behind these the labels without a document."""
    counts = largest(context, kind, limit)
    missing = [int(one.key) for one in counts if one.name is None] if kind == "label" else []
    if not missing:
        return counts
    with context.connection() as connection:
        names = label_names(connection, missing)
    return [one if one.name is not None else replace(one, name=names.get(int(one.key))) for one in counts]
