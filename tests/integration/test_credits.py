"""Questions about credits on real records: each answer is that of a plain count over the dump by another reader."""

from __future__ import annotations

import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
import typer
from litestar.testing import TestClient
from msgspec import structs
from typer.testing import CliRunner

from functions.discover.artist.discography import Wanted, discography
from functions.discover.artist.summary import played_with, summary
from functions.discover.credits.ask import Asked, CreditLine, Credits, ask
from functions.discover.credits.credited_as import printed_names
from functions.discover.records.names import Named
from functions.discover.release_links.read import OF_ARTISTS
from functions.discover.release_links.role_categories import category_of
from functions.registry import FUNCTIONS
from functions.release_links import hubs
from functions.runtime.errors import RefusedError
from functions.runtime.settings import Settings
from functions.runtime.stores.context import prepare_context
from gateway.app import create_app
from infra.cli import credits as credits_command
from infra.verify.document import document_of, repaired, tree_of
from infra.verify.edges import year_of
from infra.verify.record_splitter import RecordSplitter
from infra.verify.release_links import links_of
from tests.integration.pipeline import Pipeline, open_pipeline
from tests.stack import environment_of

DUMP = date(2020, 8, 6)
QUESTIONS = 50


class Credit(NamedTuple):
    """A credit as the dump has it."""

    artist: int
    release: int
    master: int | None
    year: int
    roles: tuple[str, ...]


class Plain:
    """The credits of a dump, counted by reading all of them."""

    def __init__(self, folder: Path) -> None:
        self.credits: list[Credit] = []
        self.named: dict[int, set[int]] = defaultdict(set)
        self.ways: dict[tuple[int, int], list[str]] = defaultdict(list)
        self.printed: dict[tuple[int, int], list[str]] = defaultdict(list)
        self.printed_in_credits: dict[tuple[int, int], list[str]] = defaultdict(list)
        for path in folder.rglob(f"discogs_{DUMP:%Y%m%d}_releases.xml.gz"):
            splitter = RecordSplitter("releases", 10_000_000)
            for piece in [*splitter.feed(gzip.decompress(path.read_bytes())), *splitter.finish()]:
                document = document_of("releases", tree_of(repaired(piece.data)[0]))
                self._add(document["id"], document)

    def _add(self, number: int, document: Any) -> None:
        for link in links_of(document, DUMP):
            roles = tuple(link.roles.split("\n")) if link.roles else ()
            if link.kind <= 2:
                self.named[link.id].add(number)
                self.ways[number, link.id] += [("artist",), ("on a track",), roles][link.kind]
            if link.kind == 2:
                year = year_of("releases", document, DUMP) or 0
                self.credits.append(Credit(link.id, number, link.master, year, roles))

        self._add_names(number, document)

    def _add_names(self, number: int, place: Any) -> None:
        for field in ("artists", "extraartists"):
            for each in place.get(field, ()):
                key, name = (number, each.get("id", 0)), each.get("anv", "")
                self.printed[key].append(name)
                if field == "extraartists":
                    self.printed_in_credits[key].append(name)
        for track in [*place.get("tracklist", ()), *place.get("sub_tracks", ())]:
            self._add_names(number, track)

    def some(self, random: Random, count: int) -> list[Credit]:
        return random.sample([credit for credit in self.credits if credit.roles], count)


@pytest.fixture(scope="module")
def plain(samples: Path) -> Plain:
    return Plain(samples)


@pytest.fixture(scope="module")
def loaded(settings: Settings, samples: Path) -> Iterator[Pipeline]:
    """Stores with the releases of the older form, and what is derived of them."""
    with open_pipeline(settings) as opened:
        opened.empty_tables()
        assert opened.load(samples, DUMP, only_store="table").state == "done"
        yield opened


@pytest.fixture(scope="module")
def client(loaded: Pipeline) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(loaded.context.settings)) as client:
        yield client


