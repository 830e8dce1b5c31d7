"""Decompression: several members, padding, and what can be had of a damaged file."""

from __future__ import annotations

import gzip
import io
import random

import pytest

from functions.extract.xml_stream.inflate import Inflation, InflationLimit

GB = 10**9


def inflated(data: bytes) -> tuple[bytes, str | None, int]:
    inflation = Inflation(io.BytesIO(data))
    return b"".join(inflation), inflation.problem, inflation.read_bytes


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.mark.parametrize("text", [b"", b"x", b"<a/>" * 100_000, noise(300_000)])
def test_one_member_is_read_whole(text: bytes) -> None:
    data = gzip.compress(text)
    assert inflated(data) == (text, None, len(data))


@pytest.mark.parametrize("sizes", [(1, 1), (100_000, 0, 100_000), (16_384, 16_384), (5,) * 50])
def test_several_members_are_read_as_one_stream(sizes: tuple[int, ...]) -> None:
    texts = [noise(size, size) for size in sizes]
    data = b"".join(map(gzip.compress, texts))
    assert inflated(data)[:2] == (b"".join(texts), None)


@pytest.mark.parametrize("zeros", [1, 512, 300_000])
def test_zeros_behind_a_member_are_padding(zeros: int) -> None:
    assert inflated(gzip.compress(b"text") + bytes(zeros))[:2] == (b"text", None)
    assert inflated(gzip.compress(b"one") + bytes(zeros) + gzip.compress(b"two"))[:2] == (b"onetwo", None)


def test_a_small_file_that_grows_huge_comes_in_small_chunks() -> None:
    inflation = Inflation(io.BytesIO(gzip.compress(bytes(50_000_000))))
    sizes = [len(chunk) for chunk in inflation]
    assert sum(sizes) == 50_000_000
    assert max(sizes) <= 64 * 1024
    assert inflation.problem is None


@pytest.mark.parametrize("cut", [1, 4, 8, 9, 1_000, 100_000])
def test_a_truncated_file_gives_what_it_has_and_says_so(cut: int) -> None:
    text = noise(200_000)
    found, problem, _ = inflated(gzip.compress(text)[:-cut])
    assert problem == "the file ends in the middle of its compressed data"
    assert text.startswith(found)
    assert len(found) >= len(text) - cut - 1_000


@pytest.mark.parametrize("length", [1, 5, 9])
def test_a_file_that_ends_within_its_header_has_nothing(length: int) -> None:
    assert inflated(gzip.compress(b"text")[:length])[:2] == (
        b"",
        "the file ends in the middle of its compressed data",
    )


def test_a_file_that_ends_within_a_second_member_is_truncated() -> None:
    found, problem, _ = inflated(gzip.compress(b"one") + gzip.compress(b"two")[:7])
    assert (found, problem) == (b"one", "the file ends in the middle of its compressed data")


def test_a_damaged_place_takes_little_of_what_stands_before_it_along() -> None:
    text = b"".join(b"<release id='%d'>%b</release>\n" % (i, noise(500, i).hex().encode()) for i in range(2_000))
    data = bytearray(gzip.compress(text))
    middle = len(data) // 2
    data[middle : middle + 50] = b"\xff" * 50
    found, problem, _ = inflated(bytes(data))
    assert problem == "the compressed data is damaged"
    assert len(found) > len(text) // 2 - 100_000


@pytest.mark.parametrize("place", [-1, -5])
def test_a_wrong_length_or_checksum_at_the_end_is_damage(place: int) -> None:
    data = bytearray(gzip.compress(noise(200_000)))
    data[place] ^= 1
    found, problem, _ = inflated(bytes(data))
    assert "damaged" in str(problem)
    assert len(found) > 100_000


@pytest.mark.parametrize("data", [b"<releases></releases>", b"x", noise(100_000)])
def test_what_is_no_gzip_is_read_as_it_is_and_noted(data: bytes) -> None:
    inflation = Inflation(io.BytesIO(data))
    assert b"".join(inflation) == data
    assert (inflation.problem, inflation.note) == (None, "the file is not compressed")


@pytest.mark.parametrize("rest", [b"\n", b"\x1f", b"\r\n\r\n", b"rubbish" * 100_000, b"\0\0\n", b"\0" * 20_000 + b"x"])
@pytest.mark.parametrize("text", [b"one", noise(16_384 - 40), noise(100_000)])
def test_bytes_behind_the_last_member_are_passed_over_and_noted(text: bytes, rest: bytes) -> None:
    data = gzip.compress(text) + rest
    inflation = Inflation(io.BytesIO(data))
    assert b"".join(inflation) == text
    assert (inflation.problem, inflation.read_bytes) == (None, len(data))
    assert f"{len(rest.lstrip(bytes(1))):,} bytes" in str(inflation.note)


@pytest.mark.parametrize("size", range(16_384 - 30, 16_384 - 10))
def test_a_member_may_begin_at_any_place_of_what_is_read_at_once(size: int) -> None:
    data = gzip.compress(noise(size)) + gzip.compress(b"two")
    inflation = Inflation(io.BytesIO(data))
    assert b"".join(inflation) == noise(size) + b"two"
    assert (inflation.problem, inflation.note) == (None, None)


def test_an_empty_file_is_not_whole() -> None:
    assert inflated(b"") == (b"", "the file ends in the middle of its compressed data", 0)


def test_a_bomb_is_given_up_at_a_limit_and_named() -> None:
    bomb = gzip.compress(bytes(200_000_000))
    inflation = Inflation(io.BytesIO(bomb))
    assert sum(map(len, inflation)) == 64 * 1024 * 1024
    assert inflation.problem is not None
    assert "inflates to more than 67 MB" in inflation.problem
    assert "LINERNOTES_MAX_INFLATION" in inflation.problem


@pytest.mark.parametrize(
    ("ratio", "free", "size", "most"),
    [
        (30.0, None, 10 * GB, 300 * GB),
        (30.0, 500 * GB, 10 * GB, 300 * GB),
        (30.0, 200 * GB, 10 * GB, 200 * GB),
        (30.0, GB, 10 * GB, 100 * GB),
        (5.0, GB, 10 * GB, 50 * GB),
        (30.0, 0, 100, 64 * 1024 * 1024),
    ],
)
def test_the_limit_is_a_ratio_and_beyond_what_dumps_come_to_the_disk(ratio, free, size, most):
    assert InflationLimit(ratio, free).most(size) == most


def test_a_small_file_may_inflate_as_much_as_it_likes() -> None:
    inflation = Inflation(io.BytesIO(gzip.compress(bytes(60_000_000))))
    assert sum(map(len, inflation)) == 60_000_000
    assert inflation.problem is None
