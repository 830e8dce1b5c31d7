"""The disk that a load needs, estimated before it starts, on each of the volumes that it writes to."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from functions.extract.download.dump import Dump, is_remote
from functions.runs.begin import LoadOptions
from functions.runtime.entities import Entity
from functions.runtime.errors import RefusedError
from functions.runtime.function_table import DerivationSpec
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context
from functions.runtime.stores.folder_size import folder_bytes, graph_folder, has_graph
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "disk_estimate.sql")

#: Bytes of disk for one compressed byte of an entity's file: rows and state with their indexes; nodes with the edges
#: that they own. Measured on 20,000 generated releases with what belongs to them, and raised by 6 %, for larger graphs
#: take more: `linernotes bench scale` compares. Of the graph the sum was measured, and divided by numbers of edges.
_TABLES: Mapping[Entity, float] = {"artists": 12.0, "labels": 15.5, "masters": 9.8, "releases": 8.2}
_GRAPH: Mapping[Entity, float] = {"artists": 3.3, "labels": 3.3, "masters": 2.2, "releases": 1.75}
#: What Neo4j takes for one byte of the embedded graph: 1,614 bytes of a release among 50,000 against 1,041.
_NEO4J = 1.55
#: Compressed bytes of a record in its file, of the whole dump of 2026.
RECORD_BYTES: Mapping[Entity, float] = {"artists": 50.0, "labels": 40.0, "masters": 210.0, "releases": 560.0}
#: What either store takes while it is empty.
_EMPTY = 10_000_000
#: PostgreSQL's write-ahead log grows to this at most.
_MOST_LOG = 4_000_000_000
#: The share of a month that changes, where no month is known yet; that of the months before, where some are.
_USUAL_SHARE, _MONTHS = 0.05, 3
#: A changed record needs its place twice: the row or page before stays until it is cleaned up.
_CHANGED_TWICE = 2
#: XML and lines of a part, and the files of Neo4j's importer, for each compressed byte.
_WORK, _IMPORT = 12, 0.6
#: Bytes of the graph for one byte of the tables, both of the same records.
_GRAPH_OF_TABLES = 0.25


class Room(Struct, frozen=True):
    """What will be needed on one volume, in bytes by purpose, and what is free there."""

    place: str
    purposes: dict[str, int]
    free: int

    @property
    def needed(self) -> int:
        """All of it."""
        return sum(self.purposes.values())

    def sentence(self) -> str:
        """What will be needed and what is there."""
        each = (
            ", ".join(f"{name} {size_text(count)}" for name, count in self.purposes.items() if count) or "nothing new"
        )
        return f"It will need about {size_text(self.needed)} in {self.place} ({each}); {size_text(self.free)} are free."


class DiskNeed(Struct, frozen=True):
    """Bytes that a load will need beyond what the stores hold, by volume."""

    rooms: list[Room]

    def of(self, purpose: str) -> int:
        """What one purpose needs: tables, graph, log, work or download."""
        return sum(room.purposes.get(purpose, 0) for room in self.rooms)

    def sentence(self) -> str:
        """What will be needed and what is there."""
        return " ".join(room.sentence() for room in self.rooms)


class Known(Struct, frozen=True):
    """What the ledger and the stores say.

    `tables` and `graph` are the bytes that they take, `loaded` the compressed bytes that were loaded of each entity,
    and `share` is the part of a month that changes, 0 to 1. `derivations` are the versions of those that were made.
    """

    tables: int
    graph: int
    loaded: dict[Entity, int]
    share: float = _USUAL_SHARE
    derivations: dict[str, int] = {}


def disk_need(context: Context, dump: Dump, options: LoadOptions, *, replace: bool = False) -> DiskNeed:
    """What loading a dump into the embedded stores needs.

    Args:
        context: the stores as they are.
        dump: its files.
        options: which entities and stores.
        replace: they are emptied before.
    """
    settings, known = context.settings, _known(context, replace=replace)
    sizes = {file.entity: file.bytes or known.loaded.get(file.entity, 0) for file in dump.files}
    sizes = {entity: size for entity, size in sizes.items() if entity in options.entities}
    needed = _needed(context, sizes, known, tables=options.writes_tables, graph=options.writes_graph)
    return _rooms(settings, {**needed, "download": (settings.dumps_folder, _download(settings, dump, options))})


def month_need(context: Context) -> DiskNeed | None:
    """What the next month will need in the embedded stores, if its files are as large as those that were loaded last.

    None where nothing was loaded yet: nobody knows how large a dump is.
    """
    known = _known(context, replace=False)
    if not known.loaded:
        return None
    needed = _needed(context, known.loaded, known, tables=True, graph=True)
    dumps = context.settings.dumps_folder
    fetches = dumps.is_dir() and any(dumps.glob("discogs_*"))  # else they lie in a folder of their user's
    return _rooms(context.settings, {**needed, "download": (dumps, sum(known.loaded.values()) if fetches else 0)})


def _needed(
    context: Context, sizes: Mapping[Entity, int], known: Known, *, tables: bool, graph: bool
) -> dict[str, tuple[Path, int]]:
    """Bytes that loading files of these compressed sizes needs, and where, by purpose."""
    settings = context.settings
    table_bytes = (
        growth(sizes, known.loaded, known.share, _TABLES, known.tables) if tables and _has_tables(settings) else 0
    )
    factors = graph_factors(settings)
    graph_bytes = growth(sizes, known.loaded, known.share, factors, known.graph) if graph and has_graph(settings) else 0
    changed = sum(_changed(size, known.loaded.get(entity, 0), known.share) for entity, size in sizes.items())
    derived = _derived(context, context.functions.derivations, sizes, known) if tables and _has_tables(settings) else 0
    parts = settings.pending_parts * len(sizes) * settings.part_bytes * 2
    imported = round(changed * _IMPORT) if settings.graph_import and graph else 0
    return {
        "tables": (_tables_place(settings), table_bytes),
        "graph": (Path(settings.home), graph_bytes),
        "derivations": (_tables_place(settings), derived),
        "log": (_tables_place(settings), min(_MOST_LOG, table_bytes)),
        "work": (_bucket_place(settings), min(parts, round(changed * _WORK)) if tables else 0),
        "import": (Path(settings.home), imported),
    }


def rebuild_need(context: Context, restored: int | None = None) -> DiskNeed:
    """What filling the graph of the embedded stack again needs: it is emptied before.

    Args:
        context: the stores as they are.
        restored: bytes of a database that is restored beside the present one, from which the graph is filled then.
    """
    settings, known = context.settings, _known(context, replace=True)
    share = _GRAPH_OF_TABLES * (_NEO4J if settings.graph_import else 1)
    wanted = round((known.tables if restored is None else restored) * share) - known.graph
    graph = max(0, wanted) if has_graph(settings) else 0
    tables = restored if restored and _has_tables(settings) else 0
    return _rooms(settings, {"tables": (_tables_place(settings), tables), "graph": (Path(settings.home), graph)})


def derivations_need(context: Context, names: Iterable[str], *, graph: bool = False) -> DiskNeed:
    """What making derivations again from all documents needs, beside what is read of them.

    Args:
        context: the stores as they are.
        names: of the derivations.
        graph: the graph is filled again as well, as for `rebuild_need`.
    """
    settings, known = context.settings, _known(context, replace=False)
    specs = [spec for spec in context.functions.derivations if spec.name in set(names)]
    anew = msgspec.structs.replace(known, derivations={})
    derived = _derived(context, specs, known.loaded, anew) if _has_tables(settings) else 0
    need = rebuild_need(context).of("graph") if graph else 0
    return _rooms(settings, {"derivations": (_tables_place(settings), derived), "graph": (Path(settings.home), need)})


def _derived(context: Context, specs: Iterable[DerivationSpec], sizes: Mapping[Entity, int], known: Known) -> int:
    """What is made from documents beside the graph: all of it at first and for a new version, else what changes.

    A new version is built beside the one that is read.
    """
    total = 0.0
    for spec in specs:
        built = known.derivations.get(spec.name) == spec.version
        for entity in set(spec.entities_by(context.settings)) & sizes.keys():
            size = _changed(sizes[entity], known.loaded.get(entity, 0), known.share) if built else sizes[entity]
            total += spec.bytes_per_record * size / RECORD_BYTES[entity]
    return round(total)


def graph_factors(settings: Settings) -> Mapping[Entity, float]:
    """Bytes in the graph of the stack for one compressed byte of an entity's file."""
    return {entity: factor * _NEO4J for entity, factor in _GRAPH.items()} if settings.graph_import else _GRAPH