def answer(pipeline: Pipeline, **given: Any) -> tuple[Credits, list[CreditLine]]:
    """An answer, and the lines of all its pages."""
    found = ask(pipeline.context, Asked(**given), 100)
    lines, page = list(found.lines), found
    while page.next:
        page = ask(pipeline.context, Asked(**given), 100, page.next)
        lines += page.lines
    return found, lines


def has(asked: str, credit: Credit) -> bool:
    return asked in credit.roles or any(category_of(role) == asked for role in credit.roles)


def test_who_did_it_on_a_record(loaded: Pipeline, plain: Plain) -> None:
    for drawn in plain.some(Random(1), QUESTIONS):
        for role in (drawn.roles[0], category_of(drawn.roles[0]), ""):
            expected = {
                one.artist: set(one.roles)
                for one in plain.credits
                if one.release == drawn.release and (not role or has(role, one))
            }
            found, lines = answer(loaded, on=f"release/{drawn.release}", role=role)
            assert (found.question, found.missing) == ("on", [])
            assert {line.who.id: set(line.roles) for line in lines if line.who} == expected
            assert all(line.url == f"/release/{drawn.release}" for line in lines)


def test_which_records_somebody_did_it_on(loaded: Pipeline, plain: Plain) -> None:
    there = {number for (number,) in loaded.query("SELECT id FROM artists")}
    masters = {number for (number,) in loaded.query("SELECT id FROM masters")}
    drawn_from = [credit for credit in plain.credits if credit.artist in there and credit.roles]
    for drawn in Random(2).sample(drawn_from, min(QUESTIONS, len(drawn_from))):
        role = drawn.roles[-1]
        own = [one for one in plain.credits if one.artist == drawn.artist and has(role, one)]
        groups = Counter(-one.master if one.master else one.release for one in own)
        found, lines = answer(loaded, by=str(drawn.artist), role=role)
        assert (found.question, found.missing) == ("by", [])
        assert sum(line.releases for line in lines) == len(own)
        assert sorted(line.releases for line in lines) == sorted(groups.values())
        for line in lines:
            assert line.record is not None
            assert role in line.roles
            if line.record.kind == "master":
                assert line.record.id in masters
                assert groups[-(line.record.id or 0)] == line.releases
        known = [line.year for line in lines if line.year]
        assert known == sorted(known)


def test_where_two_are_named_together(loaded: Pipeline, plain: Plain) -> None:
    there = {number for (number,) in loaded.query("SELECT id FROM artists")}
    together = Counter(
        (one, other)
        for release in {credit.release for credit in plain.credits}
        for named in [sorted(number for number in there if release in plain.named[number])]
        for one in named
        for other in named
        if one < other
    )
    assert together
    pairs, said = sorted(together), list[tuple[list[str], list[str]]]()
    for one, other in Random(3).sample(pairs, min(QUESTIONS, len(pairs))):
        expected = plain.named[one] & plain.named[other]
        for given in ((one, other), (other, one)):
            found, lines = answer(loaded, by=str(given[0]), together_with=str(given[1]))
            assert found.question == "together"
            assert len(lines) == len(expected)
            ways = {line.record.id or 0: (line.roles, line.others_roles) for line in lines if line.record}
            assert ways == {release: tuple(plain.ways[release, who] for who in given) for release in expected}
            said += [*ways.values()]
    assert any(roles and others and roles != others for roles, others in said)


def other_names(names: list[str], who: Named | None) -> list[str]:
    """Names that are not that of the record."""
    return [name for name in dict.fromkeys(names) if who and name not in ("", who.text)]


def test_names_are_told_as_each_release_prints_them(loaded: Pipeline, plain: Plain) -> None:
    drawn_from = [one for one in plain.credits if any(plain.printed_in_credits[one.release, one.artist])]
    for drawn in Random(6).sample(drawn_from, min(QUESTIONS, len(drawn_from))):
        _, people = answer(loaded, on=f"release/{drawn.release}")
        for line in people:
            assert line.who
            printed = plain.printed_in_credits[drawn.release, line.who.id or 0]
            assert line.credited_as == other_names(printed, line.who)
        assert any(line.credited_as for line in people)
        _, records = answer(loaded, by=str(drawn.artist))
        for line in records:
            printed = plain.printed_in_credits[line.release or 0, drawn.artist]
            assert line.credited_as == other_names(printed, line.who)
        assert drawn.release in {line.release for line in records} or any(line.releases > 1 for line in records)


