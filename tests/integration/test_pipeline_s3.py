"""Dumps in S3 and a work bucket in S3, on a server of the S3 protocol."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from msgspec import structs

from functions.extract.download.source import find_dump
from functions.runs.run_status import WrittenCounts
from functions.runtime.errors import PermanentError, SourceError, StoreUnavailable
from functions.runtime.messages import ParseChunk
from functions.runtime.settings import Settings
from functions.runtime.stores.bucket import MissingObject, S3Bucket, open_bucket
from infra.stack.ports import free_port
from tests.integration.pipeline import (
    APRIL,
    MAY,
    Pipeline,
    deliver_all,
    entity_file,
    open_pipeline,
    small,
    split_of,
    write_dump,
)


@pytest.fixture(scope="module")
def client(endpoint: str) -> Any:
    client = boto3.client("s3", endpoint_url=endpoint)
    for bucket in ("dumps", "work"):
        client.create_bucket(Bucket=bucket)
    return client


@pytest.fixture(scope="module")
def remote(settings: Settings, endpoint: str, client: Any, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return structs.replace(
        settings,
        s3_endpoint=endpoint,
        bucket="s3://work/some/prefix",
        dump_root=str(tmp_path_factory.mktemp("fetched")),
    )


@pytest.fixture(scope="module")
def pipeline(remote: Settings) -> Iterator[Pipeline]:
    with open_pipeline(remote, part_bytes=2_000) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path, client: Any) -> Path:
    """A dump of April, in this folder and below `s3://dumps/mirror`."""
    write_dump(tmp_path, APRIL, small())
    upload(client, tmp_path)
    return tmp_path


def upload(client: Any, folder: Path) -> None:
    for path in folder.iterdir():
        client.upload_file(str(path), "dumps", f"mirror/data/2026/{path.name}")


def test_a_dump_in_s3_ends_in_the_stores_and_leaves_no_work_behind(
    pipeline: Pipeline, folder: Path, client: Any
) -> None:
    run = pipeline.load("s3://dumps/mirror")
    assert run.state == "done"
    assert pipeline.differences(folder, APRIL) == {}
    assert client.list_objects_v2(Bucket="work").get("Contents", []) == []
    fetched = {path.name for path in pipeline.context.settings.dumps_folder.iterdir()}
    assert {path.name for path in folder.glob("*.xml.gz")} <= fetched
    assert not {name for name in fetched if name.endswith(".partial")}
    again = pipeline.load("s3://dumps/mirror/data/2026/")
    assert pipeline.written(again) == WrittenCounts(0, 0, 0, 0)


def test_a_file_in_s3_that_differs_from_its_checksum_loads_nothing_and_is_fetched_anew(
    pipeline: Pipeline, folder: Path, client: Any
) -> None:
    records = small()
    records["masters"] = records["masters"][:-1]
    write_dump(folder, MAY, records)
    path = entity_file(folder, MAY, "masters")
    good = path.read_bytes()
    path.write_bytes(good[:-1] + b"\1")
    upload(client, folder)
    run = pipeline.load("s3://dumps/mirror")
    assert run.state == "failed"
    assert path.name in str(run.reason)
    assert not (pipeline.context.settings.dumps_folder / path.name).exists()
    path.write_bytes(good)
    upload(client, folder)
    assert pipeline.load("s3://dumps/mirror", accept_deletions=True).state == "done"
    assert pipeline.differences(folder, MAY) == {}


def test_a_file_that_was_fetched_before_is_fetched_again_only_when_it_is_not_right(
    pipeline: Pipeline, folder: Path
) -> None:
    pipeline.reset()
    fetched = pipeline.context.settings.dumps_folder / entity_file(folder, APRIL, "artists").name
    assert pipeline.load("s3://dumps/mirror", APRIL).state == "done"
    written_at = fetched.stat().st_mtime_ns
    assert pipeline.load("s3://dumps/mirror", APRIL).state == "done"
    assert fetched.stat().st_mtime_ns == written_at
    fetched.write_bytes(b"half of it")
    pipeline.reset()
    assert pipeline.load("s3://dumps/mirror", APRIL).state == "done"
    assert fetched.read_bytes() == entity_file(folder, APRIL, "artists").read_bytes()
    assert pipeline.differences(folder, APRIL) == {}


def test_what_is_damaged_in_a_bucket_in_s3_is_made_again(pipeline: Pipeline, folder: Path) -> None:
    pipeline.reset()
    begun, messages = split_of(pipeline, folder)
    messages = deliver_all(pipeline, messages, ParseChunk)
    bucket, kinds = pipeline.context.bucket, (".index", ".ndjson")
    for number, key in enumerate(key for key in pipeline.work_left() if key.endswith((*kinds, "seen"))):
        if number % 3 == 0:
            bucket.delete([key])
        else:
            bucket.put(key, bucket.get(key)[: -(number % 2) or None] + b"x" * (number % 2 == 0))
    pipeline.go_on(messages)
    assert pipeline.run(begun.run.id).state == "done"
    assert pipeline.differences(folder, APRIL) == {}
    assert pipeline.work_left() == []


def test_what_is_not_in_s3_is_named(remote: Settings, client: Any) -> None:
    with pytest.raises(SourceError, match="s3://dumps/elsewhere has no complete dump"):
        find_dump(remote, "s3://dumps/elsewhere")
    with pytest.raises(PermanentError, match="nowhere"):
        find_dump(remote, "s3://nowhere/x")


def test_an_s3_service_that_does_not_answer_is_worth_another_try(
    remote: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    lost = structs.replace(remote, s3_endpoint=f"http://127.0.0.1:{free_port(set())}")
    with pytest.raises(StoreUnavailable, match="S3 failed on"):
        open_bucket(lost).get("x")


def test_what_gave_back_its_connections_makes_others_when_it_is_used_again(pipeline: Pipeline) -> None:
    context = pipeline.context
    context.bucket.put("kept/1", b"one")
    context.give_back()
    assert context.bucket.get("kept/1") == b"one"
    assert pipeline.query("SELECT 1") == [(1,)]
    assert pipeline.cypher("RETURN 1 AS one") == [{"one": 1}]
    context.bucket.delete(["kept/1"])


def test_a_bucket_in_s3_keeps_removes_and_lists_objects(remote: Settings, client: Any) -> None:
    bucket = open_bucket(remote)
    assert isinstance(bucket, S3Bucket)
    for key in ("runs/1/a", "runs/1/b", "runs/10/a"):
        bucket.put(key, key.encode())
    bucket.put("runs/1/a", b"again")
    assert bucket.get("runs/1/a") == b"again"
    assert sorted(bucket.keys("runs")) == ["runs/1/a", "runs/1/b", "runs/10/a"]
    bucket.delete(["runs/1/a", "runs/1/none"])
    with pytest.raises(MissingObject, match="runs/1/a is not in the S3 bucket"):
        bucket.get("runs/1/a")
    bucket.remove_folder("runs/1")
    assert list(bucket.keys("")) == ["runs/10/a"]
    names = [entry["Key"] for entry in client.list_objects_v2(Bucket="work")["Contents"]]
    assert names == ["some/prefix/runs/10/a"]
    bucket.remove_folder("runs")
    bucket.remove_folder("runs")
    assert list(bucket.keys("")) == []
