"""What the supervisor needs to know of a server: how it is prepared, started, asked and stopped."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Command:
    """How one process is started. No secret may stand in `argv` or `env`: every user can read them."""

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    #: User and group the process runs as; None: those of the supervisor.
    user: tuple[int, int] | None = None
    #: What the kernel sends when the supervisor dies without a word.
    death_signal: signal.Signals = signal.SIGTERM


class Server(Protocol):
    """One of the stack's servers."""

    @property
    def name(self) -> str:
        """Its name in `status`, and of its log."""

    @property
    def stop_signal(self) -> signal.Signals:
        """The signal that ends it in good order."""

    @property
    def grace(self) -> float:
        """Seconds it may take to end before it is killed."""

    @property
    def start_grace(self) -> float:
        """The same while it has not answered yet."""

    def prepare(self) -> None:
        """Make what it needs on disk, the first time and before each start. Blocks; may run twice.

        Raises:
            LinernotesError: it cannot be started here; the sentence says why.
        """

    def command(self) -> Command:
        """How it is started, once prepared."""

    async def ready(self) -> bool:
        """Whether it answers a real query."""

    def give_back_memory(self, pid: int) -> None:
        """Give back what this process keeps for work that is over, as far as it does not do so by itself. Blocks."""
