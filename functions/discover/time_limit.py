"""The time that an answer may take: what is not done by then is broken off and left out, and the answer says so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg.errors import QueryCanceled

from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "time_limit.sql")

#: The limit of statements is set anew when this share of it is left.
_WORTH_SETTING: Final = 0.7
#: Seconds that each step has at least, so that what was found can still be shown.
_LEAST_S: Final = 0.05


class TimeLimit:
    """What is left of the time of an answer; `is_over` says that something was broken off."""

    def __init__(self, seconds: float, settings: str = _sql.settings) -> None:
        """`settings` is the statement that sets the limit, `milliseconds`, and what else a transaction needs."""
        self.is_over = False
        self._deadline = time.monotonic() + seconds
        self._settings = settings
        self._limit = float("inf")

    def apply(self, connection: psycopg.Connection[Any]) -> None:
        """What is left limits the next statement of this transaction, once a good part of the limit before is gone."""
        left = self._deadline - time.monotonic()
        if left < self._limit * _WORTH_SETTING:
            self._limit = max(left, _LEAST_S)
            connection.execute(self._settings, {"milliseconds": str(int(self._limit * 1_000))})

    @contextmanager
    def within(self, connection: psycopg.Connection[Any]) -> Iterator[None]:
        """Break off what takes longer: no error comes of it, and the transaction begins anew."""
        try:
            self.apply(connection)
            yield
        except QueryCanceled:
            connection.rollback()
            self.is_over, self._limit = True, float("inf")
