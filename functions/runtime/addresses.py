"""Addresses of servers, as settings and the command line give them: one that is none is a sentence, not a bug.

What is wrong is said in words of our own: a part of a malformed address may be a password.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from functions.runtime.errors import SettingError

_WEB: Final = ("http", "https")
_REDIS: Final = ("redis", "rediss")
_VALKEY: Final = ("valkey", "valkeys")
_BOLT: Final = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")

#: The schemes that the address in a variable may have. A broker and a cache without a host are on this machine.
SCHEMES: Final[Mapping[str, tuple[str, ...]]] = {
    "AMQP_CONNECTION": ("amqp", "amqps", *_REDIS, *_VALKEY),
    "LINERNOTES_AMQP_MANAGEMENT": _WEB,
    "REDIS_URL": (*_REDIS, "unix"),
    "NEO4J_ADDRESS": _BOLT,
    "LINERNOTES_GRAPH_HTTP": _WEB,
    "LINERNOTES_S3_ENDPOINT": _WEB,
    "LINERNOTES_SITE": _WEB,
    "LINERNOTES_PUBLIC_URL": _WEB,
}
_WITHOUT_HOST: Final = frozenset({"AMQP_CONNECTION", "REDIS_URL"})
_LAST_PORT: Final = 65_535


def check_addresses(values: Mapping[str, str]) -> None:
    """Check every address among the values of variables; an empty one is none.

    Raises:
        SettingError: one of them cannot be used.
    """
    for variable, schemes in SCHEMES.items():
        if value := values.get(variable, ""):
            check_address(variable, value, schemes, host=variable not in _WITHOUT_HOST)
    if value := values.get("POSTGRES_ADDRESS", ""):
        host_and_port(value)
    if "://" in values.get("LINERNOTES_BUCKET", ""):
        check_address("LINERNOTES_BUCKET", values["LINERNOTES_BUCKET"], ("s3",))
    if "://" in values.get("LINERNOTES_CHECK_SOURCE", ""):
        check_address("LINERNOTES_CHECK_SOURCE", values["LINERNOTES_CHECK_SOURCE"], ("s3", "file", *_WEB), host=False)


def check_address(name: str, value: str, schemes: tuple[str, ...], *, host: bool = True) -> SplitResult:
    """The parts of an address.

    Args:
        name: what it was given as: a variable, or `The source`.
        value: the address.
        schemes: those that it may have.
        host: whether it must have one.

    Raises:
        SettingError: it is none; the sentence does not quote it.
    """
    scheme = scheme_of(value)
    if scheme not in schemes:
        more = f" or {schemes[-1]}://…" if len(schemes) > 1 else ""
        raise SettingError(f"{name} has to be an address {'://…, '.join(schemes[:-1]) or schemes[0]}://…{more}.")
    try:
        parts = urlsplit(value)
        found, port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingError(
            f"{name} is no address: its host or port cannot be read. Give {scheme}://host:port, "
            "the host in brackets where it is an IPv6 address, and %2F for a slash in a password."
        ) from error
    if (host and not found) or port == 0 or (found and any(sign.isspace() for sign in found)):
        raise SettingError(f"{name} is no address: {'its port is 0' if port == 0 else 'it has no host'}.")
    return parts


def place_to_listen(variable: str, host: str, port: int) -> tuple[socket.AddressFamily, Any]:
    """The family and the place of a socket that listens on a host: of IPv4 where its name stands for both.

    Raises:
        SettingError: there is no such address, and no such name.
    """
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        brackets = " An IPv6 address stands there without brackets." if "[" in host else ""
        raise SettingError(f"{variable} is {host!r}: there is no such address or name.{brackets}") from error
    family, _, _, _, place = min(found, key=lambda one: one[0] != socket.AF_INET)
    return family, place


def in_brackets(host: str) -> str:
    """A host as it stands in an address: one of IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def scheme_of(text: str) -> str:
    """What stands before `://` in an address, in small letters; nothing for a path."""
    scheme, mark, _ = text.partition("://")
    return scheme.lower() if mark and scheme.replace("+", "").isalnum() else ""


def host_and_port(address: str) -> tuple[str, int]:
    """Host, or folder of the unix socket, and port of PostgreSQL.

    Raises:
        SettingError: the address has no host, or no port.
    """
    if address.startswith("/"):
        return address, 5432
    host, _, port = address.rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) <= _LAST_PORT:
        raise SettingError(f"POSTGRES_ADDRESS is {address!r}: give host:port, or the folder of its unix socket.")
    return host, int(port)
