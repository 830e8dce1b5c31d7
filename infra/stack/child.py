"""What the supervisor is told of a kind of process that it keeps beside the servers."""

from __future__ import annotations

import msgspec

from functions.runtime.function_table import Scaling


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of Python process that the stack keeps running, `count` times.

    Attributes:
        name: as `status`, `logs` and `scale` have it.
        argv: the command.
        count: processes at the start.
        env: variables beside those of the supervisor.
        grace: seconds a process may take to end its message after SIGTERM.
        scaling: bounds between which its queues decide.
        fixed: it stays at `count` until somebody scales it, whatever its queues hold.
        queues: from which it takes messages; a kind without queues stays at `count`.
        is_step: whether it is a step of a run.
        preloaded: whether it is `python -P -m MODULE …` and may be forked by the fork server.
    """

    name: str
    argv: list[str]
    count: int = 1
    env: dict[str, str] = {}
    grace: float = 20.0
    scaling: Scaling = Scaling()
    fixed: bool = False
    queues: tuple[str, ...] = ()
    is_step: bool = False
    preloaded: bool = False
