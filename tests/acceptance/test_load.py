"""A user loads dumps, month after month, and asks what is there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import httpx
import pytest

from infra.bench.cases.verify import verified

NOTHING = {"parts": 0, "rows": 0, "nodes": 0, "edges": 0}


@pytest.fixture(scope="module")
def loaded(product, dump):
    """The product with the dump loaded."""
    product.linernotes("load", dump)
    return product


def test_a_dump_ends_in_both_stores(loaded, dump):
    run = loaded.last_run()
    assert (run["state"], run["dump"]) == ("done", "20260901")
    assert run["written"]["rows"] == sum(file["records"] for file in run["files"])
    report = loaded.json("verify", dump, "--json", "--seed", "5")
    assert (report["equal"], report["seed"]) == (True, 5)


def test_the_same_dump_again_writes_nothing(loaded, dump):
    loaded.linernotes("load", dump)
    assert loaded.last_run()["written"] == NOTHING


def test_the_gateway_is_healthy_and_shows_the_run(loaded):
    status = loaded.status()
    assert (status["headline"]["level"], status["idle"], status["needs"]) == ("ok", [], [])
    assert status["headline"]["text"] in loaded.linernotes("status").stdout
    address = status["stores"]["gateway"]["address"]
    health = httpx.get(f"{address}/health", timeout=60)
    assert (health.status_code, health.json()["why"]) == (200, [])
    assert {"last-run", "schedule sweep"} <= {check["name"] for check in health.json()["checks"]}
    assert httpx.get(f"{address}/health/load-table", timeout=60).json()["last_at"] is not None
    assert httpx.get(f"{address}/api/operations", timeout=60).json()["run"]["share"] == 1
    assert httpx.get(f"{address}/api/runs", timeout=60).json()["runs"][0]["state"] == "done"
    assert "linernotes_" in httpx.get(f"{address}/metrics", timeout=60).text


def test_the_gateway_gives_a_document_with_its_month(loaded):
    address = loaded.status()["stores"]["gateway"]["address"]
    [(number,)] = loaded.query("SELECT min(id) FROM releases")
    found = httpx.get(f"{address}/api/releases/{number}", timeout=60).json()
    assert (found["id"], found["dump"], found["data"]["id"]) == (number, "20260901", number)
    assert httpx.get(f"{address}/api/releases/999999999999", timeout=60).status_code == 404


def test_an_altered_value_is_found_and_the_exit_code_says_so(loaded, dump):
    [(number, data)] = loaded.query("SELECT id, data FROM labels ORDER BY id LIMIT 1")
    altered = json.dumps(data | {"profile": "not what the dump says"})
    loaded.query("UPDATE labels SET data = %s WHERE id = %s", altered, number)
    report = loaded.verify(dump, code=1)
    loaded.query("UPDATE labels SET data = %s WHERE id = %s", json.dumps(data), number)
    assert report["differences"]["value"]["count"] == 1
    assert str(number) in report["differences"]["value"]["examples"][0]


def test_the_benchmark_of_verify_runs_the_command_and_tells_what_it_found(loaded, dump):
    found = verified(loaded.settings, dump)
    assert found.report.equal
    assert found.report.checked["releases"] == loaded.query("SELECT count(*) FROM releases")[0][0]
    assert found.seconds > 0
    assert found.memory > 20_000_000  # less than Python with its modules cannot be


def test_the_next_month_writes_what_changed(loaded, dump, next_month):
    loaded.linernotes("load", next_month)
    run = loaded.last_run()
    changes = json.loads(next(next_month.rglob("*_changes.json")).read_text())["entities"]
    touched = sum(
        len(changes[entity][kind]) for entity in changes for kind in ("changed", "new", "removed", "returned")
    )
    assert run["state"] == "done"
    assert 0 < run["written"]["rows"] <= touched
    assert loaded.verify(next_month)["equal"]


def test_an_older_dump_is_refused(loaded, dump):
    refused = loaded.linernotes("load", dump, code=1)
    assert "newer than" in refused.stderr


def test_nothing_is_emptied_for_a_dump_that_cannot_be_loaded(loaded, next_month, tmp_path):
    damaged = Path(shutil.copytree(next_month, tmp_path / "damaged"))
    next(damaged.rglob("*_releases.xml.gz")).write_bytes(b"cut off")
    refused = loaded.linernotes("load", damaged, "--replace", "--yes", code=1)
    assert "_releases.xml.gz has SHA-256" in refused.stderr
    loaded.linernotes("load", next_month)
    assert loaded.last_run()["written"] == NOTHING
    assert loaded.verify(next_month)["equal"]


def test_the_graph_can_be_filled_again_from_the_documents(loaded, next_month):
    loaded.linernotes("rebuild", "graph", "--yes")
    assert loaded.verify(next_month)["equal"]


def test_real_data_is_refused_over_generated_data(loaded, samples):
    refused = loaded.linernotes("load", samples / "data" / "2020", code=1)
    assert "generated data" in refused.stderr


def test_a_backup_comes_back_with_all_processes_running(loaded, dump, next_month, tmp_path):
    place = tmp_path / "saved"
    saved = loaded.json("backup", place, "--json")
    assert saved["backup"]["rows"]["releases"] > 0
    assert "--replace" in loaded.linernotes("restore", place, "--yes", code=1).stderr
    loaded.linernotes("reset", "--yes")
    loaded.linernotes("restore", place, code=1)  # it asks, and nobody answers
    assert loaded.status()["runs"] == []
    restored = loaded.json("restore", place, "--yes", "--json")
    assert (restored["run"]["kind"], restored["run"]["state"]) == ("rebuild", "done")
    assert loaded.verify(next_month)["equal"]
    loaded.linernotes("load", next_month)
    assert loaded.last_run()["written"] == NOTHING


def test_a_reset_empties_both_stores(loaded, dump):
    loaded.linernotes("reset", "--yes")
    assert loaded.status()["runs"] == []
    assert loaded.query("SELECT count(*) FROM releases") == [(0,)]
    report = loaded.verify(dump, code=1)
    assert report["differences"]["missing_row"]["count"] > 0
    assert report["differences"]["extra_node"]["count"] == 0
