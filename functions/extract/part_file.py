"""What a part is made of in the bucket: the XML of its records end to end, and an index of them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec


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


def encode_index(index: PartIndex) -> bytes:
    """The index as JSON."""
    return msgspec.json.encode(index)


def decode_index(data: bytes) -> PartIndex:
    """The index of a part."""
    return msgspec.json.decode(data, type=PartIndex)
