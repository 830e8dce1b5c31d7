"""Answers in a Redis or Valkey: looked up together, kept for a while, and the short lock of whoever computes one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import redis

from functions.runtime.stores.tls import unreachable

#: Milliseconds after which the lock of a gateway that died no longer counts.
_LOCKED_MS: Final = 10_000


class AnswerStore:
    """What all gateways of an installation have in common.

    Args:
        client: of the cache; its time-outs bound how long a request waits.
        prefix: of the keys of this installation.
    """

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def find(self, names: Sequence[str]) -> list[bytes | None]:
        """What is kept under each name.

        Raises:
            StoreUnavailable: the cache does not answer in time.
        """
        with _errors():
            found: Any = self._client.mget([self._key(name) for name in names])
        return list(found)

    def lock(self, names: Sequence[str]) -> list[tuple[bool, bytes | None]]:
        """Which of these nobody else computes: they are ours now; and what has come to be kept under each meanwhile.

        Raises:
            StoreUnavailable: the cache does not answer in time.
        """
        with _errors(), self._client.pipeline(transaction=False) as commands:
            for name in names:
                commands.set(self._lock(name), b"", nx=True, px=_LOCKED_MS)
                commands.get(self._key(name))
            answers: list[Any] = commands.execute()
        return [(bool(taken), content) for taken, content in zip(answers[::2], answers[1::2], strict=True)]

    def settle(self, kept: Sequence[tuple[str, bytes, float]], dropped: Sequence[str]) -> None:
        """Keep answers for so many seconds each, and give locks back.

        Raises:
            StoreUnavailable: the cache does not answer in time.
        """
        with _errors(), self._client.pipeline(transaction=False) as commands:
            for name, content, seconds in kept:
                commands.set(self._key(name), content, px=max(1, int(seconds * 1000)))
            commands.delete(*(self._lock(name) for name in (*(one[0] for one in kept), *dropped)))
            commands.execute()

    def _key(self, name: str) -> str:
        return f"{self._prefix}:{name}"

    def _lock(self, name: str) -> str:
        return f"{self._prefix}-lock:{name}"


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (redis.RedisError, OSError) as error:
        raise unreachable("The cache", error) from error
