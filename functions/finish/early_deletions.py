"""Removing what a dump no longer has as soon as all of it is read, while parts of it are still being loaded.

A run that may still stop removes nothing yet: then it waits until every part is parsed.
Nothing depends on it: the end of the run looks again, and finds nothing left to remove where this came to its end.
"""

from __future__ import annotations

from functions.finish.deletions import remove_gone
from functions.finish.final_limits import may_remove_early
from functions.finish.unprojected_records import GONE_OF_A_PART, make_lists
from functions.runtime.ledger.models import Run
from functions.runtime.ledger.store import due_ahead
from functions.runtime.messages import Message
from functions.runtime.stores.context import Context


def remove_early(context: Context, run: Run) -> list[Message]:
    """Remove what is gone; the messages that take it out of the graph.

    Raises:
        RunInactive: the run was paused or cancelled.
    """
    if run.bulk_table:
        return []  # the table was empty when the run began
    if run.kind == "load" and not may_remove_early(context, run):
        return []
    removed, _ = remove_gone(context, run)
    if not run.projects_parts:
        return []
    for removal in removed:
        make_lists(context, run.id, removal.entity, removal.ids, GONE_OF_A_PART)
    return due_ahead(context, run.id)
