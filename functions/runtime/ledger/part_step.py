"""One step of a part, as every function takes it: claim the part, work, delete what nothing needs any more, go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from functions.runtime.ledger.claims import Claim, claim
from functions.runtime.ledger.damaged_objects import damage_noted
from functions.runtime.ledger.store import due_after_part
from functions.runtime.messages import Message, PartMessage
from functions.runtime.stores.context import Context

M = TypeVar("M", bound=PartMessage)


def part_step(
    context: Context,
    message: M,
    work: Callable[[Context, M, Claim], None],
    obsolete: Callable[[Claim], Sequence[str]],
) -> list[Message]:
    """Take a part through one step; what is due then.

    Args:
        work: is called with the claim if the part waits for this step, by the function table. It writes in the
            transaction that holds the part.
        obsolete: the kinds of the part's objects that nothing needs once the transaction has committed.

    Raises:
        Busy: another holds the part for long.
        PermanentError: the step was started, or the part damaged, more often than `max_attempts`; the part is dead.
    """
    spec = context.functions.spec_of(message)
    assert spec.takes is not None  # noqa: S101 - the function table gives every function of parts a state
    with claim(context, message, spec.takes) as held, damage_noted(context, held):
        if held:
            work(context, message, held)
    if held and not held.damaged:
        context.bucket.delete([held.part.key(kind) for kind in obsolete(held)])
    return due_after_part(context, message)
