"""RabbitMQ and its management by TLS, on listeners of the server's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from functions.registry import FUNCTIONS
from functions.runtime.errors import StoreUnavailable
from functions.runtime.messaging.queue_admin import dead_letters, deploy, queue_stats
from functions.runtime.messaging.sender import open_sender
from functions.runtime.settings import Settings
from tests.integration.broker.conftest import Bench, part
from tests.integration.broker.servers import Rabbitmq
from tests.tls import Authority

QUEUES = FUNCTIONS.queues
NOT_TRUSTED = r"shows a certificate that is not trusted.*LINERNOTES_TLS_CA"


@pytest.fixture
def by_tls(rabbitmq_bench: Bench, authority: Authority) -> Bench:
    """The bench at RabbitMQ, which its workers and senders reach by TLS."""
    server = rabbitmq_bench.server
    assert isinstance(server, Rabbitmq)
    rabbitmq_bench.environment |= {
        "AMQP_CONNECTION": f"amqps://guest:guest@127.0.0.1:{server.tls_port}",
        "LINERNOTES_AMQP_MANAGEMENT": f"https://127.0.0.1:{server.tls_http}",
        "LINERNOTES_TLS_CA": str(authority.certificate),
    }
    rabbitmq_bench.read_settings()
    return rabbitmq_bench


def test_messages_travel_by_tls(by_tls: Bench) -> None:
    by_tls.worker()
    by_tls.send(part(1))
    by_tls.until_noted("done-1")
    assert {stats.name for stats in queue_stats(by_tls.settings, QUEUES)} == set(QUEUES)


def ping(settings: Settings) -> None:
    with open_sender(settings) as sender:
        sender.ping()


@pytest.mark.parametrize(
    "use",
    [
        ping,
        lambda settings: queue_stats(settings, QUEUES),
        lambda settings: dead_letters(settings, QUEUES),
        lambda settings: deploy(settings, QUEUES),
    ],
)
def test_an_authority_that_signed_nothing_is_not_trusted(
    by_tls: Bench, authority: Authority, use: Callable[[Settings], object]
) -> None:
    for wrong in (str(authority.other), ""):
        with pytest.raises(StoreUnavailable, match=NOT_TRUSTED):
            use(replace(by_tls.settings, tls_ca=wrong))


def test_a_sender_that_insists_says_so_too(by_tls: Bench, authority: Authority) -> None:
    wrong = replace(by_tls.settings, tls_ca=str(authority.other), broker_deadline=0.2)
    with open_sender(wrong) as sender, pytest.raises(StoreUnavailable, match="not trusted"):
        sender.send(part(1))
