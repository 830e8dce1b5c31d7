"""`linernotes bench …`: what the figures of docs/performance.md are measured by."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import typer

from functions.embed.engines.engine import VERSIONS
from functions.extract.parse.choose_engine import resolve_engine
from functions.runs.load_strategy import Bulk
from functions.runtime.entities import ENTITIES
from functions.runtime.errors import SettingError
from infra.bench.harness.result import Result, heading, note, show
from infra.cli.output import Json, place
from infra.cli.source_options import parse_entities

bench = typer.Typer(
    help="Every figure of docs/performance.md; benchmarks print and assert nothing.", no_args_is_help=True
)

Engine = Annotated[str, typer.Option(metavar="auto|native|lxml", help="What reads and parses.")]
Server = Annotated[str, typer.Option(metavar="arcadedb|neo4j", help="Which graph server.")]
Releases = Annotated[int, typer.Option(min=1, help="Releases in the generated dump.")]
Against = Annotated[str, typer.Option(metavar="discogskit", help="Time this on the same files, too.")]


@bench.command()
def pipeline(releases: Releases = 20_000, server: Server = "arcadedb", as_json: Json = False) -> None:
    """A dump into both stores, in a stack of its own. Example: linernotes bench pipeline --json."""
    from infra.bench.cases.pipeline import bench_pipeline

    _show(bench_pipeline(releases, server), as_json=as_json)


@bench.command()
def load(releases: Releases = 20_000, against: Against = "", as_json: Json = False) -> None:
    """A dump into PostgreSQL alone, and each part of that work. Example: linernotes bench load --against discogskit."""
    from infra.bench.cases.load import bench_load

    _quietly()
    _show(bench_load(releases, _rival(against)), as_json=as_json)


@bench.command()
def copy(releases: Releases = 20_000, as_json: Json = False) -> None:
    """What bounds COPY of release documents: forms of the table tried beside each other."""
    from infra.bench.cases.copy import bench_copy

    _quietly()
    _show(bench_copy(releases), as_json=as_json)


@bench.command()
def graph(
    releases: Releases = 20_000,
    server: Server = "arcadedb",
    strategy: Annotated[str, typer.Option(metavar="bulk|incremental", help="Only this one.")] = "",
    as_json: Json = False,
) -> None:
    """Documents into an empty graph, by both strategies. Example: linernotes bench graph --server neo4j --json."""
    from infra.bench.cases.graph import bench_graph

    if strategy not in {"", "bulk", "incremental"}:
        raise SettingError(f"--strategy is {strategy!r}: it can be bulk or incremental.")
    _quietly()
    _show(bench_graph(releases, server, strategy), as_json=as_json)


@bench.command()
def names(releases: Releases = 10_000, server: Server = "arcadedb", as_json: Json = False) -> None:
    """What the graph's indexes of names cost when it is written. Example: linernotes bench names --server neo4j."""
    from infra.bench.cases.names import bench_names

    _quietly()
    _show(bench_names(releases, server), as_json=as_json)


@bench.command()
def diff(
    releases: Releases = 100_000,
    changed: Annotated[str, typer.Option(help="Share of records that change.")] = "1%",
    derive: Annotated[bool, typer.Option(help="Whether all that is derived is made between months.")] = True,
    as_json: Json = False,
) -> None:
    """An unchanged and a changed month after a first load, into both stores. Example: linernotes bench diff --json."""
    from infra.bench.cases.diff import bench_diff
    from infra.cli.synth import parse_share

    _quietly()
    _show(bench_diff(releases, parse_share(changed), derive=derive), as_json=as_json)


@bench.command()
def verify(releases: Releases = 400_000, server: Server = "arcadedb", as_json: Json = False) -> None:
    """Both stores compared with their dump: time and memory. Example: linernotes bench verify --releases 20000."""
    from infra.bench.cases.verify import bench_verify

    _quietly()
    _show(bench_verify(releases, server), as_json=as_json)


