"""Settings: the environment, read once at the entry into one frozen struct.

`docs/configuration.md` is generated from the annotations below. Precedence: a variable of the environment, then what
the embedded stack wrote into its home (addresses and passwords), then the default.
"""

from __future__ import annotations

import ipaddress
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from functions.runtime.addresses import check_addresses
from functions.runtime.errors import SettingError
from functions.runtime.named_places import absolute_path, place_error
from functions.runtime.secret_files import FILE_SUFFIX, with_secrets_of_files

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: Written by the embedded stack, readable by its owner only: a JSON object of setting names and values.
CONNECTIONS_FILE = "connections.json"

#: Variables that name a folder, unless what they hold is an address or the word for the public site.
_FOLDERS = (
    "LINERNOTES_HOME",
    "LINERNOTES_BUCKET",
    "DISCOGS_ROOT",
    "LINERNOTES_CHECK_SOURCE",
    "LINERNOTES_GRAPH_IMPORT",
    "LINERNOTES_NEO4J_JARS",
    "HF_HOME",
    "SENTENCE_TRANSFORMERS_HOME",
    "LINERNOTES_TLS_CA",
)
_NO_FOLDER = frozenset({"", "discogs"})


#: Names of before, accepted for one release.
ALIASES = {
    "LINERNOTES_DOWNLOAD_PATIENCE": "LINERNOTES_DOWNLOAD_TIMEOUT",
    "LINERNOTES_STRETCH_BYTES": "LINERNOTES_PART_SPAN_BYTES",
    "LINERNOTES_OVERRUN": "LINERNOTES_HANG_TIMEOUT",
}


def _setting(env: str, text: str, *, file: bool = False, **bounds: Any) -> Meta:
    """A setting; `file`: its value may hold a secret, so that it may stand in a file that `<env>_FILE` names."""
    secret = env.endswith(("PASSWORD", "ACCESS_KEY", "TOKEN", "SECRET", "WEBHOOKS"))
    return Meta(description=text, extra={"env": env, "secret": secret, "file": file or secret}, **bounds)


