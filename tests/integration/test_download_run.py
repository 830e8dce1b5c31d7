"""`download` as a run sees it: what the ledger learns of a file that comes from the site, and of one that does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from functions.extract.download import download_progress
from functions.extract.download.download import download
from functions.extract.download.source import find_dump
from functions.registry import FUNCTIONS
from functions.runs.begin import Begun, LoadOptions, begin_load
from functions.runs.run_commands import cancel, pause, sweep, unpause
from functions.runtime.entities import ENTITIES
from functions.runtime.errors import SourceError, StoreUnavailable
from functions.runtime.ledger.models import File
from functions.runtime.ledger.store import fetch, files_of, run_of, sql
from functions.runtime.messages import Download, Split
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.migrations import migrate_postgres
from tests.integration.small_dump import DATE, SIZE, name_of, sha256_of
from tests.site import Drip, Reset, Site, Status, Wrong
from tests.stack import FreshSettings

NAME = name_of("artists")


@pytest.fixture
def context(fresh_settings: FreshSettings, tmp_path: Path, site: Site) -> Iterator[Context]:
    settings: Settings = msgspec.structs.replace(
        fresh_settings(), site_url=site.url, dump_root=str(tmp_path / "dumps"), min_backoff_ms=1, download_timeout=1
    )
    with open_context(settings, FUNCTIONS) as opened:
        with opened.connection() as connection:
            migrate_postgres(connection)
        yield opened


def begin(context: Context) -> Begun:
    return begin_load(context, find_dump(context.settings, "discogs", None), LoadOptions())


def file_of(context: Context, run: int) -> File:
    with context.connection() as connection:
        return next(file for file in files_of(connection, run) if file.entity == "artists")


def events(context: Context, kind: str) -> list[dict[str, Any]]:
    with context.connection() as connection:
        rows = connection.execute("SELECT detail FROM events WHERE kind = %s", (kind,)).fetchall()
    return [row[0] for row in rows]


def downloads(begun: Begun) -> list[Download]:
    return [message for message in begun.messages if isinstance(message, Download)]


def test_every_file_of_the_site_is_fetched_and_the_folder_is_a_source_then(context: Context, site: Site) -> None:
    begun = begin(context)
    assert begun.messages == [Download(run=begun.run.id, entity=entity) for entity in ENTITIES]
    for message in downloads(begun):
        site.fail(name_of(message.entity), Reset(100_000))
        due = download(context, message)
    assert due == [Split(run=begun.run.id, entity=entity) for entity in ENTITIES]
    file = file_of(context, begun.run.id)
    folder = context.settings.dumps_folder
    assert (file.state, file.location, file.bytes, file.read_bytes) == ("fetched", str(folder / NAME), SIZE, 0)
    fetched = find_dump(context.settings, str(folder))
    assert [(each.entity, each.sha256) for each in fetched.files] == [(each, sha256_of(each)) for each in ENTITIES]
    assert not fetched.synthetic


def test_a_download_delivered_twice_fetches_once(context: Context, site: Site) -> None:
    message = downloads(begin(context))[0]
    download(context, message)
    download(context, message)
    assert site.asked(NAME) == [None]


def test_progress_is_noted_and_a_pause_keeps_what_came(
    context: Context, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_progress, "_LEDGER_EVERY_S", 0.0)
    begun = begin(context)
    seen: list[int] = []

    def note(self: download_progress.DownloadProgress, done: int, total: int | None) -> None:
        original(self, done, total)
        file = file_of(context, begun.run.id)
        seen.append(file.read_bytes)
        assert file.bytes == total
        if done >= 100_000 and len(seen) < 10:
            pause(context)

    original = download_progress.DownloadProgress._note
    monkeypatch.setattr(download_progress.DownloadProgress, "_note", note)
    site.fail(NAME, Drip(20_000, 0.01))
    assert download(context, downloads(begun)[0]) == []
    assert file_of(context, begun.run.id).state == "listed"
    monkeypatch.setattr(download_progress.DownloadProgress, "_note", original)
    _, due = unpause(context)
    assert begun.messages[0] in due
    download(context, downloads(begun)[0])
    assert file_of(context, begun.run.id).state == "fetched"
    assert seen == sorted(seen)
    assert (site.asked(NAME)[1] or 0) >= 100_000


def test_a_cancelled_run_stops_its_download(context: Context, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download_progress, "_LEDGER_EVERY_S", 0.0)
    begun = begin(context)
    cancel(context)
    assert download(context, downloads(begun)[0]) == []
    assert not site.asked(NAME)


def test_a_long_wait_is_put_off_and_the_sweep_leaves_it_alone(context: Context, site: Site) -> None:
    begun = begin(context)
    site.fail(NAME, Status(429, {"Retry-After": "3574"}))
    with pytest.raises(StoreUnavailable) as refused:
        download(context, downloads(begun)[0])
    assert refused.value.retry_after == 3574
    assert events(context, "download-put-off")[0]["seconds"] == 3574
    for message in downloads(begun)[1:]:
        download(context, message)
    assert sweep(context) == []
    with context.connection() as connection:
        lease = {"run": begun.run.id, "lease": context.settings.lease}
        connection.execute("UPDATE files SET sent_at = sent_at - interval '1 hour 5 minutes'")
        assert [file.entity for file in fetch(connection, File, sql.expired_files, **lease)][:1]
    download(context, downloads(begun)[0])
    assert file_of(context, begun.run.id).state == "fetched"


def test_a_wrong_checksum_ends_the_run_and_names_both_sums(context: Context, site: Site) -> None:
    begun = begin(context)
    site.fail(NAME, Wrong(), Wrong())
    assert download(context, downloads(begun)[0]) == []
    with context.connection() as connection:
        run = run_of(connection, begun.run.id)
    assert run.state == "failed"
    assert sha256_of("artists") in (run.reason or "")
    assert events(context, "wrong-checksum")[0]["expected"] == sha256_of("artists")
    assert not list(context.settings.dumps_folder.glob("discogs_*"))


def test_a_machine_that_is_refused_is_told_what_to_do(context: Context, site: Site) -> None:
    begun = begin(context)
    site.fail(NAME, Status(403))
    with pytest.raises(SourceError, match="try from another network"):
        download(context, downloads(begun)[0])


def test_fetched_files_are_on_the_shelf_with_their_sums(context: Context, site: Site) -> None:
    begun = begin(context)
    folder = context.settings.dumps_folder
    folder.mkdir()
    checksums = folder / f"discogs_{DATE}_CHECKSUM.txt"
    checksums.write_text(f"{'0' * 64} *{NAME}")
    for _ in range(2):
        download(context, downloads(begun)[0])
        assert checksums.read_text() == f"{'0' * 64} *{NAME}\n{sha256_of('artists')}  {NAME}\n"