def test_where_two_are_named_together_both_have_the_names_printed_there(loaded: Pipeline, plain: Plain) -> None:
    pairs = [
        (one, other)
        for (release, one), names in sorted(plain.printed.items())
        if one and any(names)
        for other in sorted({credit.artist for credit in plain.credits if credit.release == release})
        if other not in (0, one)
    ]
    seen = False
    for one, other in Random(7).sample(pairs, QUESTIONS):
        found, lines = answer(loaded, by=str(one), together_with=str(other))
        for line in lines:
            named = (found.person, line.credited_as), (found.other, line.others_credited_as)
            for who, told in named:
                assert who
                assert told == other_names(plain.printed[line.release or 0, who.id or 0], who)
            seen = seen or bool(line.credited_as and line.others_credited_as)
    assert seen


def test_page_csv_and_command_tell_the_name_as_credited(
    loaded: Pipeline, client: TestClient[Any], plain: Plain
) -> None:
    told = (
        (line, line.credited_as[0])
        for credit in plain.credits
        if any(plain.printed_in_credits[credit.release, credit.artist])
        for line in ask(loaded.context, Asked(on=f"release/{credit.release}")).lines
        if line.credited_as and line.credited_as[0].isalpha()
    )
    line, name = next(told)
    on = f"on=release/{line.release}"
    assert f'as <bdi dir="auto">{name}</bdi>' in client.get(f"/credits?{on}").text
    assert f'as <bdi dir="auto">{name}</bdi>' in client.get(f"/credits?by={line.who.id}").text  # type: ignore[union-attr]
    heading, *rows = client.get(f"/credits?{on}&download=csv").text.splitlines()
    assert heading.endswith("credited as,the other credited as")
    assert any(f",{name}," in row for row in rows)
    environment = environment_of(loaded.context.settings) | {"COLUMNS": "200"}
    app = typer.Typer()
    credits_command.register(app)
    done = CliRunner().invoke(app, ["--on", f"release/{line.release}"], env=environment)
    assert f"(as {name})" in done.stdout
    lines = ask(loaded.context, Asked(on=f"release/{line.release}"), 50).lines
    done = CliRunner().invoke(app, ["--on", f"release/{line.release}"], env=environment | {"COLUMNS": "40"})
    assert len(done.stdout.splitlines()) == 1 + len(lines)
    for words in (["\udcff"], ["--on", "odd \udcff"], ["--by", "odd \udcff"]):
        done = CliRunner().invoke(app, words, env=environment)
        assert (done.exit_code, "?" in done.stdout) == (0, True), done.stdout