def growth(
    sizes: Mapping[Entity, int],
    loaded: Mapping[Entity, int],
    share: float,
    factors: Mapping[Entity, float],
    held: int,
) -> int:
    """Bytes by which a store grows.

    Args:
        sizes: compressed bytes of the new files.
        loaded: those of the files that were loaded.
        share: the part of a month that changes, 0 to 1.
        factors: bytes in the store for one of them.
        held: bytes that the store takes now: with what was loaded by runs that did not come to their end.
    """
    new = sum(_changed(size, loaded.get(entity, 0), share) * factors[entity] for entity, size in sizes.items())
    begun = held - _EMPTY - sum(size * factors[entity] for entity, size in loaded.items())
    unknown = any(entity not in loaded for entity in sizes)
    return max(0, round(new - max(0, begun) if unknown else new))


def check_disk(need: DiskNeed) -> None:
    """Refuse what the disk cannot hold.

    Raises:
        RefusedError: there is not enough; the sentence says how much is missing.
    """
    for room in need.rooms:
        if room.free < room.needed:
            raise RefusedError(
                f"There is not enough disk. {room.sentence()} Free some, move LINERNOTES_HOME, or say --ignore-disk "
                "if you know better."
            )


def _changed(size: int, loaded: int, share: float) -> float:
    """Compressed bytes of a file that bring something new."""
    return max(0, size - loaded) + min(size, loaded) * share * _CHANGED_TWICE


