"""Files of the public site: each way in which it fails ends in the right file or in the right sentence."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import threading
from email.utils import format_datetime
from pathlib import Path

import httpx
import msgspec
import pytest

from functions.extract.download.discogs_site import find_on_site
from functions.extract.download.fetch import fetch
from functions.extract.download.http_source import SiteClient, user_agent
from functions.extract.download.source import find_dump
from functions.runtime.errors import SourceError, StoreUnavailable
from functions.runtime.settings import Settings
from tests.integration.small_dump import DATE, SIZE, Waiter, bytes_of, name_of, place_dump, sha256_of
from tests.site import (
    Drip,
    Elsewhere,
    Ended,
    Fault,
    NoLength,
    NoRange,
    Page,
    Reset,
    Site,
    Status,
    Unsatisfiable,
    Wrong,
    running_site,
)

NAME = name_of("artists")
DATA = bytes_of("artists")
SHA256 = sha256_of("artists")


@pytest.fixture
def plain(tmp_path: Path, site: Site) -> Settings:
    return Settings(home=str(tmp_path / "home"), site_url=site.url)


@pytest.fixture
def waiter() -> Waiter:
    return Waiter()


def bring(settings: Settings, site: Site, waiter: Waiter, sha256: str = SHA256) -> bytes:
    """Fetch the file; returns its bytes."""
    path, found = fetch(settings, site.address(NAME), NAME, sha256, lambda _, __: None, waiter.retry)
    assert (path, found) == (settings.dumps_folder / NAME, sha256)
    assert [each.name for each in settings.dumps_folder.iterdir()] == [NAME]
    return path.read_bytes()


@pytest.mark.parametrize(
    ("faults", "asked"),
    [
        pytest.param([], [None], id="nothing"),
        pytest.param([Reset(100_000)], [None, 100_000], id="a reset in mid-file"),
        pytest.param([Reset(100_000), Reset(50_000)], [None, 100_000, 150_000], id="two resets"),
        pytest.param([Reset(0)], [None, None], id="a reset at once"),
        pytest.param([Reset(100_000), NoRange()], [None, 100_000], id="a range ignored"),
        pytest.param([Reset(100_000), NoRange(reset_after=50_000)], [None, 100_000, 100_000], id="ignored and reset"),
        pytest.param([Reset(100_000), Unsatisfiable()], [None, 100_000, None], id="416"),
        pytest.param([Reset(100_000), Elsewhere(99_000)], [None, 100_000, None], id="another range"),
        pytest.param([Wrong()], [None, None], id="wrong bytes once"),
        pytest.param([Reset(100_000), Wrong()], [None, 100_000, None], id="wrong bytes after a reset"),
        pytest.param([Status(503)], [None, None], id="503"),
        pytest.param([Status(500), Status(502), Status(504)], [None] * 4, id="5xx"),
        pytest.param([Status(429)], [None, None], id="429"),
        pytest.param([Reset(100_000), Status(429), Status(503)], [None, *[100_000] * 3], id="429 after a reset"),
        pytest.param([Drip(60_000, 0.01)], [None], id="a slow drip"),
        pytest.param([NoLength()], [None], id="no length"),
        pytest.param([Ended(100_000)], [None, 100_000], id="an end too early"),
        pytest.param([Page()], [None, None], id="a page instead"),
    ],
)
def test_a_fault_ends_in_the_right_file(
    plain: Settings, site: Site, waiter: Waiter, faults: list[Fault], asked: list[int | None]
) -> None:
    site.fail(NAME, *faults)
    assert bring(plain, site, waiter) == DATA
    assert site.asked(NAME) == asked
    assert len(waiter.slept) < waiter.tries


def test_a_file_that_is_there_and_right_is_not_asked_for(plain: Settings, site: Site, waiter: Waiter) -> None:
    bring(plain, site, waiter)
    bring(plain, site, waiter)
    assert site.asked(NAME) == [None]


def test_a_file_that_is_there_and_wrong_is_fetched_anew(plain: Settings, site: Site, waiter: Waiter) -> None:
    plain.dumps_folder.mkdir(parents=True)
    (plain.dumps_folder / NAME).write_bytes(bytes(SIZE))
    assert bring(plain, site, waiter) == DATA


@pytest.mark.parametrize(
    ("partial", "asked"),
    [
        pytest.param(DATA[:1000], [1000], id="the beginning"),
        pytest.param(DATA, [], id="the whole"),
        pytest.param(DATA + b"x", [SIZE + 1, None], id="too much"),
        pytest.param(bytes(1000), [1000, None], id="wrong bytes"),
        pytest.param(bytes(SIZE), [SIZE, None], id="as many wrong bytes"),
        pytest.param(b"", [None], id="nothing"),
    ],
)
def test_what_a_killed_process_has_left_is_gone_on_with(
    plain: Settings, site: Site, waiter: Waiter, partial: bytes, asked: list[int | None]
) -> None:
    plain.dumps_folder.mkdir(parents=True)
    (plain.dumps_folder / f"{NAME}.partial").write_bytes(partial)
    assert bring(plain, site, waiter) == DATA
    assert site.asked(NAME) == asked


def test_a_longer_partial_file_is_cut_where_ranges_are_ignored(plain: Settings, site: Site, waiter: Waiter) -> None:
    site.honours_ranges = False
    plain.dumps_folder.mkdir(parents=True)
    (plain.dumps_folder / f"{NAME}.partial").write_bytes(bytes(SIZE * 2))
    assert bring(plain, site, waiter) == DATA


def test_wrong_bytes_twice_are_told_with_both_sums_and_get_no_name(plain: Settings, site: Site, waiter: Waiter) -> None:
    site.fail(NAME, Wrong(), Wrong())
    path, found = fetch(plain, site.address(NAME), NAME, SHA256, lambda _, __: None, waiter.retry)
    assert found == hashlib.sha256(bytes(SIZE)).hexdigest()
    assert not path.exists()
    assert site.asked(NAME) == [None, None]


def test_a_wrong_end_without_a_length_is_bounded_too(plain: Settings, site: Site, waiter: Waiter) -> None:
    site.honours_ranges = False
    site.fail(NAME, *[NoLength()] * 20)
    _, found = fetch(plain, site.address(NAME), NAME, "0" * 64, lambda _, __: None, waiter.retry)
    assert found == SHA256
    assert len(site.asked(NAME)) == 3


def test_retry_after_in_seconds_is_waited_for(plain: Settings, site: Site, waiter: Waiter) -> None:
    site.fail(NAME, Status(429, {"Retry-After": "42"}))
    assert bring(plain, site, waiter) == DATA
    assert waiter.slept == [42]


def test_retry_after_as_a_date_is_waited_for(plain: Settings, site: Site, waiter: Waiter) -> None:
    then = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60)
    site.fail(NAME, Status(503, {"Retry-After": format_datetime(then, usegmt=True)}))
    assert bring(plain, site, waiter) == DATA
    assert 55 < waiter.slept[0] <= 60


def test_a_wait_of_an_hour_is_handed_on_and_what_came_is_kept(plain: Settings, site: Site, waiter: Waiter) -> None:
    site.fail(NAME, Reset(100_000), Status(429, {"Retry-After": "3574"}))
    with pytest.raises(StoreUnavailable, match=r"cannot give .* now \(429\) and asks to wait 60 minutes\.$") as refused:
        bring(plain, site, waiter)
    assert refused.value.retry_after == 3574
    assert waiter.slept == [1]
    assert bring(plain, site, waiter) == DATA
    assert site.asked(NAME) == [None, 100_000, 100_000]


def test_tries_that_bring_nothing_end(plain: Settings, site: Site, waiter: Waiter) -> None:
    site.fail(NAME, *[Status(503)] * 9)
    with pytest.raises(StoreUnavailable, match=r"\(503\)\. 4 tries in a row brought little"):
        bring(plain, site, waiter)
    assert waiter.slept == [1, 2, 4]


def test_tries_that_bring_something_do_not_count(plain: Settings, tmp_path: Path, waiter: Waiter) -> None:
    size = 12_000_000
    with running_site(place_dump(tmp_path / "large", size=size)) as large:
        large.fail(NAME, *[Reset(1_500_000)] * 7)
        assert bring(plain, large, waiter, sha256_of("artists", size=size)) == bytes_of("artists", size=size)
    # More failures than tries. A reset may discard what was not read yet: then one of them has brought too little.
    assert len(waiter.slept) == 7 > waiter.tries
    assert waiter.slept.count(1) >= 4


def test_403_says_what_a_person_can_do(plain: Settings, site: Site, waiter: Waiter) -> None:
    site.fail(NAME, Status(403))
    with pytest.raises(SourceError, match=r"refuses this machine \(403\): try from another network, or .* browser"):
        bring(plain, site, waiter)
    assert (len(site.requests), waiter.slept) == (1, [])


def test_404_names_the_file(plain: Settings, site: Site, waiter: Waiter) -> None:
    site.fail(NAME, Status(404))
    with pytest.raises(SourceError, match=rf"{NAME} is not there \(404\)\.$"):
        bring(plain, site, waiter)


@pytest.mark.parametrize("code", [204, 206, 300, 400, 405, 416, 418])
def test_a_status_that_makes_no_sense_ends_at_once(plain: Settings, site: Site, waiter: Waiter, code: int) -> None:
    site.fail(NAME, Status(code, {"Content-Length": "0"}, b""))
    with pytest.raises(SourceError, match=f"answers with the status {code}"):
        bring(plain, site, waiter)


def test_a_redirect_is_followed_but_not_in_a_circle(plain: Settings, site: Site, waiter: Waiter) -> None:
    site.fail(NAME, Status(302, {"Location": site.address(NAME)}))
    assert bring(plain, site, waiter) == DATA
    (plain.dumps_folder / NAME).unlink()
    site.fail(NAME, *[Status(302, {"Location": site.address(NAME)})] * 9)
    with pytest.raises(SourceError, match="leads nowhere"):
        bring(plain, site, waiter)


def test_a_redirect_to_another_kind_of_address_is_refused(plain: Settings, site: Site, waiter: Waiter) -> None:
    site.fail(NAME, Status(302, {"Location": "file:///etc/passwd"}))
    with pytest.raises(SourceError, match="leads nowhere"):
        bring(plain, site, waiter)


def test_a_redirect_leads_to_the_sites_own_host_or_one_that_is_allowed(
    plain: Settings, site: Site, waiter: Waiter
) -> None:
    elsewhere = site.address(NAME).replace("127.0.0.1", "localhost")
    site.fail(NAME, Status(302, {"Location": elsewhere}))
    with pytest.raises(SourceError, match=r"redirects to http://localhost:\d+, which LINERNOTES_REDIRECT_HOSTS"):
        bring(plain, site, waiter)
    assert len(site.requests) == 1
    site.fail(NAME, Status(302, {"Location": elsewhere}))
    allowing = msgspec.structs.replace(plain, redirect_hosts="other.example, localhost")
    assert bring(allowing, site, waiter) == DATA


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("https://a.example/", "http://a.example/x", "which is not encrypted"),
        ("https://a.example/", "https://b.example/?secret=1", "https://b.example, which LINERNOTES_REDIRECT_HOSTS"),
        ("https://a.example/", "https://nota.example/", "LINERNOTES_REDIRECT_HOSTS"),
        ("https://data.discogs.com/", "https://u:p@evildiscogs.com/", "to https://evildiscogs.com,"),
    ],
)
def test_redirects_that_lead_where_they_may_not(plain: Settings, before: str, after: str, sentence: str) -> None:
    with SiteClient(plain) as client, pytest.raises(SourceError, match=re.escape(sentence)):
        client.refuse(httpx.URL(before), httpx.URL(after))


def test_redirects_of_the_public_site_and_to_hosts_below_a_sites_own(plain: Settings) -> None:
    with SiteClient(plain) as client:
        client.refuse(httpx.URL("https://data.discogs.com/"), httpx.URL("https://files.discogs.com/x"))
        client.refuse(httpx.URL("http://a.example/"), httpx.URL("https://cdn.a.example/x"))


def test_a_site_that_is_not_there_is_named(plain: Settings, site: Site, waiter: Waiter) -> None:
    with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1 cannot be reached for http://127\.0\.0\.1:1/"):
        fetch(plain, "http://127.0.0.1:1/?download=x", NAME, SHA256, lambda _, __: None, waiter.retry)
    assert len(waiter.slept) > 2  # a transfer has patience


@pytest.mark.parametrize("source", ["http://127.0.0.1:1", "http://nosuch.invalid"])
def test_who_looks_for_a_dump_where_nobody_listens_is_told_at_once(
    plain: Settings, waiter: Waiter, source: str
) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        find_on_site(plain, source, retry=waiter.retry)
    assert len(waiter.slept) == 1
    assert sum(waiter.slept) <= 2


def test_who_looks_for_a_dump_in_s3_where_nobody_listens_is_told_at_once(
    plain: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", slept.append)
    service = msgspec.structs.replace(plain, s3_endpoint="http://127.0.0.1:1", s3_key_id="x", s3_secret_key="y")
    with pytest.raises(StoreUnavailable, match="Could not connect"):
        find_dump(service, "s3://bucket/prefix")
    assert len(slept) == 1


def test_a_connection_that_hardly_brings_anything_is_given_up_for_another(plain: Settings, site: Site) -> None:
    waiter = Waiter(tick=121.0, tries=50)
    site.fail(NAME, Drip(10_000, 0.01))
    assert bring(plain, site, waiter) == DATA
    assert len(site.asked(NAME)) > 1
    assert site.asked(NAME)[1] == 10_000


def test_a_disk_that_is_too_small_is_noticed_before_the_first_byte(
    plain: Settings, site: Site, waiter: Waiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": SIZE - 1})
    monkeypatch.setattr("functions.extract.download.resumable_download.shutil.disk_usage", lambda _: usage)
    with pytest.raises(SourceError, match=rf"{NAME} needs 0 MB in .*DISCOGS_ROOT"):
        bring(plain, site, waiter)
    assert not list(plain.dumps_folder.iterdir())


def test_a_folder_that_cannot_be_written_to_is_named(plain: Settings, site: Site, waiter: Waiter) -> None:
    Path(plain.home).mkdir()
    (Path(plain.home) / "dumps").write_text("a file")
    with pytest.raises(StoreUnavailable, match="cannot be written: File exists"):
        bring(plain, site, waiter)


def test_two_at_once_fetch_a_file_once(plain: Settings, site: Site, waiter: Waiter) -> None:
    site.fail(NAME, Drip(30_000, 0.02))
    found: list[str] = []

    def run() -> None:
        found.append(fetch(plain, site.address(NAME), NAME, SHA256, lambda _, __: None, waiter.retry)[1])

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [SHA256, SHA256]
    assert len(site.requests) == 1
    assert [path.name for path in plain.dumps_folder.iterdir()] == [NAME]


def test_progress_tells_what_is_here_and_of_how_much(plain: Settings, site: Site, waiter: Waiter) -> None:
    told: list[tuple[int, int | None]] = []
    site.fail(NAME, Reset(100_000))
    fetch(plain, site.address(NAME), NAME, SHA256, lambda *each: told.append(each), waiter.retry)
    assert told == sorted(told)
    assert told[-1] == (SIZE, SIZE)


def test_the_user_agent_is_honest(plain: Settings, site: Site, waiter: Waiter) -> None:
    known = msgspec.structs.replace(plain, contact="https://example.org/about")
    bring(known, site, waiter)
    sent = site.requests[0].headers
    assert sent["user-agent"] == user_agent(known)
    assert sent["user-agent"].startswith("linernotes/")
    assert sent["user-agent"].endswith(" (+https://example.org/about)")
    assert "(" not in user_agent(plain)
    assert sent["accept-encoding"] == "identity"


# ── which dump


def test_the_newest_complete_dump_of_the_site_is_found(plain: Settings, site: Site) -> None:
    place_dump(site.root, "20260501", checksums=False)
    found = find_on_site(plain, site.url, year=2026)
    assert found.date == dt.date(2026, 4, 1)
    assert found.addresses[NAME] == site.address(NAME)
    assert abs(found.sizes[NAME] - SIZE) < 1024
    assert [request.name for request in site.requests] == ["2026", f"discogs_{DATE}_CHECKSUM.txt"]


def test_a_dump_is_not_complete_before_every_file_that_it_names_is_there(plain: Settings, site: Site) -> None:
    place_dump(site.root, "20260501")
    (site.root / "data/2026" / name_of("releases", "20260501")).unlink()
    assert find_on_site(plain, site.url, year=2026).date == dt.date(2026, 4, 1)


def test_last_year_is_looked_at_when_this_one_has_none_yet(plain: Settings, site: Site) -> None:
    place_dump(site.root, "20270101", checksums=False)
    assert find_on_site(plain, site.url, year=2027).date == dt.date(2026, 4, 1)
    site.fail("2028", Status(404))
    assert find_on_site(plain, site.url, year=2028).date == dt.date(2026, 4, 1)
    with pytest.raises(SourceError, match=r"has no complete dump: no discogs_YYYYMMDD_CHECKSUM\.txt is there"):
        find_on_site(plain, site.url, year=2031)


def test_a_wanted_dump_is_found_by_its_date(plain: Settings, site: Site) -> None:
    place_dump(site.root, "20251201")
    dump = find_dump(plain, "discogs", dt.date(2025, 12, 1))
    assert (dump.date, dump.source, dump.synthetic, dump.missing) == (dt.date(2025, 12, 1), site.url, False, [])
    assert [file.sha256 for file in dump.files] == [sha256_of(file.entity, "20251201") for file in dump.files]
    assert find_dump(plain, site.url, dt.date(2026, 4, 1)).files[0].location == site.address(NAME)
    with pytest.raises(SourceError, match=r"has no complete dump 20260301.*complete: 20260401"):
        find_dump(plain, "discogs", dt.date(2026, 3, 1))


def test_a_site_that_refuses_to_list_says_what_a_person_can_do(plain: Settings, site: Site) -> None:
    site.fail("2026", Status(403))
    with pytest.raises(SourceError, match=r"refuses this machine \(403\)"):
        find_dump(plain, "discogs", dt.date(2026, 4, 1))


def test_a_listing_is_asked_for_again_and_an_hour_is_not_waited(plain: Settings, site: Site, waiter: Waiter) -> None:
    site.fail("2026", Status(502), Status(429, {"Retry-After": "7"}), Status(429, {"Retry-After": "3574"}))
    with pytest.raises(StoreUnavailable, match="asks to wait 60 minutes"):
        find_on_site(plain, site.url, year=2026, retry=waiter.retry)
    assert waiter.slept == [1, 7]


def test_a_page_instead_of_the_checksums_is_no_checksum_file(plain: Settings, site: Site) -> None:
    site.fail(f"discogs_{DATE}_CHECKSUM.txt", *[Page()] * 4)
    with pytest.raises(StoreUnavailable, match="a web page instead of the file"):
        find_on_site(plain, site.url, year=2026, retry=Waiter().retry)
