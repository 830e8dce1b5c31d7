"""What the gateway is connected to: opened in its lifespan, closed there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Final

import redis
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from msgspec.structs import replace as replace_fields
from redis.backoff import NoBackoff
from redis.retry import Retry

from functions.access.roles import usable
from functions.registry import FUNCTIONS
from functions.runtime.errors import SettingError, StoreUnavailable
from functions.runtime.messaging.broker import speaks_amqp
from functions.runtime.messaging.sender import Sender, open_sender
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, prepare_context, refuse_no_stores
from functions.runtime.stores.tls import redis_tls
from gateway.answers.answers import Answers, open_answers

#: Seconds a request waits for a PostgreSQL connection, and for the cache.
TIMEOUT_S: Final = 3.0
#: Seconds that looking for an answer in the cache may take.
QUICK_S: Final = 0.25
#: Seconds for which a connection that was sound is taken to be so: asking takes as long as reading a document.
TRUSTED_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Connections:
    """Every connection of the gateway; `cache` is None where none is configured, `answers` has what is kept in it.
    `quick_cache` is the same cache for who would rather go without than wait.

    `context` reads, as a user of PostgreSQL that may do nothing else; `acting` is for what changes something, and is
    the `context` of handlers that say that they act. Where PostgreSQL has no such users, both are the tables' owner.
    """

    context: Context
    sender: Sender
    cache: redis.Redis | None
    acting: Context
    answers: Answers
    quick_cache: redis.Redis | None

    def to_act(self) -> Connections:
        """The same for a handler that acts."""
        return replace(self, context=self.acting)

    def ping_cache(self) -> None:
        """Ask whether the cache answers, if there is one, and does so in time.

        Raises:
            StoreUnavailable: it does not.
        """
        if self.answers.trouble:
            raise StoreUnavailable(f"{self.answers.trouble} Until it does, every answer is made anew.")
        try:
            if self.cache is not None:
                self.cache.ping()
        except redis.RedisError as error:
            raise StoreUnavailable(f"The cache does not answer: {str(error).rstrip('.')}.") from error


#: What a handler asks for. It is not validated: that would take its parts apart.
Connected = NamedDependency[SkipValidation[Connections]]


@contextmanager
def open_connections(settings: Settings) -> Iterator[Connections]:
    """Prepare every connection; a store that is down now is reached when it is back.

    Raises:
        SettingError: an address is missing, or is none.
    """
    reader = usable(settings, "reader")
    cache, quick = cache_client(settings), cache_client(settings, QUICK_S)
    with (
        prepare_context(reader, FUNCTIONS, TIMEOUT_S, TRUSTED_S) as context,
        prepare_context(usable(settings, "actor"), FUNCTIONS, pool_timeout=TIMEOUT_S) as acting,
        open_sender(settings) as sender,
        nullcontext() if cache is None else closing(cache),
        nullcontext() if quick is None else closing(quick),
        prepare_context(replace_fields(reader, pool_size=1), FUNCTIONS, TIMEOUT_S, TRUSTED_S) as asking,
        open_answers(settings, asking, quick) as answers,
    ):
        yield Connections(context, sender, cache, acting, answers, quick)


def refuse_bad_addresses(settings: Settings) -> None:
    """Stop a gateway that could never work.

    Raises:
        SettingError: an address is missing, or is none.
    """
    refuse_no_stores(settings)
    speaks_amqp(settings)
    cache_client(settings)


def cache_client(settings: Settings, timeout_s: float = TIMEOUT_S) -> redis.Redis | None:
    """A client of the cache that tries once, not yet connected; None where there is no cache.

    Raises:
        SettingError: its address is none.
    """
    if not settings.cache_url:
        return None
    try:
        return redis.Redis.from_url(
            settings.cache_url,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
            **redis_tls(settings, settings.cache_url),
        )
    except ValueError as error:
        raise SettingError("REDIS_URL has to be an address redis://host:port/0.") from error
