"""What the supervisor orders of the fork server: a packet on a socket, with the descriptors that the process gets."""

from __future__ import annotations

import json
from typing import Final

import msgspec

#: Names the descriptor of the server's socket.
CHANNEL: Final = "LINERNOTES_FORK_FD"
#: What the server says when it has imported all.
READY: Final = b"ready"
#: Bytes of an order at most.
ORDER_BYTES: Final = 128 * 1024


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A process that is wanted.

    With it come the descriptors of a socket to answer on, of the log, and those that are `passed`.

    Attributes:
        argv: `python -P -m MODULE WORD…`.
        cwd: the folder that it works in.
        env: its environment.
        passed: variables that are to hold the descriptors passed to it.
        supervisor: the process whose child it is to be.
        death_signal: what ends it when that one dies.
    """

    argv: list[str]
    cwd: str
    env: dict[str, str]
    passed: list[str]
    supervisor: int
    death_signal: int

    def packed(self) -> bytes:
        """As bytes. Variables may hold bytes that are no text: JSON of the standard library keeps them."""
        return json.dumps(msgspec.structs.asdict(self)).encode("ascii")


def unpacked(packet: bytes) -> Order:
    """The order of such bytes."""
    return Order(**json.loads(packet))
