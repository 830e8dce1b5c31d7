"""Free ports on loopback, chosen once and remembered."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from functions.runtime.addresses import place_to_listen
from functions.runtime.errors import SettingError
from infra.stack.home import Home, read_json, write_json

LOOPBACK = "127.0.0.1"


def settle_ports(home: Home, names: Iterable[str]) -> dict[str, int]:
    """The port of each server: the remembered one, or a free one where it is taken or new."""
    remembered = read_json(home.ports)
    ports: dict[str, int] = {}
    for name in names:
        port = remembered.get(name)
        taken = set(ports.values()) | set(remembered.values())
        ports[name] = port if isinstance(port, int) and is_free(LOOPBACK, port) else free_port(taken)
    write_json(home.ports, {**remembered, **ports})
    return ports


def check_named_port(host: str, port: int) -> int:
    """The gateway's port as the user named it; for 0 a free one.

    Raises:
        SettingError: the host is none of this machine, or another process holds the port.
    """
    check_host(host)
    if port and not is_free(host, port):
        raise SettingError(
            f"LINERNOTES_PORT is {port}, but this process cannot listen there on {host}: name another port, "
            "or stop what holds it."
        )
    return port or free_port((), host)


def check_host(host: str) -> None:
    """Make sure that the gateway can listen on a host, whatever the port.

    Raises:
        SettingError: there is no such host, or it is none of this machine.
    """
    family, place = place_to_listen("LINERNOTES_HOST", host, 0)
    try:
        socket.create_server(place, family=family).close()
    except OSError as error:
        raise SettingError(f"LINERNOTES_HOST is {host!r}, which is no address of this machine.") from error


def first_free_port(host: str, ports: Iterable[int]) -> int:
    """The first of these ports that is free, or else any free one.

    Raises:
        SettingError: there is no such host.
    """
    return next((port for port in ports if port and is_free(host, port)), None) or free_port((), host)


def is_free(host: str, port: int) -> bool:
    """Whether this process could listen there now."""
    family, place = place_to_listen("LINERNOTES_HOST", host, port)
    try:
        with socket.create_server(place, family=family):
            return True
    except OSError:
        return False


def free_port(taken: Iterable[int], host: str = LOOPBACK) -> int:
    """A port on which nobody listens, of loopback if no other host is named."""
    refused = set(taken)
    family, place = place_to_listen("LINERNOTES_HOST", host, 0)
    while True:
        with socket.create_server(place, family=family) as server:
            port = int(server.getsockname()[1])
        if port not in refused:
            return port
