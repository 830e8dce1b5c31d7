"""`embed`: vectors of the texts that wait, on a queue of its own: it needs a model, and may want a GPU."""

from __future__ import annotations

from functions.derivations.assemble import assemble
from functions.runtime.messages import Embed, Message
from functions.runtime.stores.context import Context


def embed(context: Context, message: Embed) -> list[Message]:
    """Make the vectors of a derivation, as `assemble` does what others need all rows for.

    Raises:
        PermanentError: it was started more often than `max_attempts` without an end, or the model that made the vectors
            so far is no longer here.
    """
    return assemble(context, message)