@bench.command()
def scale(
    sizes: Annotated[str, typer.Option(metavar="N,N,…", help="Releases of each load.")] = "40000,80000,160000,400000",
    server: Server = "arcadedb",
    verify: Annotated[bool, typer.Option(help="Compare the largest with its dump at the end.")] = True,
    as_json: Json = False,
) -> None:
    """Growing first loads, and the time to expect for the whole dump. Example: linernotes bench scale --json."""
    from infra.bench.cases.scale import bench_scale

    _quietly()
    _show(bench_scale(_sizes(sizes), server, verify=verify), as_json=as_json)


@bench.command()
def supernode(
    sizes: Annotated[
        str, typer.Option(metavar="N,N,…", help="Releases of one genre, a graph each.")
    ] = "50000,1000000,4000000",
    one_chain: Annotated[bool, typer.Option("--one-chain", help="As it was before edges were spread.")] = False,
    as_json: Json = False,
) -> None:
    """Releases that leave a genre of very many, embedded graph. Example: linernotes bench supernode --json."""
    from infra.bench.cases.supernode import bench_supernode

    _quietly()
    _show(bench_supernode(_sizes(sizes), spread=not one_chain), as_json=as_json)


@bench.command()
def derive(
    releases: Annotated[int, typer.Option(min=1, help="Generated releases.")] = 100_000, as_json: Json = False
) -> None:
    """Documents read once, and all that is derived from them. Example: linernotes bench derive --json."""
    from infra.bench.cases.derive import bench_derive

    _quietly()
    _show(bench_derive(releases), as_json=as_json)


@bench.command()
def embed(
    records: Annotated[int, typer.Option(min=1_000, help="Records with enough to say.")] = 100_000,
    entity: Annotated[Literal["artists", "labels", "masters"], typer.Option(help="What they are.")] = "artists",
    words_from: Annotated[Path | None, typer.Option(help="A dump of whose words names and titles are made.")] = None,
    as_json: Json = False,
) -> None:
    """Vectors: end to end, the model alone, one in a hundred changed. Example: linernotes bench embed --json."""
    from infra.bench.cases.embed import bench_embed

    _quietly()
    _show(bench_embed(records, entity, words_from), as_json=as_json)


@bench.command()
def profiles(
    releases: Annotated[int, typer.Option(min=1, help="Releases whose facts are counted.")] = 200_000,
    as_json: Json = False,
) -> None:
    """What genres, styles and large labels are told by, counted and read. Example: linernotes bench profiles --json."""
    from infra.bench.cases.profiles import bench_profiles

    _quietly()
    _show(bench_profiles(releases), as_json=as_json)


@bench.command()
def wake(
    releases: Annotated[int, typer.Option(min=1, help="Releases of the month.")] = 400_000, as_json: Json = False
) -> None:
    """The first message after a sleep, and a month from cold. Example: linernotes bench wake --json."""
    from infra.bench.cases.wake import bench_wake

    _quietly()
    _show(bench_wake(releases), as_json=as_json)


@bench.command()
def idle(
    releases: Releases = 20_000,
    minutes: Annotated[float, typer.Option(min=0, help="From the load to the measurement.")] = 10.0,
    server: Server = "arcadedb",
    as_json: Json = False,
) -> None:
    """Memory and CPU of a stack that has nothing to do. Example: linernotes bench idle --json."""
    from infra.bench.cases.idle import bench_idle

    _quietly()
    _show(bench_idle(releases, minutes, server), as_json=as_json)


@bench.command()
def autoscale(releases: Releases = 20_000, engine: Engine = "lxml", as_json: Json = False) -> None:
    """Parts parsed by one worker and by two. Example: linernotes bench autoscale --json."""
    from infra.bench.cases.autoscale import bench_autoscale

    _quietly()
    _show(bench_autoscale(releases, resolve_engine(engine)), as_json=as_json)


