"""What the end of a run is at: indexes being built, the graph being filled. For people; nothing depends on it."""

from __future__ import annotations

from typing import Literal

from functions.runtime.ledger.store import Connection, sql

StepName = Literal["removals", "indexes", "counting", "graph", "edges", "leftovers", "settling", "statistics"]


class Steps:
    """Notes one step after the other.

    Args:
        connection: one that commits each statement by itself, as that of a lock that is held.
        run: whose steps they are.
    """

    def __init__(self, connection: Connection, run: int) -> None:
        self._connection = connection
        self._run = run
        self._key: dict[str, object] = {}

    def begin(self, step: StepName, entity: str = "", total: int | None = None) -> None:
        """Note that a step begins, perhaps anew.

        Args:
            entity: where a step goes by entity.
            total: of what `advance` counts; None: not known.
        """
        self._key = {"run": self._run, "step": step, "entity": entity}
        self._connection.execute(sql.begin_step, {**self._key, "total": total})

    def advance(self, count: int = 1) -> None:
        """Note that so much more of the current step is done."""
        self._connection.execute(sql.advance_step, {**self._key, "count": count})