class Settings(Struct, frozen=True, kw_only=True):
    """Every setting of every process. Sizes in bytes, times in seconds, unless the name says otherwise."""

    home: Annotated[str, _setting("LINERNOTES_HOME", "folder of everything the embedded stack writes")]
    profile: Annotated[
        Literal["embedded", "cluster"],
        _setting("LINERNOTES_PROFILE", "embedded: own servers from wheels; cluster: servers given by address"),
    ] = "embedded"

    # ── where the servers are
    broker_url: Annotated[
        str,
        _setting("AMQP_CONNECTION", "broker: amqp(s)://… for RabbitMQ, redis(s)://… for Redis or Valkey", file=True),
    ] = ""
    broker_namespace: Annotated[
        str, _setting("LINERNOTES_BROKER_NAMESPACE", "prefix of every queue name of this installation")
    ] = "linernotes"
    amqp_management: Annotated[
        str,
        _setting(
            "LINERNOTES_AMQP_MANAGEMENT",
            "RabbitMQ's management address; default http://<broker's host>:15672",
            file=True,
        ),
    ] = ""
    cache_url: Annotated[str, _setting("REDIS_URL", "cache and live events: redis://… or rediss://…", file=True)] = ""
    graph_address: Annotated[
        str,
        _setting("NEO4J_ADDRESS", "graph server: bolt://host:port; neo4j://… for a cluster; bolt+s, neo4j+s by TLS"),
    ] = ""
    graph_username: Annotated[str, _setting("NEO4J_USERNAME", "user at the graph server")] = "neo4j"
    graph_password: Annotated[str, _setting("NEO4J_PASSWORD", "password at the graph server")] = ""
    graph_database: Annotated[str, _setting("NEO4J_DATABASE", "database at the graph server")] = "neo4j"
    graph_http: Annotated[
        str, _setting("LINERNOTES_GRAPH_HTTP", "HTTP address of the embedded graph server, for what Bolt cannot do")
    ] = ""
    graph_import: Annotated[
        str, _setting("LINERNOTES_GRAPH_IMPORT", "folder from which a Neo4j of the embedded stack is filled")
    ] = ""
    postgres_address: Annotated[
        str, _setting("POSTGRES_ADDRESS", "PostgreSQL: host:port, or the folder of its unix socket")
    ] = ""
    postgres_username: Annotated[str, _setting("POSTGRES_USERNAME", "user at PostgreSQL")] = "linernotes"
    postgres_password: Annotated[str, _setting("POSTGRES_PASSWORD", "password at PostgreSQL")] = ""
    postgres_reader_password: Annotated[
        str,
        _setting(
            "POSTGRES_READER_PASSWORD",
            "password of <POSTGRES_USERNAME>_reader, as whom the gateway reads; empty: it reads as the owner",
        ),
    ] = ""
    postgres_actor_password: Annotated[
        str,
        _setting(
            "POSTGRES_ACTOR_PASSWORD",
            "password of <POSTGRES_USERNAME>_actor, as whom the gateway acts; empty: it acts as the owner",
        ),
    ] = ""
    postgres_database: Annotated[str, _setting("POSTGRES_DATABASE", "database at PostgreSQL")] = "linernotes"
    postgres_sslmode: Annotated[
        Literal["", "disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
        _setting("POSTGRES_SSLMODE", "libpq's sslmode; empty: verify-full with LINERNOTES_TLS_CA, else prefer"),
    ] = ""
    tls_ca: Annotated[
        str,
        _setting(
            "LINERNOTES_TLS_CA", "PEM file of the authorities whose certificates are trusted; empty: the system's"
        ),
    ] = ""

    # ── the work bucket and the dumps
    bucket: Annotated[
        str, _setting("LINERNOTES_BUCKET", "work bucket: a folder or s3://bucket/prefix; default HOME/bucket")
    ] = ""
    s3_endpoint: Annotated[str, _setting("LINERNOTES_S3_ENDPOINT", "address of an S3 service other than AWS")] = ""
    s3_key_id: Annotated[
        str, _setting("AWS_ACCESS_KEY_ID", "key of S3; without one, boto3 looks where it always does", file=True)
    ] = ""
    s3_secret_key: Annotated[str, _setting("AWS_SECRET_ACCESS_KEY", "the secret of that key")] = ""
    s3_session_token: Annotated[str, _setting("AWS_SESSION_TOKEN", "its session token, where it is temporary")] = ""
    dump_root: Annotated[str, _setting("DISCOGS_ROOT", "folder that fetched dumps are kept in; default HOME/dumps")] = (
        ""
    )
    site_url: Annotated[
        str, _setting("LINERNOTES_SITE", "site of the source `discogs`", pattern=r"^https?://[^?#]+$")
    ] = "https://data.discogs.com/"
    contact: Annotated[
        str, _setting("LINERNOTES_CONTACT", "page or address told to that site in the User-Agent", pattern=r"^[!-~]*$")
    ] = ""
    redirect_hosts: Annotated[
        str,
        _setting(
            "LINERNOTES_REDIRECT_HOSTS",
            "hosts, and all below them, that a site may redirect to beside itself, with commas",
            pattern=r"^[A-Za-z0-9._, -]*$",
        ),
    ] = "discogs.com, discogs-data-dumps.s3.us-west-2.amazonaws.com, discogs-data-dumps.s3-us-west-2.amazonaws.com"
    download_tries: Annotated[
        int, _setting("LINERNOTES_DOWNLOAD_TRIES", "tries of a broken download in a row without progress", ge=1)
    ] = 8
    download_timeout: Annotated[
        float,
        _setting("LINERNOTES_DOWNLOAD_TIMEOUT", "longest wait with a download in hand; else it is put off", ge=0),
    ] = 120.0
    check_days: Annotated[
        int, _setting("PERIODIC_CHECK_DAYS", "days between checks for a new dump, from the 1st", ge=1, le=31)
    ] = 15
    check_source: Annotated[
        str, _setting("LINERNOTES_CHECK_SOURCE", "source of the periodic check; empty: no check", file=True)
    ] = ""
    auto_load: Annotated[bool, _setting("LINERNOTES_AUTO_LOAD", "load a new dump unasked when the check finds one")] = (
        False
    )

    # ── sizes and limits of the work
    engine: Annotated[
        Literal["auto", "native", "lxml"],
        _setting("LINERNOTES_ENGINE", "engine of a load that names none; auto: native where it is built, else lxml"),
    ] = "auto"
    part_bytes: Annotated[int, _setting("LINERNOTES_PART_BYTES", "XML of one part", ge=1_000, le=256_000_000)] = (
        8 * 1024 * 1024
    )
    part_span_bytes: Annotated[
        int,
        _setting("LINERNOTES_PART_SPAN_BYTES", "XML after which a part is cut however little has changed", ge=1_000),
    ] = 256 * 1024 * 1024
    pending_parts: Annotated[
        int,
        _setting("LINERNOTES_PENDING_PARTS", "parts of an entity not yet done before its split waits", ge=1, le=10_000),
    ] = 24
    window: Annotated[
        int,
        _setting("LINERNOTES_WINDOW", "messages for parts that are sent to one queue ahead, or again, at once", ge=1),
    ] = 200
    graph_batch: Annotated[
        int, _setting("LINERNOTES_GRAPH_BATCH", "records in one graph statement at most", ge=1, le=20_000)
    ] = 500
    max_record_bytes: Annotated[
        int, _setting("LINERNOTES_MAX_RECORD_BYTES", "longest record taken for one", ge=10_000, le=1_000_000_000)
    ] = 64 * 1024 * 1024
    max_inflation: Annotated[
        float,
        _setting(
            "LINERNOTES_MAX_INFLATION",
            "times its size that a file may inflate to; a dump comes to 7. 64 MB are always let be",
            ge=1,
        ),
    ] = 30.0
    deletion_share: Annotated[
        float, _setting("LINERNOTES_DELETION_SHARE", "share of an entity a run may remove unasked", ge=0, le=1)
    ] = 0.05
    rejected_share: Annotated[
        float, _setting("LINERNOTES_REJECTED_SHARE", "share of an entity that may make no document unasked", ge=0, le=1)
    ] = 0.01
    quarantine_bytes: Annotated[
        int,
        _setting("LINERNOTES_QUARANTINE_BYTES", "bytes a run may keep in quarantine of an entity; else sizes", ge=0),
    ] = 256 * 1024 * 1024
    pool_size: Annotated[
        int, _setting("LINERNOTES_POOL_SIZE", "PostgreSQL connections of one process at most", ge=6, le=100)
    ] = 8
    connect_timeout: Annotated[
        float, _setting("LINERNOTES_CONNECT_TIMEOUT", "how long a start waits for a store that is down", ge=0)
    ] = 60.0

    # ── messages
    prefetch: Annotated[int, _setting("LINERNOTES_PREFETCH", "messages a worker takes ahead", ge=1, le=1_000)] = 1
    max_retries: Annotated[
        int, _setting("LINERNOTES_MAX_RETRIES", "retries of a transient error before the dead letters", ge=0, le=100)
    ] = 8
    min_backoff_ms: Annotated[int, _setting("LINERNOTES_MIN_BACKOFF_MS", "first backoff of a retry", ge=1)] = 500
    max_backoff_ms: Annotated[
        int, _setting("LINERNOTES_MAX_BACKOFF_MS", "longest backoff of a retry", ge=1, le=600_000)
    ] = 60_000
    max_attempts: Annotated[
        int, _setting("LINERNOTES_MAX_ATTEMPTS", "starts of one part's step before it is a dead letter", ge=1, le=1_000)
    ] = 20
    hang_timeout: Annotated[
        float,
        _setting(
            "LINERNOTES_HANG_TIMEOUT",
            "seconds past its limit, and a tenth of it, after which a hanging function's process ends",
            ge=1,
        ),
    ] = 30.0
    heartbeat_ms: Annotated[
        int, _setting("LINERNOTES_HEARTBEAT_MS", "silence after which a worker counts as dead", ge=1_000)
    ] = 8_000
    broker_deadline: Annotated[
        float, _setting("LINERNOTES_BROKER_DEADLINE", "how long sending is tried before a worker ends itself", ge=0)
    ] = 30.0
    lease: Annotated[
        float, _setting("LINERNOTES_LEASE", "age of a sent message after which the sweep sends it again", ge=1)
    ] = 120.0
    sweep_seconds: Annotated[
        int, _setting("LINERNOTES_SWEEP_SECONDS", "seconds between two sweeps of unfinished work", ge=1)
    ] = 30

    # ── what is kept, and how long
    keep_parts_days: Annotated[
        int, _setting("LINERNOTES_KEEP_PARTS_DAYS", "days the leftovers of ended runs stay in the bucket", ge=0)
    ] = 1
    keep_dumps: Annotated[int, _setting("LINERNOTES_KEEP_DUMPS", "fetched dumps kept, newest first", ge=1)] = 2
    keep_events_days: Annotated[int, _setting("LINERNOTES_KEEP_EVENTS_DAYS", "days events are kept", ge=1)] = 90
    keep_samples_hours: Annotated[
        int, _setting("LINERNOTES_KEEP_SAMPLES_HOURS", "hours figures are kept of every ten seconds", ge=1, le=48)
    ] = 6
    keep_minutes_days: Annotated[
        int, _setting("LINERNOTES_KEEP_MINUTES_DAYS", "days figures are kept of every minute", ge=1, le=366)
    ] = 2
    keep_hours_days: Annotated[
        int, _setting("LINERNOTES_KEEP_HOURS_DAYS", "days figures are kept of every hour", ge=1, le=3_660)
    ] = 366

    # ── events told to other programs
    webhooks: Annotated[
        str,
        _setting(
            "LINERNOTES_WEBHOOKS",
            "addresses that a run's end, a new dump and drift are told to, with commas between them",
        ),
    ] = ""
    webhook_secret: Annotated[
        str, _setting("LINERNOTES_WEBHOOK_SECRET", "what these messages are signed with, by HMAC with SHA-256")
    ] = ""
    webhook_private: Annotated[
        bool,
        _setting("LINERNOTES_WEBHOOK_PRIVATE", "tell them to loopback, private and link-local addresses, too"),
    ] = False
    event_streams: Annotated[
        int, _setting("LINERNOTES_EVENT_STREAMS", "streams of events that a gateway keeps open at once", ge=0, le=1_000)
    ] = 50

    # ── models, which nothing fetches at run time unless HF_HUB_OFFLINE=0 lets their libraries do so
    models_home: Annotated[
        str,
        _setting("HF_HOME", "folder in which the engine transformer looks for its model; see [Models](#models)"),
    ] = ""
    sentence_models_home: Annotated[
        str,
        _setting("SENTENCE_TRANSFORMERS_HOME", "the same: where it is given, the engine does not look into HF_HOME"),
    ] = ""

    embed_engine: Annotated[
        Literal["static", "transformer"],
        _setting(
            "LINERNOTES_EMBED_ENGINE",
            "what makes vectors of texts; static: a table in a wheel; transformer: the extra of that name. Another one "
            "embeds all beside, and is swapped in",
        ),
    ] = "static"
    embed_releases: Annotated[
        bool,
        _setting("LINERNOTES_EMBED_RELEASES", "whether a release without a master has a vector of its own"),
    ] = False

    # ── processes
    workers: Annotated[
        str,
        _setting(
            "LINERNOTES_WORKERS",
            "workers kept of a function, as in split=1,parse-chunk=2; others follow their queues",
        ),
    ] = ""
    preload: Annotated[
        bool,
        _setting(
            "LINERNOTES_PRELOAD",
            "whether the embedded stack forks its processes from one that has imported their modules",
        ),
    ] = True
    cancel_delay: Annotated[
        float,
        _setting("CONSUMER_CANCEL_DELAY", "seconds without work after which a function gives back what it holds", ge=1),
    ] = 300.0
    gateway_host: Annotated[str, _setting("LINERNOTES_HOST", "address the gateway listens on")] = "127.0.0.1"
    gateway_port: Annotated[int, _setting("LINERNOTES_PORT", "port of the gateway", ge=0, le=65_535)] = 8003
    public_url: Annotated[
        str,
        _setting(
            "LINERNOTES_PUBLIC_URL",
            "address people open, where it is not host and port; with https, cookies are sent by https only",
            pattern=r"^(https?://[^/?#\s]+/?)?$",
        ),
    ] = ""
    trusted_proxies: Annotated[
        str,
        _setting(
            "LINERNOTES_TRUSTED_PROXIES",
            "addresses or networks of proxies, with commas, whose X-Forwarded-For and -Proto are believed; "
            "whoever comes by one does not come from loopback",
        ),
    ] = ""
    allowed_hosts: Annotated[
        str,
        _setting(
            "LINERNOTES_ALLOWED_HOSTS",
            "names that are answered to, with commas, beside addresses, localhost, this machine's name and that of "
            "LINERNOTES_PUBLIC_URL",
            pattern=r"^[A-Za-z0-9._, -]*$",
        ),
    ] = ""
    request_timeout: Annotated[
        float,
        _setting(
            "LINERNOTES_REQUEST_TIMEOUT",
            "seconds in which the head of a request has to have come, and as many for its body",
            ge=1,
            le=3_600,
        ),
    ] = 10.0
    max_waiting: Annotated[
        int,
        _setting(
            "LINERNOTES_MAX_WAITING",
            "connections without a whole request that a gateway keeps open; beyond them the oldest is closed",
            ge=10,
            le=100_000,
        ),
    ] = 1_000
    open_reading: Annotated[
        bool,
        _setting("LINERNOTES_OPEN_READING", "whether whoever reaches the gateway may read; on loopback that is so"),
    ] = False
    show_removed: Annotated[
        bool,
        _setting(
            "LINERNOTES_SHOW_REMOVED",
            "whether all that is known of a record that a later dump lacks is shown, and not its name and months alone",
        ),
    ] = False
    search_tracks: Annotated[
        Literal["off", "main", "all"],
        _setting(
            "LINERNOTES_SEARCH_TRACKS",
            "whose track titles are found by words: of no release, of main releases and those without a master, or of "
            "all; another value has all search entries made anew",
        ),
    ] = "off"
    session_secret: Annotated[
        str,
        _setting(
            "LINERNOTES_SESSION_SECRET",
            "what cookies are signed with, the same for all gateways; empty: drawn, for this process alone",
        ),
    ] = ""
    session_hours: Annotated[
        int, _setting("LINERNOTES_SESSION_HOURS", "hours after which a browser has to sign in again", ge=1, le=8_760)
    ] = 24
    request_rate: Annotated[
        float,
        _setting(
            "LINERNOTES_REQUEST_RATE", "requests a second of one key or address; 0: no limit, as on loopback", ge=0
        ),
    ] = 50.0
    request_burst: Annotated[
        int, _setting("LINERNOTES_REQUEST_BURST", "requests that may come at once before that counts", ge=1)
    ] = 200
    max_body: Annotated[
        int, _setting("LINERNOTES_MAX_BODY", "bytes of the largest body that is read", ge=1_024, le=64 * 1024 * 1024)
    ] = 64 * 1024
    max_query: Annotated[
        int, _setting("LINERNOTES_MAX_QUERY", "bytes of the longest query of an address", ge=256, le=16 * 1024)
    ] = 4 * 1024
    sockets_per_address: Annotated[
        int,
        _setting(
            "LINERNOTES_SOCKETS_PER_ADDRESS",
            "live connections of one address to one gateway; no limit on loopback",
            ge=1,
        ),
    ] = 50
    max_sockets: Annotated[
        int,
        _setting("LINERNOTES_MAX_SOCKETS", "sockets of pages that one gateway keeps open at most", ge=1, le=100_000),
    ] = 2_000
    health_host: Annotated[
        str, _setting("LINERNOTES_HEALTH_HOST", "address that a process tells its own health and figures at")
    ] = "127.0.0.1"
    health_port: Annotated[
        int,
        _setting(
            "LINERNOTES_HEALTH_PORT",
            "port of a worker's, scheduler's or gateway's own health and figures; 0: none, as in the embedded stack",
            ge=0,
            le=65_535,
        ),
    ] = 0
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], _setting("LINERNOTES_LOG_LEVEL", "least level that is logged")
    ] = "info"
    log_format: Annotated[
        Literal["auto", "json", "console"], _setting("LINERNOTES_LOG_FORMAT", "auto: console on a terminal, else json")
    ] = "auto"
    log_bytes: Annotated[int, _setting("LINERNOTES_LOG_BYTES", "size at which a log file is rotated", ge=10_000)] = (
        10_000_000
    )
    log_files: Annotated[int, _setting("LINERNOTES_LOG_FILES", "rotated log files kept per process", ge=0)] = 3
    graph_memory: Annotated[
        str,
        _setting(
            "LINERNOTES_GRAPH_MEMORY",
            "heap of the embedded graph server; default 1800m; 1g with less than 12 GB of memory or where it is Neo4j; "
            "512m with less than 6 GB",
            pattern=r"^(\d+[mg])?$",
        ),
    ] = ""
    neo4j_jars: Annotated[
        str, _setting("LINERNOTES_NEO4J_JARS", "folder with Neo4j's jars: Neo4j is then the embedded graph server")
    ] = ""
    neo4j_java: Annotated[str, _setting("LINERNOTES_NEO4J_JAVA", "further options of that Neo4j's Java")] = ""
    graph_page_cache: Annotated[
        str, _setting("LINERNOTES_GRAPH_PAGE_CACHE", "page cache of that Neo4j, beside its heap", pattern=r"^\d+[mg]$")
    ] = "512m"
    graph_import_memory: Annotated[
        str, _setting("LINERNOTES_GRAPH_IMPORT_MEMORY", "memory of its import, beside its heap", pattern=r"^\d+[mg]$")
    ] = "2g"
    answers_kept: Annotated[
        float,
        _setting(
            "LINERNOTES_ANSWERS_KEPT",
            "seconds for which the cache keeps an answer, or until what it was made of changes; 0: it keeps none",
            ge=0,
            le=86_400,
        ),
    ] = 3_600.0
    cache_memory: Annotated[
        str, _setting("LINERNOTES_CACHE_MEMORY", "memory limit of the embedded cache", pattern=r"^\d+(mb|gb)$")
    ] = "128mb"

    @property
    def webhook_addresses(self) -> tuple[str, ...]:
        """The addresses that events are told to.

        Raises:
            SettingError: one of them is none, or there is nothing to sign with.
        """
        addresses = tuple(dict.fromkeys(self.webhooks.replace(",", " ").split()))
        if not all(map(_is_web_address, addresses)):
            raise SettingError("LINERNOTES_WEBHOOKS has an address that is none: give https://host/path, with commas.")
        if addresses and not self.webhook_secret:
            raise SettingError("LINERNOTES_WEBHOOKS needs LINERNOTES_WEBHOOK_SECRET, to sign with.")
        return addresses

    @property
    def trusted_networks(self) -> tuple[Network, ...]:
        """The networks of the proxies that are believed.

        Raises:
            SettingError: one of them is none, or is everybody's.
        """
        try:
            found = tuple(map(ipaddress.ip_network, self.trusted_proxies.replace(",", " ").split()))
        except ValueError as error:
            raise SettingError(f"LINERNOTES_TRUSTED_PROXIES has an address that is none: {error}.") from error
        if any(network.prefixlen == 0 for network in found):
            raise SettingError("LINERNOTES_TRUSTED_PROXIES names everybody: name the addresses of your proxies.")
        return found

    @property
    def bucket_url(self) -> str:
        """The work bucket's folder or `s3://` address."""
        return self.bucket or str(Path(self.home) / "bucket")

    @property
    def dumps_folder(self) -> Path:
        """The folder of fetched dumps."""
        return Path(self.dump_root or Path(self.home) / "dumps")


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number
        return False