@bench.command()
def cluster(
    releases: Releases = 20_000,
    server: Server = "arcadedb",
    cores: Annotated[int, typer.Option(min=1, help="Cores of each store in the computed table.")] = 4,
    bulk: Annotated[Bulk, typer.Option(help="no: batch by batch over Bolt, as where the graph is not ours.")] = "auto",
    as_json: Json = False,
) -> None:
    """CPU of each function and store, and what up to 64 workers would do. Example: linernotes bench cluster --json."""
    from infra.bench.cases.cluster import bench_cluster

    _quietly()
    _show(bench_cluster(releases, server, cores, bulk), as_json=as_json)


@bench.command()
def lookup(releases: Releases = 20_000, as_json: Json = False) -> None:
    """Identifiers: their disk, the pass that makes them, look-ups by class. Example: linernotes bench lookup --json."""
    from infra.bench.cases.lookup import bench_lookup

    _quietly()
    _show(bench_lookup(releases), as_json=as_json)


@bench.command()
def credits(releases: Releases = 20_000, as_json: Json = False) -> None:  # noqa: A001  the command's name
    """Release links: their disk, the pass that makes them, questions by class. Example: linernotes bench credits."""
    from infra.bench.cases.credits import bench_credits

    _quietly()
    _show(bench_credits(releases), as_json=as_json)


@bench.command()
def records(releases: Releases = 200_000, as_json: Json = False) -> None:
    """The data of record pages, warm and cold, of hubs too. Example: linernotes bench records --json."""
    from infra.bench.cases.records import bench_records

    _quietly()
    _show(bench_records(releases), as_json=as_json)


@bench.command()
def search(
    releases: Releases = 200_000,
    tracks: Annotated[
        str, typer.Option(metavar="off|main|all", help="Whose tracks are found by their titles.")
    ] = "off",
    while_loading: Annotated[bool, typer.Option(help="Ask beside months that are loaded as well.")] = False,
    as_json: Json = False,
) -> None:
    """Search entries made, and questions of each kind. Example: linernotes bench search --json."""
    from infra.bench.cases.search import bench_search

    _quietly()
    _show(bench_search(releases, tracks, while_loading=while_loading), as_json=as_json)


@bench.command("search-quality")
def search_quality(
    source: Annotated[Path, typer.Argument(help="The folder of a real dump, or of a slice of it.")],
    rows: Annotated[int, typer.Option(min=100, help="Generated records among which it is.")] = 200_000,
    seed: Annotated[int, typer.Option(help="Of what is drawn.")] = 7,
    judged: Annotated[
        Path | None,
        typer.Option(help="A later dump: its artists, and all else of the first, are asked what was judged."),
    ] = None,
    engine: Annotated[
        str, typer.Option(metavar="static|transformer", help="What makes the vectors that are judged.")
    ] = "static",
    as_json: Json = False,
) -> None:
    """How high real records stand as people type them. Example: linernotes bench search-quality samples/2020 --json."""
    from infra.bench.cases.search_quality import bench_search_quality

    _quietly()
    if judged is not None:
        from infra.bench.cases.meaning_quality import bench_meaning_quality

        if engine not in VERSIONS:
            raise SettingError(f"--engine is {engine!r}: it can be {' or '.join(VERSIONS)}.")
        _show(bench_meaning_quality([source, judged], engine), as_json=as_json)
        return
    _show(bench_search_quality(source, rows, seed), as_json=as_json)


@bench.command()
def gateway(
    releases: Annotated[int, typer.Option(min=1, help="Releases of the load that is watched.")] = 100_000,
    sockets: Annotated[int, typer.Option(min=1, max=20_000, help="How many watch it.")] = 1_000,
    seconds: Annotated[float, typer.Option(min=1, help="For how long at least.")] = 60.0,
    as_json: Json = False,
) -> None:
    """Documents by id, and a load watched by a thousand dashboards. Example: linernotes bench gateway --json."""
    from infra.bench.cases.gateway import bench_gateway

    _quietly()
    _show(bench_gateway(releases, sockets, seconds), as_json=as_json)


