"""Files in S3: of several parts, broken off, forbidden, absent."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import msgspec
import pytest

from functions.extract.download.fetch import fetch
from functions.extract.download.source import find_dump
from functions.runtime.errors import PermanentError, SettingError, StoreUnavailable
from functions.runtime.settings import Settings
from tests.connection_cutter import cutting
from tests.integration.small_dump import DATE, SIZE, Waiter, bytes_of, name_of, place_dump, sha256_of

BUCKET, PREFIX = "mirror", "music/discogs"
NAME, LARGE = name_of("artists"), name_of("releases")
PART = 5 * 1024 * 1024
LARGE_SIZE = 2 * PART + 1_000


@pytest.fixture(scope="module")
def source(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    client = boto3.client("s3", endpoint_url=endpoint)
    client.create_bucket(Bucket=BUCKET)
    root = place_dump(tmp_path_factory.mktemp("s3"))
    data = bytes_of("releases", size=LARGE_SIZE)
    for path in root.rglob("discogs_*"):
        text = path.read_bytes().replace(
            sha256_of("releases").encode(), sha256_of("releases", size=LARGE_SIZE).encode()
        )
        client.put_object(Bucket=BUCKET, Key=f"{PREFIX}/data/2026/{path.name}", Body=text)
    upload_in_parts(client, f"{PREFIX}/data/2026/{LARGE}", data)
    return f"s3://{BUCKET}/{PREFIX}"


def upload_in_parts(client: Any, key: str, data: bytes) -> None:
    upload = client.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
    tags = []
    for number, start in enumerate(range(0, len(data), PART), start=1):
        part = client.upload_part(
            Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=number, Body=data[start : start + PART]
        )
        tags.append({"PartNumber": number, "ETag": part["ETag"]})
    client.complete_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload={"Parts": tags})


@pytest.fixture
def plain(tmp_path: Path, endpoint: str, source: str) -> Settings:
    return Settings(home=str(tmp_path / "home"), s3_endpoint=endpoint)


def location(name: str) -> str:
    return f"s3://{BUCKET}/{PREFIX}/data/2026/{name}"


def test_a_file_under_two_keys_of_a_prefix_is_refused_with_both(plain: Settings, endpoint: str, source: str) -> None:
    client = boto3.client("s3", endpoint_url=endpoint)
    key = f"{PREFIX}/old/{name_of('masters')}"
    client.put_object(Bucket=BUCKET, Key=key, Body=b"another")
    try:
        with pytest.raises(SettingError, match=rf"is there twice, as s3://{BUCKET}/{PREFIX}/data/2026/.*{PREFIX}/old/"):
            find_dump(plain, source)
    finally:
        client.delete_object(Bucket=BUCKET, Key=key)


def test_the_newest_dump_of_a_prefix_is_found(plain: Settings, source: str) -> None:
    dump = find_dump(plain, source)
    assert (dump.date, dump.missing) == (dt.date(2026, 4, 1), [])
    assert {file.name: file.bytes for file in dump.files} == {
        name_of(file.entity): LARGE_SIZE if file.name == LARGE else SIZE for file in dump.files
    }
    assert dump.files[0].location == location(NAME)


def test_an_object_of_several_parts_is_fetched_once(plain: Settings) -> None:
    expected = sha256_of("releases", size=LARGE_SIZE)
    for _ in range(2):
        path, found = fetch(plain, location(LARGE), LARGE, expected, lambda _, __: None, Waiter().retry)
        assert found == expected
        assert path.read_bytes() == bytes_of("releases", size=LARGE_SIZE)
        plain = msgspec.structs.replace(plain, s3_endpoint="http://127.0.0.1:1")


def test_a_broken_connection_is_gone_on_with(plain: Settings, endpoint: str) -> None:
    expected, waiter = sha256_of("releases", size=LARGE_SIZE), Waiter()
    server = urlsplit(endpoint)
    with cutting(server.hostname or "", server.port or 0) as cutter:
        cutter.cuts = [PART + 1_000, 2_000_000, 3_000_000]
        through = msgspec.structs.replace(plain, s3_endpoint=f"http://127.0.0.1:{cutter.port}")
        told: list[int] = []
        path, found = fetch(through, location(LARGE), LARGE, expected, lambda done, _: told.append(done), waiter.retry)
    assert found == expected
    assert path.stat().st_size == LARGE_SIZE
    assert waiter.slept == [1, 1, 1]
    assert told == sorted(told)


@pytest.mark.parametrize(
    "partial",
    [
        pytest.param(bytes_of("artists")[:1000], id="the beginning"),
        pytest.param(bytes_of("artists") + b"x", id="too much"),
        pytest.param(bytes(1000), id="wrong bytes"),
        pytest.param(bytes(SIZE), id="as many wrong bytes"),
    ],
)
def test_what_a_killed_process_has_left_is_gone_on_with(plain: Settings, partial: bytes) -> None:
    plain.dumps_folder.mkdir(parents=True)
    (plain.dumps_folder / f"{NAME}.partial").write_bytes(partial)
    path, _ = fetch(plain, location(NAME), NAME, sha256_of("artists"), lambda _, __: None, Waiter().retry)
    assert path.read_bytes() == bytes_of("artists")


def test_an_object_that_is_not_there_is_named(plain: Settings) -> None:
    with pytest.raises(PermanentError, match=rf"s3://mirror/.*{DATE}_nothing is not in the S3 bucket"):
        fetch(plain, location(f"{DATE}_nothing"), "nothing", "", lambda _, __: None, Waiter().retry)


def test_a_service_that_is_away_is_named(plain: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    away = msgspec.structs.replace(plain, s3_endpoint="http://127.0.0.1:1")
    with pytest.raises(StoreUnavailable, match="S3 failed on s3://mirror/"):
        fetch(away, location(NAME), NAME, "", lambda _, __: None, Waiter(tries=1).retry)
