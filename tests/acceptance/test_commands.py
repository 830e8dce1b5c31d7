"""What the commands say, and how they end, when something is not as it should be."""

from __future__ import annotations

import datetime as dt
import gzip
import re
import socket

import pytest

from infra.synth import write_dump
from tests.acceptance.test_address import wait_until_it_answers
from tests.integration.pipeline import write_checksums
from tests.product import Product


@pytest.fixture
def idle(tmp_path):
    """A product that is not up."""
    return Product(tmp_path / "home")


@pytest.mark.parametrize(
    "words",
    [[], ["up"], ["down"], ["logs"], ["load"], ["status"], ["pause"], ["unpause"], ["cancel"], ["resume"], ["reset"],
     ["rebuild"], ["verify"], ["quarantine"], ["synth"], ["run"], ["bench"], ["scale"], ["changes"], ["backup"],
     ["restore"], ["keys"], ["open"]],
    ids=lambda words: " ".join(words) or "linernotes",
)  # fmt: skip
def test_every_command_has_help(idle, words):
    assert "Usage" in idle.linernotes(*words, "--help").stdout


def test_the_version_is_said_by_the_program(tmp_path):
    program = Product(tmp_path / "home", as_program=True)
    said = program.linernotes("--version").stdout
    assert re.fullmatch(r"linernotes \d+\.\d+\.\d+\n", said)
    assert program.linernotes("-V").stdout == said
    assert "linernotes up" in program.linernotes("status", code=2).stderr


@pytest.mark.parametrize("command", ["load", "verify"])
def test_a_source_where_nobody_listens_is_named(idle, command):
    assert "127.0.0.1 cannot be reached" in idle.linernotes(command, "http://127.0.0.1:1", code=1).stderr


def test_edits_alone_without_a_dump_to_edit_are_refused(idle, tmp_path):
    answer = idle.linernotes("synth", tmp_path / "dump", "--edits-only", code=2)
    assert "--mutate-from" in answer.stderr
    assert not (tmp_path / "dump").exists()


@pytest.mark.parametrize(
    "words",
    [["verify", ""], ["synth", ""], ["synth", "out", "--mutate-from", ""], ["backup", " "], ["restore", ""]],
    ids=lambda words: words[0] if len(words) == 2 else "mutate",
)
def test_an_empty_text_is_no_place(idle, tmp_path, words):
    assert "empty" in idle.linernotes(*words, code=2).stderr.lower()
    assert list(tmp_path.iterdir()) == []


def test_a_dump_that_has_a_file_twice_is_refused_with_both_places(idle, tmp_path):
    source = tmp_path / "dumps"
    write_dump(source, releases=5, seed=1, dump="20260901")
    first = source / "data/2026/discogs_20260901_labels.xml.gz"
    second = source / "old/discogs_20260901_labels.xml.gz"
    second.parent.mkdir()
    second.write_bytes(first.read_bytes()[:-1])
    for command in ("verify", "load"):
        done = idle.linernotes(command, source, code=2)
        assert str(first) in done.stderr
        assert str(second) in done.stderr
    assert "empty" in idle.linernotes("load", "", code=2).stderr


def test_a_bad_setting_is_one_sentence_and_exit_code_2(idle):
    done = idle.linernotes("status", code=2, LINERNOTES_POOL_SIZE="many")
    assert done.stderr.count("\n") == 1
    assert "LINERNOTES_POOL_SIZE" in done.stderr


def test_a_busy_port_that_the_user_named_is_one_sentence_and_exit_code_2(idle):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = idle.linernotes("up", code=2, LINERNOTES_PORT=port, LINERNOTES_WORKERS="split=0,finish=1")
    assert port in done.stderr
    assert "What there is to do for split waits until `linernotes scale split auto`." in done.stderr
    assert "finish" not in done.stderr


def test_stores_that_are_down_are_named_with_what_to_do(idle):
    done = idle.linernotes("status", code=2)
    assert "linernotes up" in done.stderr


def test_a_second_up_says_that_it_is_up(product):
    done = product.linernotes("up", "--detach", code=1)
    assert "already up" in done.stderr


def test_a_folder_without_a_dump_is_one_sentence(product, tmp_path):
    done = product.linernotes("load", tmp_path, code=1)
    assert "no complete dump" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_checksum_loads_nothing_and_names_both_sums(product, tmp_path):
    write_dump(tmp_path, releases=50, seed=3)
    checksums = next(tmp_path.rglob("*_CHECKSUM.txt"))
    text = checksums.read_text()
    checksums.write_text(text.replace(text[:64], "0" * 64, 1))
    done = product.linernotes("load", tmp_path, code=1)
    assert "0" * 64 in done.stderr
    assert text[:64] in done.stderr
    assert product.query("SELECT count(*) FROM artists") == [(0,)]