def _known(context: Context, *, replace: bool) -> Known:
    with context.connection() as connection:
        [(tables,)] = connection.execute(_sql.database_bytes).fetchall()
        loaded = dict(connection.execute(_sql.loaded_bytes).fetchall())
        versions = dict(connection.execute(_sql.derivations).fetchall())
        shares = [row[0] for row in connection.execute(_sql.changed_shares, {"months": _MONTHS})]
    share = max(shares, default=_USUAL_SHARE)
    graph = folder_bytes(graph_folder(context.settings))
    return Known(tables, graph, {}, share) if replace else Known(tables, graph, loaded, share, versions)


def _has_tables(settings: Settings) -> bool:
    """Whether PostgreSQL's files lie on this machine."""
    return settings.postgres_address.startswith(("/", "127.", "localhost:", "[::1]:"))


def _tables_place(settings: Settings) -> Path:
    """The folder of PostgreSQL's socket lies beside its files, which need not be in the home."""
    sockets = Path(settings.postgres_address)
    return sockets if sockets.is_absolute() and sockets.is_dir() else Path(settings.home)


def _bucket_place(settings: Settings) -> Path:
    return Path(settings.home) if "://" in settings.bucket_url else Path(settings.bucket_url)


def _download(settings: Settings, dump: Dump, options: LoadOptions) -> int:
    """Bytes to fetch; a file that is here already is not fetched again."""
    wanted = [file for file in dump.files if file.entity in options.entities and is_remote(file.location)]
    return sum(file.bytes for file in wanted if not (settings.dumps_folder / file.name).exists())


def _rooms(settings: Settings, purposes: Mapping[str, tuple[Path, int]]) -> DiskNeed:
    """Purposes by volume, the home's first."""
    found: dict[int, Room] = {}
    for name, (place, needed) in purposes.items():
        there = _existing(place)
        device = there.stat().st_dev
        if device not in found:
            home = _existing(Path(settings.home))
            shown = home if home.stat().st_dev == device else there
            found[device] = Room(str(shown), {}, shutil.disk_usage(there).free)
        found[device].purposes[name] = needed
    return DiskNeed([room for room in found.values() if room.needed] or list(found.values())[:1])


def _existing(place: Path) -> Path:
    while not place.exists():
        place = place.parent
    return place


def size_text(count: int) -> str:
    """So many bytes, for people."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
