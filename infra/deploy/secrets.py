"""The secrets of an installation of containers: drawn once, each in a file that only its owner reads.

Letters and digits only: scalers and tools put them into addresses as they are. What a server or a process reads (an
address with the password in it, a line of a configuration) is a file of its own beside the password.
"""

from __future__ import annotations

import os
import secrets
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from functions.runtime.errors import RefusedError
from infra.stack.home import make_folder, write_private

#: The user of the containers, if root makes the secrets.
CONTAINER_USER: Final = 1000

_ALPHABET: Final = string.ascii_letters + string.digits

#: Characters of what is drawn: 190 bits and more, and as long as the keys of S3 usually are.
_DRAWN: Final[Mapping[str, int]] = {
    "rabbitmq_password": 32,
    "neo4j_password": 32,
    "postgres_password": 32,
    "postgres_reader_password": 32,
    "postgres_actor_password": 32,
    "valkey_password": 32,
    "s3_key_id": 20,
    "s3_secret_key": 40,
    "session_secret": 64,
    "webhook_secret": 64,
}

#: What is made of them, for who reads no bare password.
_WRITTEN: Final[Mapping[str, str]] = {
    "amqp_connection": "amqp://linernotes:{rabbitmq_password}@rabbitmq:5672/",
    "rabbitmq.conf": "default_user = linernotes\ndefault_pass = {rabbitmq_password}",
    "neo4j_auth": "neo4j/{neo4j_password}",
    "redis_url": "redis://:{valkey_password}@valkey:6379/0",
    "valkey.conf": "requirepass {valkey_password}",
}

#: Every file, in the order in which they are made.
NAMES: Final = (*_DRAWN, *_WRITTEN)


class Secrets(Struct, frozen=True):
    """What lies in a folder of secrets.

    Attributes:
        folder: where they are.
        made: the files that were made now.
        kept: those that were there and stay as they are.
        user: number of the user who owns them, and whom the containers have to run as.
        group: number of that user's group.
    """

    folder: str
    made: list[str]
    kept: list[str]
    user: int
    group: int


def make_secrets(folder: Path) -> Secrets:
    """Make what is missing of the secrets in a folder; whatever is there stays as it is.

    Raises:
        RefusedError: the folder is somebody else's, or a file in it cannot be read.
    """
    make_folder(folder)
    user, group = _owner(folder)
    values: dict[str, str] = {}
    made = []
    for name in NAMES:
        path = folder / name
        if not path.exists():
            text = _WRITTEN[name].format_map(values) if name in _WRITTEN else _draw(_DRAWN[name])
            write_private(path, f"{text}\n".encode())
            os.chown(path, user, group)
            made.append(name)
        values[name] = _read(path)
    kept = [name for name in NAMES if name not in made]
    return Secrets(str(folder), made, kept, user, group)


def _draw(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _owner(folder: Path) -> tuple[int, int]:
    """Who is to own the files: whoever calls, and for root the user of the containers."""
    found = folder.stat()
    if os.geteuid() != 0 and found.st_uid != os.geteuid():
        raise RefusedError(f"{folder} belongs to another user (number {found.st_uid}): name a folder of yours.")
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    user, group = (found.st_uid, found.st_gid) if found.st_uid != 0 else (CONTAINER_USER, CONTAINER_USER)
    os.chown(folder, user, group)
    return user, group


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedError(
            f"{path} cannot be read ({error}): mend it or its rights, or bring it back from a copy. It holds a secret "
            "that the stores know."
        ) from error