def test_names_that_time_runs_out_for_are_left_out_and_the_answer_says_so(
    loaded: Pipeline, plain: Plain, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = next(release for (release, who), names in plain.printed_in_credits.items() if who and any(names))
    whole = ask(loaded.context, Asked(on=f"release/{release}"))
    with loaded.context.connection() as holder:
        holder.execute("LOCK TABLE releases IN ACCESS EXCLUSIVE MODE")
        with loaded.context.statements() as connection:
            assert printed_names(connection, [release], 0.05, as_artists=False) is None
    monkeypatch.setattr("functions.discover.credits.ask.printed_names", lambda *_, **__: None)
    cut = ask(loaded.context, Asked(on=f"release/{release}"))
    assert (whole.partial, cut.partial, cut.is_whole) == (False, True, False)
    assert [line.who for line in cut.lines] == [line.who for line in whole.lines]


@pytest.mark.parametrize("years", [None, (1980, 1989)])
def test_who_has_a_role_most(loaded: Pipeline, plain: Plain, years: tuple[int, int] | None) -> None:
    every, within = (counted(plain, given) for given in (None, years))
    roles = [
        role
        for role in sorted(within)
        if (role == category_of(role) or role[:1].isupper()) and (years is None or len(every[role]) < hubs.KEPT)
    ]
    for role in Random(4).sample(roles, min(QUESTIONS, len(roles))):
        found = ask(loaded.context, Asked(role, years=years), 10)
        assert (found.question, found.missing, found.partial) == ("most", [], False)
        most = sorted(within[role].items(), key=lambda one: (-one[1], one[0]))[:10]
        assert [line.releases for line in found.lines] == [count for _, count in most]  # ties in any order
        assert all(line.who and within[role][line.who.id or 0] == line.releases for line in found.lines)


def counted(plain: Plain, years: tuple[int, int] | None) -> dict[str, Counter[int]]:
    """By role and category how many releases each has it on."""
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for credit in plain.credits:
        if years is None or years[0] <= credit.year <= years[1]:
            for asked in {*credit.roles, *map(category_of, credit.roles)}:
                counts[asked][credit.artist] += 1
    return counts


def test_a_role_that_nobody_has_names_the_nearest(loaded: Pipeline) -> None:
    found = ask(loaded.context, Asked("Bas Gitar"))
    assert found.missing == ["Bas Gitar"]
    assert found.role is not None
    assert "Bass Guitar" in found.role.nearest or "Bass" in found.role.nearest
    assert ask(loaded.context, Asked("mastered by")).role.role == "Mastered By"  # type: ignore[union-attr]
    assert ask(loaded.context, Asked("written-by"), 1).question == "most"


def test_what_is_not_found_is_said_and_no_cursor_is_refused(loaded: Pipeline) -> None:
    found = ask(loaded.context, Asked(on="release/999999999", by="zzyzx qqq"))
    assert found.missing == [
        "zzyzx qqq",
        "release/999999999",
    ]
    assert ask(loaded.context, Asked()).question == "nothing"
    for given in (Asked("Producer"), Asked(by="1")):
        with pytest.raises(RefusedError, match="is no cursor"):
            ask(loaded.context, given, cursor="x'; --")


def test_a_question_by_names_makes_do_with_one_connection(loaded: Pipeline) -> None:
    """Whoever holds one and waits for another has all of them wait for each other, where many ask at once."""
    plain_names = "~ '^[A-Z][a-z]+ [A-Z][a-z]+$' ORDER BY id LIMIT 1"
    [(name,)] = loaded.query(f"SELECT name FROM artists WHERE name {plain_names}")  # noqa: S608
    [(title,)] = loaded.query(f"SELECT title FROM releases WHERE title {plain_names}")  # noqa: S608
    settings = structs.replace(loaded.context.settings, pool_size=6)
    with prepare_context(settings, FUNCTIONS, pool_timeout=2.0) as context, ExitStack() as others:
        for _ in range(settings.pool_size - 1):
            others.enter_context(context.connection())
        for asked in (Asked(by=name), Asked(by=name, together_with=name), Asked(on=title), Asked("bass", on=title)):
            assert ask(context, asked).missing == []


def test_what_a_question_does_not_look_at_is_said(loaded: Pipeline, client: TestClient[Any]) -> None:
    ((one, other),) = loaded.query(
        "SELECT min(id), max(id) FROM release_links WHERE kind < 3 GROUP BY release "
        "HAVING min(id) <> max(id) ORDER BY release LIMIT 1"
    )
    ((release,),) = loaded.query("SELECT min(id) FROM releases")
    years = (1950, 2020)
    asked = {
        "on": Asked("bass", on=f"release/{release}", by=str(one), together_with=str(other), years=years),
        "together": Asked("bass", by=str(one), together_with=str(other), years=years),
        "by": Asked("bass", by=str(one), years=years),
        "most": Asked("bass", years=years),
    }
    said = {question: (found.question, found.unused) for question, given in asked.items()
            for found in [ask(loaded.context, given)]}  # fmt: skip
    assert said == {
        "on": ("on", ["together_with", "years"]),
        "together": ("together", ["role"]),
        "by": ("by", []),
        "most": ("most", []),
    }
    page = client.get(f"/credits?role=bass&by={one}&with={other}", headers={"Accept": "text/html"})
    assert "This question does not look at role." in page.text


def test_people_without_a_record_have_the_name_that_releases_give_them(
    loaded: Pipeline, client: TestClient[Any]
) -> None:
    known = {number for (number,) in loaded.query("SELECT id FROM artists")}
    for asked in (Asked("bass"), Asked("bass", years=(1950, 2020))):
        people = [line.who for line in ask(loaded.context, asked).lines if line.who and line.who.id not in known]
        assert people
        assert not [one.text for one in people if one.text.startswith("artist ")]
    someone = people[0]
    answer = ask(loaded.context, Asked(by=str(someone.id)))
    assert answer.person
    assert (answer.person.text, answer.missing, bool(answer.lines)) == (someone.text, [], True)
    path, html = f"/artist/{someone.id}", {"Accept": "text/html"}
    page = client.get(path, headers=html)
    assert (page.status_code, f'href="/credits?by={someone.id}"' in page.text) == (404, True)
    loaded.query("INSERT INTO suppressed (entity, id, suppressed_by) VALUES ('artists', %s, 'test')", someone.id)
    try:
        assert f"There is no artist {someone.id}." in client.get(path, headers=html).text
        assert ask(loaded.context, Asked(by=str(someone.id))).person is None
    finally:
        loaded.query("DELETE FROM suppressed")


def test_an_artist_in_figures_is_what_its_releases_say(loaded: Pipeline, plain: Plain) -> None:
    there = [number for (number,) in loaded.query("SELECT id FROM artists ORDER BY id")]
    named = [number for number in there if plain.named[number]]
    for number in Random(5).sample(named, 20):
        with loaded.context.statements() as connection:
            figures = summary(connection, number)
            people = played_with(connection, number, 100)
            pages = [discography(connection, number, kind, Wanted(), limit=100) for kind in OF_ARTISTS]
        assert [page.releases for page in pages] == [figures.main, figures.appears, figures.credited]
        assert sum(bar.total for bar in figures.bars) + figures.unknown == sum(page.releases or 0 for page in pages)
        others = Counter(
            other
            for other in there
            if other not in (number, 194, 355, 118760)
            for _ in plain.named[other] & plain.named[number]
        )
        assert {one.who.id: one.releases for one in people.people} == dict(others)


@pytest.mark.parametrize(
    "query",
    [
        "role=bass&on=debut",
        "by=1",
        "role=%F0%9F%8E%B8",
        "by='; DROP TABLE artists",
        "years=1980..1989&role=Producer",
        "",
    ],
)
def test_the_route_and_the_page_answer_whatever_is_asked(client: TestClient[Any], query: str) -> None:
    assert client.get(f"/api/credits?{query}").status_code == 200
    assert client.get(f"/credits?{query}").status_code == 200
    assert client.get(f"/credits?{query}&download=csv").text.startswith("artist,name,kind")


@pytest.mark.parametrize("query", ["years=x", "by=1&cursor=x", "role=" + "x" * 201])
def test_what_cannot_be_is_refused_with_a_reason(client: TestClient[Any], query: str) -> None:
    assert client.get(f"/api/credits?{query}").status_code == 422
    assert client.get(f"/credits?{query}").status_code == 422


def test_the_lists_of_an_artist_are_there_as_json(client: TestClient[Any], loaded: Pipeline) -> None:
    [(number,)] = loaded.query("SELECT min(id) FROM artists")
    for what in ("discography", "summary", "played-with"):
        assert client.get(f"/api/artists/{number}/{what}").status_code == 200
        assert client.get(f"/api/artists/999999999/{what}").status_code == 404
    assert client.get(f"/api/artists/{number}/discography?sort=title&order=desc&format=Vinyl").status_code == 200
