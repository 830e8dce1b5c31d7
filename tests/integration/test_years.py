"""Years across the turn of one: whichever months came before, the same dump gives the same stores."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.counts.top_counts import largest
from functions.documents.columns import year_of
from functions.documents.ndjson import read_lines
from functions.load_table.years import settle_years
from functions.runs.begin import begin_rebuild
from functions.runs.run_commands import cancel
from functions.runtime.messages import LoadTable, ParseChunk
from tests.graph_servers import ON_BOTH_IN_SWEEPS, GraphSettings
from tests.integration.pipeline import (
    Pipeline,
    Texts,
    artist,
    deliver_all,
    label,
    master,
    open_pipeline,
    release,
    split_of,
    write_dump,
)

NOVEMBER, JANUARY, LATER = dt.date(2025, 11, 1), dt.date(2026, 1, 1), dt.date(2029, 2, 1)
YEARS = (1859, 1860, 2026, 2027, 2030, 2031, 2999)


def records(*, more: str = "") -> Texts:
    """Releases and masters of each of the years, which stay as they are; one release has something of its own."""
    dated = [release(number, f"<released>{year}-05-00</released>") for number, year in enumerate(YEARS, 1)]
    return {
        "artists": [artist(number) for number in range(1, 41)],
        "labels": [label(number) for number in range(1, 11)],
        "masters": [master(number, f"<year>{year}</year>") for number, year in enumerate(YEARS, 1)],
        "releases": [*dated, release(99, f"<released>2027</released>{more}")],
    }


@pytest.fixture
def pipeline(graph_settings: GraphSettings, request: pytest.FixtureRequest) -> Iterator[Pipeline]:
    """A pipeline on empty stores, with the embedded graph server if not told otherwise."""
    with open_pipeline(graph_settings(getattr(request, "param", "arcadedb"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three months; the last differs from the others in one release."""
    folder = tmp_path_factory.mktemp("dumps")
    for date in (NOVEMBER, JANUARY):
        write_dump(folder, date, records())
    return write_dump(folder, LATER, records(more="<notes>n</notes>"))


def held(pipeline: Pipeline) -> dict[str, Any]:
    """All that years are in; months in which rows changed are left out."""
    return {
        "rows": [pipeline.query(f"SELECT id, year FROM {table} ORDER BY id") for table in ("masters", "releases")],  # noqa: S608
        "counts": largest(pipeline.context, "year", 100),
        "all counts": pipeline.query("SELECT * FROM counts ORDER BY kind, key"),
        "graph": pipeline.graph(),
        "left": pipeline.query("SELECT count(*) FROM count_deltas"),
    }


def known(pipeline: Pipeline) -> list[int | None]:
    """The years of the releases that state those of `YEARS`."""
    return [
        year for number, year in pipeline.query("SELECT id, year FROM releases ORDER BY id") if number <= len(YEARS)
    ]


def fresh(pipeline: Pipeline, source: Path, date: dt.date, **options: Any) -> dict[str, Any]:
    """What the stores hold of a dump that is loaded alone."""
    pipeline.reset()
    assert pipeline.load(source, date, **options).state == "done"
    assert pipeline.differences(source, date) == {}
    return held(pipeline)


def test_both_roads_and_every_way_through_the_months_end_alike(pipeline: Pipeline, source: Path) -> None:
    alone = {date: fresh(pipeline, source, date, bulk=bulk) for date, bulk in ((LATER, "no"), (JANUARY, "auto"))}
    pipeline.reset()
    pipeline.load(source, NOVEMBER, bulk="auto")
    assert known(pipeline) == [None, 1860, 2026, None, None, None, None]
    changes = pipeline.query("SELECT count(*) FROM changes")
    for date, force in ((JANUARY, False), (LATER, False), (JANUARY, True), (LATER, False)):
        assert pipeline.load(source, date, force=force).state == "done"
        assert pipeline.differences(source, date) == {}
        assert held(pipeline) == alone[date]
        if date == JANUARY and not force:
            assert known(pipeline) == [None, 1860, 2026, 2027, None, None, None]
            assert pipeline.query("SELECT count(*) FROM changes") == changes  # no document has changed
    assert known(pipeline) == [None, 1860, 2026, 2027, 2030, None, None]


@ON_BOTH_IN_SWEEPS
def test_the_graph_follows_when_it_was_left_out_and_when_it_is_filled_from_the_documents(
    pipeline: Pipeline, source: Path
) -> None:
    pipeline.load(source, NOVEMBER)
    pipeline.load(source, JANUARY, only_store="table")
    pipeline.load(source, JANUARY, only_store="graph")
    assert pipeline.differences(source, JANUARY) == {}
    graph = pipeline.graph()
    pipeline.go_on(begin_rebuild(pipeline.context).messages)
    assert pipeline.graph() == graph


def test_a_run_that_was_cancelled_in_the_new_year_leaves_nothing_behind(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source, NOVEMBER)
    for date in (NOVEMBER, LATER):
        _, messages = split_of(pipeline, source, dump=LATER)
        deliver_all(pipeline, deliver_all(pipeline, messages, ParseChunk), LoadTable)
        cancel(pipeline.context)
        assert pipeline.load(source, date, force=True).state == "done"
        assert pipeline.differences(source, date) == {}


def test_entities_that_a_run_leaves_out_keep_their_years(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source, NOVEMBER)
    pipeline.load(source, JANUARY, entities=("releases",))
    assert pipeline.query("SELECT max(year) FROM masters") == [(2026,)]
    assert pipeline.query("SELECT max(year) FROM releases") == [(2027,)]
    assert pipeline.differences(source, JANUARY, entities=["releases"]) == {}
    pipeline.load(source, JANUARY)
    assert pipeline.differences(source, JANUARY) == {}


def test_stores_that_an_older_program_has_filled_are_mended_by_the_next_load(pipeline: Pipeline, source: Path) -> None:
    alone = fresh(pipeline, source, JANUARY)
    pipeline.reset()
    pipeline.load(source, NOVEMBER)
    pipeline.query("DELETE FROM year_bounds")  # what the migration finds
    pipeline.query("UPDATE runs SET dump = '2026-01-01'")
    assert pipeline.load(source, JANUARY).state == "done"
    assert held(pipeline) == alone


@pytest.mark.parametrize(
    "released",
    [
        "2027",
        "2027-00",
        "2027-00-00",
        "2027-5",
        "2027-05-1",
        "20270",
        "2027-05-01 ",
        " 2027",
        "2027\n",
        "٢٠٢٧",
        "?",
        "",
    ],
)
def test_postgres_reads_a_date_as_the_loader_does(pipeline: Pipeline, released: str) -> None:
    with pipeline.context.connection() as connection:
        connection.execute(
            "INSERT INTO releases (id, hash, dump, genres, styles, data) "
            "VALUES (1, '', '2025-11-01', '{}', '{}', jsonb_build_object('id', 1, 'released', %s::text))",
            [released],
        )
        settle_years(connection, "releases", JANUARY)
        [(year,)] = connection.execute("SELECT year FROM releases").fetchall()
        [(data,)] = connection.execute("SELECT data::text FROM releases").fetchall()
    line = b'{"type":"release","data":%b,"hash":"00"}' % data.encode()
    [document] = read_lines(line)
    assert year == year_of(document.columns, JANUARY)