def test_bad_records_go_to_quarantine_and_the_rest_is_loaded(product, tmp_path):
    write_dump(tmp_path, releases=1_500, seed=5, damage=True)
    product.linernotes("load", tmp_path)
    pieces = product.json("quarantine", "list", "--json")
    assert {piece["reason"] for piece in pieces} >= {"not-well-formed", "not-utf-8", "no-id", "duplicate-id"}
    shown = product.json("quarantine", "show", str(pieces[0]["id"]), "--json")
    assert shown["bytes"]
    assert product.verify(tmp_path)["equal"]


def test_a_retry_leaves_in_quarantine_what_is_still_bad(product):
    before = product.json("quarantine", "list", "--json")
    assert "pieces again?" in product.linernotes("quarantine", "retry", code=1).stdout
    assert product.last_run()["kind"] == "load"
    product.linernotes("quarantine", "retry", "--yes")
    assert product.last_run()["kind"] == "retry"
    assert product.json("quarantine", "list", "--json") == before


def test_there_is_nothing_to_steer_without_a_run(product):
    for command in ("pause", "unpause", "resume"):
        assert "no" in product.linernotes(command, code=1).stderr.lower()


def test_logs_are_there_for_each_function(product):
    assert product.linernotes("logs", "load-table").stdout
    assert {"postgres", "split"} <= {line.split(":", 1)[0] for line in product.linernotes("logs").stdout.splitlines()}
    assert "load-table" in product.linernotes("logs", "/etc/hostname", code=2).stderr
    assert "load-table" in product.linernotes("logs", "nothing-of-that-name", code=2).stderr


def test_stores_of_an_older_version_are_one_sentence(product):
    product.query("ALTER TABLE workers RENAME TO not_yet")
    try:
        assert "older than this program: `linernotes down`" in product.linernotes("status", code=1).stderr
    finally:
        product.query("ALTER TABLE not_yet RENAME TO workers")


def test_workers_can_be_scaled(product):
    product.linernotes("scale", "parse-chunk", "2")
    product.wait_until(lambda: sum(name.startswith("parse-chunk") for name in product.processes()) == 2, "a second")
    product.linernotes("scale", "parse-chunk", "auto")


def test_whoever_scales_to_nothing_is_told_what_waits(product):
    said = product.linernotes("scale", "gateway", "0").stderr
    assert "No page and no request is answered until `linernotes scale gateway auto`." in said
    product.wait_until(lambda: "gateway" not in product.processes(), "the gateway's end")
    assert "No page and no request is answered" in product.linernotes("status").stdout
    assert "does not answer there now" in product.linernotes("open", "--print").stderr
    product.linernotes("scale", "gateway", "auto")
    assert "What there is to do for split waits" in product.linernotes("scale", "split", "0").stderr
    assert "waits" not in product.linernotes("scale", "split", "auto").stderr
    wait_until_it_answers(product)


def test_destroying_asks_first(product):
    product.linernotes("reset", code=1)
    assert product.status()["runs"] != []


def test_a_refused_file_is_exit_code_3_and_too_many_rejected_records_are_4(product, tmp_path):
    source = tmp_path / "dumps"
    write_dump(source, releases=1_100, seed=3, dump="20260901")
    folder = source / "data/2026"
    artists = folder / "discogs_20260901_artists.xml.gz"
    whole = artists.read_bytes()
    artists.write_bytes(gzip.compress(b"<html><body>Just a moment</body></html>"))
    write_checksums(folder, dt.date(2026, 9, 1))
    done = product.linernotes("load", source, "--replace", "--yes", code=3)
    assert "artists: the file is an HTML page; nothing of it was removed." in done.stderr
    run = product.last_run()
    assert run["state"] == "done"
    assert [file["state"] for file in run["files"]] == ["refused", "split", "split", "split"]
    report = product.verify(source, code=1)
    assert not report["equal"]
    assert {kind for kind, found in report["differences"].items() if found["count"]} == {"unreadable_file"}
    artists.write_bytes(whole)
    releases = folder / "discogs_20260901_releases.xml.gz"
    xml = gzip.decompress(releases.read_bytes()).replace(b"</releases>", b"<release>x</release>" * 100 + b"</releases>")
    releases.write_bytes(gzip.compress(xml))
    write_checksums(folder, dt.date(2026, 9, 1))
    assert "--accept-rejected" in product.linernotes("load", source, code=4).stderr
    assert product.last_run()["state"] == "stopped"
    product.linernotes("load", source, "--accept-rejected")
    assert product.verify(source)["equal"]


def test_people_are_told_nothing_in_json(product, tmp_path):
    write_dump(tmp_path, releases=20, seed=4)
    commands = (["load", tmp_path, "--replace", "--yes"], ["load", tmp_path], ["status"], ["reset", "--yes"])
    said = [product.linernotes(*words) for words in commands]
    lines = [line for one in said for line in (one.stdout + one.stderr).splitlines()]
    assert [line for line in lines if line.lstrip().startswith("{")] == []