def variables() -> dict[str, Meta]:
    """The variable and its description for each field of `Settings`, in the order of the file."""
    hints = get_type_hints(Settings, include_extras=True)
    return {name: hints[name].__metadata__[0] for name in Settings.__struct_fields__}


def default_home() -> Path:
    """`.linernotes/` beside the checkout, or in the working folder for an installed package."""
    checkout = Path(__file__).resolve().parents[2]
    return (checkout if (checkout / "pyproject.toml").exists() else Path.cwd()) / ".linernotes"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of this process.

    Raises:
        SettingError: a variable has a value that cannot be used; the sentence names it.
    """
    given = with_absolute_folders(with_new_names(os.environ if environment is None else environment))
    given = with_secrets_of_files(given, variables_of_files())
    home = Path(given.get("LINERNOTES_HOME") or default_home())
    values: dict[str, Any] = read_connections(home)
    values.update({name: given[env] for name, env in _names().items() if given.get(env)})
    values["home"] = str(home)
    settings = _convert(values)
    check_addresses({env: getattr(settings, name) for name, env in _names().items()})
    return settings


def with_new_names(environment: Mapping[str, str]) -> dict[str, str]:
    """The same variables, old names replaced by new ones with a warning; where both are set, the new one counts."""
    given = dict(environment)
    for old, new in ALIASES.items():
        if old in given:
            warnings.warn(f"{old} is now called {new}; the old name goes with the next release.", stacklevel=2)
            given.setdefault(new, given.pop(old))
    return given


def with_absolute_folders(environment: Mapping[str, str]) -> dict[str, str]:
    """The same variables for a process in another folder: the folders and files that they name are absolute.

    Raises:
        SettingError: one of them names no place.
    """
    places = {*_FOLDERS, *(env + FILE_SUFFIX for env in variables_of_files())}
    return {
        name: str(absolute_path(value, name))
        if name in places and value not in _NO_FOLDER and "://" not in value
        else value
        for name, value in environment.items()
    }


def variables_of_files() -> list[str]:
    """Every variable whose value may stand in a file instead: passwords, keys, addresses with a password in them."""
    return [meta.extra["env"] for meta in variables().values() if meta.extra and meta.extra["file"]]


def read_connections(home: Path) -> dict[str, Any]:
    """What the embedded stack wrote into its home; empty where it never ran."""
    path = home / CONNECTIONS_FILE
    try:
        return dict(msgspec.json.decode(path.read_bytes(), type=dict[str, Any]))
    except FileNotFoundError:
        return {}
    except OSError as error:
        named = path if os.path.lexists(path) else home
        raise place_error(error, named) or SettingError(f"{path} cannot be read: {error.strerror}.") from error
    except msgspec.DecodeError as error:
        raise SettingError(
            f"{path} cannot be read ({error}). It holds passwords: mend it, or move it aside, and `linernotes up` "
            "writes a new one of what passwords.json holds."
        ) from error


def _names() -> dict[str, str]:
    return {name: meta.extra["env"] for name, meta in variables().items() if meta.extra}


def _secret_names() -> set[str]:
    return {name for name, meta in variables().items() if meta.extra and meta.extra["file"]}


def _convert(values: dict[str, Any]) -> Settings:
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$.")
        name = place.rstrip("`")
        env = _names().get(name, name)
        shown = "" if name in _secret_names() or "@" in str(values.get(name)) else f" is {values.get(name)!r}, which"
        raise SettingError(f"{env}{shown} cannot be used: {reason}.") from error
