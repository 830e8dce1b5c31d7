"""The snapshot of operations, read by one gateway for all.

Who looks takes what another has read, if that was a moment ago and after the last event that was heard here; else one
of them reads, and the others wait for it. Ages are those of the cache, so that no two clocks are compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import msgspec
import redis
import structlog
from msgspec import Struct

from functions.operations.snapshot import Snapshot, read_snapshot
from gateway.answers.answers import made_by
from gateway.connections import Connections

#: Seconds for which a snapshot is the one that everybody shows.
HOLDS_S: Final = 0.9
#: Seconds that one waits for what another reads.
_WAIT_S: Final = 2.0
_LOOK_S: Final = 0.02
#: Milliseconds for which what was read stays in the cache, and after which a reader that died no longer counts.
_KEPT_MS: Final = 5_000
_LOCKED_MS: Final = 3_000
#: Seconds for which nobody asks a cache that did not answer in time.
_PAUSE_S: Final = 5.0

log = structlog.get_logger(__name__)


def shared_snapshot(connections: Connections) -> SharedSnapshot:
    """That of an installation and of this code."""
    context = connections.context
    settings = context.settings
    prefix = f"{settings.broker_namespace}-{made_by(settings).hex()}"
    return SharedSnapshot(lambda: read_snapshot(context), connections.quick_cache, prefix)


class _Shared(Struct, frozen=True, array_like=True):
    """What was read, and how many seconds that took."""

    took: float
    snapshot: Snapshot


class SharedSnapshot:
    """Reads the snapshot; to be called from threads.

    Args:
        read: reads it from the stores.
        client: of the cache; its time-outs bound how long a look waits. Without one, everybody reads.
        prefix: of the keys of this installation and version.
    """

    def __init__(self, read: Callable[[], Snapshot], client: redis.Redis | None, prefix: str) -> None:
        self._read = read
        self._client = client
        self._key, self._lock = f"{prefix}-snapshot", f"{prefix}-snapshot-lock"
        self._event_at = float("-inf")
        self._away_until = float("-inf")

    def note_event(self) -> None:
        """Something has happened: what was read before is no longer enough."""
        self._event_at = time.monotonic()

    def read(self) -> Snapshot:
        """The snapshot as it is now, or was a moment ago.

        Raises:
            LinernotesError: it cannot be read.
        """
        if self._client is None or time.monotonic() < self._away_until:
            return self._read()
        try:
            return self._shared(self._client)
        except (redis.RedisError, OSError) as error:
            self._away_until = time.monotonic() + _PAUSE_S
            log.warning("the snapshot is read for this gateway alone", reason=str(error), retry_in_s=_PAUSE_S)
            return self._read()

    def _shared(self, client: redis.Redis) -> Snapshot:
        until = time.monotonic() + _WAIT_S
        while time.monotonic() < until:
            found = self._found(client)
            if found is not None:
                return found
            if client.set(self._lock, b"", nx=True, px=_LOCKED_MS):
                return self._read_for_all(client)
            time.sleep(_LOOK_S)
        return self._read()

    def _found(self, client: redis.Redis) -> Snapshot | None:
        """What another has read, if that is new enough."""
        with client.pipeline(transaction=True) as commands:
            commands.get(self._key)
            commands.pttl(self._key)
            content, left = commands.execute()
        age = (_KEPT_MS - left) / 1_000
        if content is None or age >= HOLDS_S:
            return None
        shared = msgspec.msgpack.decode(content, type=_Shared)
        began = time.monotonic() - age - shared.took
        return shared.snapshot if began > self._event_at else None

    def _read_for_all(self, client: redis.Redis) -> Snapshot:
        begun = time.perf_counter()
        try:
            snapshot = self._read()
            content = msgspec.msgpack.encode(_Shared(time.perf_counter() - begun, snapshot))
            client.set(self._key, content, px=_KEPT_MS)
        finally:
            client.delete(self._lock)
        return snapshot
