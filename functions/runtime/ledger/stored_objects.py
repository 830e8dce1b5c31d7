"""Objects in the bucket that the ledger knows: stored with a note of their size and digest, checked when they are read.

The bucket does not wait for the disk, and the ledger does: after a loss of power a file that the ledger speaks of may
be empty, short or gone. Whatever is noticed here can be made again from the dump.
"""

from __future__ import annotations

import msgspec
import xxhash
from msgspec import Struct
from psycopg.types.json import Jsonb

from functions.runtime.errors import PermanentError
from functions.runtime.stores.bucket import AnyBucket, MissingObject


class DamagedObject(PermanentError):
    """An object is missing, or is not what was stored."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(f"{key} {what}.")
        self.key = key


class StoredObject(Struct, frozen=True):
    """What the ledger notes of an object: its size, and its XXH3 of 128 bits, hex."""

    bytes: int
    digest: str


def store_object(bucket: AnyBucket, key: str, data: bytes) -> StoredObject:
    """Put an object into the bucket; returns what is to be noted by the transaction that makes it count."""
    bucket.put(key, data)
    return StoredObject(len(data), xxhash.xxh3_128_hexdigest(data))


def read_object(bucket: AnyBucket, key: str, noted: StoredObject | None) -> bytes:
    """An object as it was stored.

    Args:
        noted: None for one that a program of before has stored: it cannot be checked.

    Raises:
        DamagedObject: it is missing, short or different.
    """
    try:
        data = bucket.get(key)
    except MissingObject as error:
        raise DamagedObject(key, "is missing in the bucket") from error
    if noted is None:
        return data
    if len(data) != noted.bytes:
        raise DamagedObject(key, f"has {len(data):,} bytes in the bucket, and {noted.bytes:,} were stored")
    found = xxhash.xxh3_128_hexdigest(data)
    if found != noted.digest:
        raise DamagedObject(key, f"has the digest {found} in the bucket, and {noted.digest} was stored")
    return data


def as_json(noted: StoredObject | dict[str, StoredObject]) -> Jsonb:
    """Notes as a value of a statement."""
    return Jsonb(msgspec.to_builtins(noted))
