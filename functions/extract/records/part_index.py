"""What a part is made of in the bucket: the XML of its records end to end, and an index of them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from functions.runtime.ledger.stored_objects import StoredObject, store_object
from functions.runtime.stores.bucket import AnyBucket


class PartIndex(msgspec.Struct, frozen=True):
    """One entry a record, in stream order: its id, raw digest, length in bytes and place in the XML stream."""

    ids: list[int] = []
    raw: list[int] = []
    lengths: list[int] = []
    places: list[int] = []

    def records(self, xml: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Id, place in the stream and bytes of each record of the part's XML."""
        begin = 0
        for number, length, place in zip(self.ids, self.lengths, self.places, strict=True):
            yield number, place, xml[begin : begin + length]
            begin += length


def store_part(bucket: AnyBucket, key: str, index: PartIndex, xml: bytes) -> dict[str, StoredObject]:
    """Put a part into the bucket, under a key without a suffix; returns what is to be noted of its objects."""
    return {
        "xml": store_object(bucket, f"{key}.xml", xml),
        "index": store_object(bucket, f"{key}.index", encode_index(index)),
    }


def encode_index(index: PartIndex) -> bytes:
    """The index as JSON."""
    return msgspec.json.encode(index)


def decode_index(data: bytes) -> PartIndex:
    """The index of a part."""
    return msgspec.json.decode(data, type=PartIndex)
