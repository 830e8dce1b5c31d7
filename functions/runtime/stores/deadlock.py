"""What PostgreSQL broke off, as it and another transaction waited for each other, is done again from its beginning."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from psycopg.errors import DeadlockDetected

from functions.runtime.errors import StoreFailed

P = ParamSpec("P")
R = TypeVar("R")

#: The other transaction goes on at once, so that a few are enough.
_TRIES: Final = 10


def again_after_deadlock(call: Callable[P, R]) -> Callable[P, R]:
    """For a call that is one transaction, and that no message brings back: it is tried a bounded number of times."""

    @wraps(call)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(_TRIES - 1):
            try:
                return call(*args, **kwargs)
            except StoreFailed as error:
                if not isinstance(error.__cause__, DeadlockDetected):
                    raise
        return call(*args, **kwargs)

    return tried