@bench.command()
def samples(as_json: Json = False) -> None:
    """What the history of figures takes: CPU of a sample, disk of a year. Example: linernotes bench samples --json."""
    from infra.bench.cases.samples import bench_samples

    _quietly()
    _show(bench_samples(), as_json=as_json)


@bench.command()
def pages(releases: Releases = 20_000, as_json: Json = False) -> None:
    """Paints, layout shift and weight of each page, in Chromium. Example: linernotes bench pages --json."""
    from infra.bench.cases.pages import bench_pages

    _quietly()
    _show(bench_pages(releases), as_json=as_json)


@bench.command()
def broker(messages: Annotated[int, typer.Option(min=10, help="How many.")] = 2_000, as_json: Json = False) -> None:
    """Messages that find nothing to do. Example: linernotes bench broker --json."""
    from infra.bench.cases.broker import bench_broker

    _quietly()
    _show(bench_broker(messages), as_json=as_json)


@bench.command()
def download(
    megabytes: Annotated[int, typer.Option(min=1, help="Size of the file.")] = 512, as_json: Json = False
) -> None:
    """A file from a server on this machine, whole and broken off. Example: linernotes bench download --json."""
    from infra.bench.cases.download import bench_download

    _quietly()
    _show(bench_download(megabytes), as_json=as_json)


@bench.command()
def parse(
    engine: Engine = "auto",
    entity: Annotated[str, typer.Option(help="Only this entity, as in releases.")] = "",
    releases: Releases = 20_000,
    against: Against = "",
    as_json: Json = False,
) -> None:
    """A part in, lines out, on one core. Example: linernotes bench parse --engine native --against discogskit."""
    from infra.bench.cases.parse import bench_parse

    chosen = parse_entities(entity) if entity else ENTITIES
    _show(bench_parse(resolve_engine(engine), chosen, releases, _rival(against)), as_json=as_json)


@bench.command()
def split(engine: Engine = "auto", releases: Releases = 100_000, as_json: Json = False) -> None:
    """An unchanged month through the split, on one core. Example: linernotes bench split --engine native."""
    from infra.bench.cases.split import bench_split

    _show(bench_split(resolve_engine(engine), releases), as_json=as_json)


@bench.command("all")
def everything(
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes: to see that all of it works.")] = False,
    to: Annotated[
        Path | None,
        typer.Option(
            "--markdown",
            parser=place,
            metavar="FILE",
            help="Also put the figures between the marks of this file.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Every benchmark at the size that the docs quote, one after the other; hours. Example: linernotes bench all."""
    from infra.bench.harness.environment import header
    from infra.bench.harness.markdown import markdown, put
    from infra.bench.harness.suite import sections

    if to:
        _refuse_unwritable(to)  # now, and not after hours
    machine, chosen = header(), sections(quick=quick)
    notify = note if as_json else heading
    for name, value in machine.items():
        notify(f"{name}: {value}")
    for section in chosen:
        notify(f"\n{section.title}")
        _show(section.run(), as_json=as_json)
        if section.problem:
            notify(f"not run to its end: {section.problem}")
        if to:
            put(to, markdown(machine, [done for done in chosen if done.results or done.problem]))


def _refuse_unwritable(path: Path) -> None:
    with path.open("a"):
        pass


def _rival(against: str) -> str | None:
    if against not in {"", "discogskit"}:
        raise SettingError(f"--against is {against!r}: it can be discogskit.")
    return against or None


def _sizes(text: str) -> list[int]:
    parts = text.replace("_", "").split(",")
    if not all(part.strip().isdecimal() and int(part) for part in parts):
        raise SettingError(f"--sizes is {text!r}: give numbers of releases as in 50000,100000.")
    return [int(part) for part in parts]


def _quietly() -> None:
    """What functions called in this process have to say goes to standard error, not among the figures."""
    from functions.runtime.settings import read_settings
    from functions.runtime.telemetry.logs import configure_logs

    configure_logs(read_settings(), "bench")


def _show(results: Iterable[Result], *, as_json: bool) -> None:
    for result in results:
        show(result, as_json=as_json)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(bench, name="bench")
