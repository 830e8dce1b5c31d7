"""The transport: RabbitMQ or Redis through Dramatiq, guarded against the losses of a broken connection.

Stock Dramatiq loses or strands messages when a connection breaks while a process lives on. So a worker never connects
twice: it ends itself and is started again, and what it held goes back to the queue.
"""

from __future__ import annotations

from functions.runtime.errors import SettingError
from functions.runtime.messaging.connection_guard import ConnectionGuard
from functions.runtime.messaging.envelope import Transport
from functions.runtime.settings import Settings

__all__ = ["Transport", "make_broker", "speaks_amqp"]

_AMQP = ("amqp://", "amqps://")
_REDIS = {"redis://": "redis://", "rediss://": "rediss://", "valkey://": "redis://", "valkeys://": "rediss://"}


def speaks_amqp(settings: Settings) -> bool:
    """Whether the broker is RabbitMQ; else it is Redis or Valkey.

    Raises:
        SettingError: the address is neither.
    """
    if not settings.broker_url.startswith((*_AMQP, *_REDIS)):
        raise SettingError(
            "AMQP_CONNECTION has to be an address amqp://… or redis://…; without one, `linernotes up` starts a broker."
        )
    return settings.broker_url.startswith(_AMQP)


def redis_url(settings: Settings) -> str:
    """The broker's address as redis-py takes it."""
    scheme, mark, rest = settings.broker_url.partition("://")
    return _REDIS[scheme + mark] + rest


def make_broker(settings: Settings, *, in_worker: bool) -> Transport:
    """The broker of the settings, not yet connected.

    Args:
        settings: where the broker is, and its limits.
        in_worker: a worker whose broker is gone ends itself; any other process gets StoreUnavailable.
    """
    guard = ConnectionGuard(deadline=settings.broker_deadline, in_worker=in_worker)
    if speaks_amqp(settings):
        from functions.runtime.messaging.rabbitmq import GuardedRabbitmq

        return GuardedRabbitmq(settings, guard)
    from functions.runtime.messaging.redis import GuardedRedis

    transport: Transport = GuardedRedis(settings, redis_url(settings), guard)
    return transport
