"""The files from which a Neo4j of the embedded stack is filled as a whole, by its importer."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from pyroaring import BitMap64

from functions.load_graph import neo4j_import
from functions.load_graph.bulk.import_csv import DIALECT, FIELD, ITEM, ImportFile, text
from functions.load_graph.graph_writer import WrittenElements
from functions.load_graph.schema import PART_OF
from functions.projection.projection import EDGES, Row
from functions.runtime.entities import NODE, Entity
from functions.runtime.errors import RunInactive
from functions.runtime.ledger.models import ACTIVE
from functions.runtime.ledger.store import run_of
from functions.runtime.stores.context import Context, await_graph
from functions.runtime.stores.graph_transactions import write
from functions.runtime.stores.migrations import migrate_graph
from functions.runtime.stores.query_files import statements

_cypher = statements(__file__, "neo4j.cypher")

_NAMED = ("Genre", "Style")
_COLUMNS: dict[str, tuple[str, ...]] = {
    "Artist": ("name",),
    "Label": ("name",),
    "Master": ("title", "year:long"),
    "Release": ("title", "year:long", "country"),
}
_VALUES = {"roles": "roles:string[]", "catno": "catno"}
_AT_ONCE = 10_000
#: The importer packs the digits of an id and their number into 63 bits: from here on an id has a number in its place.
_LARGE = 1 << 50


class Neo4jSink:
    """Writes the files of one fill, and has the server read them.

    Ids are unique for each label; genres and styles are numbered, and so are ids that are too large for the importer.
    What is referred to is noted, so that stubs are known at the end: ids that no record has.
    """

    def __init__(self, context: Context, run: int) -> None:
        self._context, self._run = context, run
        self._root = Path(context.settings.graph_import)
        self._folder = self._root / uuid.uuid4().hex
        self._files: dict[tuple[str, ...], ImportFile] = {}
        self._there = {label: BitMap64() for label in _COLUMNS}
        self._referred = {label: BitMap64() for label in _COLUMNS}
        self._names: dict[str, dict[str, int]] = {label: {} for label in _NAMED}
        self._large: dict[int, int] = {}
        self._without_roles: list[tuple[int, int]] = []

    def begin(self) -> None:
        """A new folder; what an earlier fill left is of no use, and the server drops it if it is at it."""
        neo4j_import.clear(self._root)
        self._folder.mkdir(mode=0o700)

    def nodes(self, entity: Entity, rows: list[Row]) -> WrittenElements:
        """Write the nodes of rows."""
        label, line = NODE[entity], _LINE[entity]
        self._there[label].update([row["id"] for row in rows])
        usual = rows
        if _has_large(self._there[label]):
            usual = [row for row in rows if row["id"] < _LARGE]
            large = [row for row in rows if row["id"] >= _LARGE]
            lines = [f"{self._import_id(row['id'])}{FIELD}{line(row['props'])}" for row in large]
            self._large_file("large", label, _COLUMNS[label]).write(lines)
        self._node_file(label).write([line(row["props"]) for row in usual])
        return WrittenElements(nodes=len(rows))

    def edges(self, entity: Entity, rows: list[Row]) -> WrittenElements:
        """Write what rows own; genres and styles that are new get their nodes."""
        written = WrittenElements()
        for name in [name for name in EDGES if rows and name in rows[0]]:
            pairs = [(row["id"], row[name]) for row in rows if row[name]]
            written = written.plus(self._write_edges(NODE[entity], name, pairs))
        return written

    def part_of(self, pairs: Iterable[tuple[str, str]]) -> WrittenElements:
        """Write the edges from styles to genres."""
        styles, genres = self._names["Style"], self._names["Genre"]
        lines = [f"{styles[style]}{FIELD}{genres[genre]}" for style, genre in sorted(pairs)]
        self._edge_file(PART_OF, "Style", "Genre").write(lines)
        return WrittenElements(edges=len(lines))

    def end(self) -> WrittenElements:
        """Write the stubs, have the server read it all, and wait until it answers again."""
        written = self._write_stubs()
        for file in self._files.values():
            file.close()
        neo4j_import.hand_over(self._folder, self._arguments(), self._still_wanted)
        await_graph(self._context, neo4j_import.TIMEOUT_S)
        self._add_empty_roles()
        return written

    def close(self) -> None:
        """Leave no file behind."""
        for file in self._files.values():
            file.close()
        self._folder.with_name(f"{self._folder.name}.ready").unlink(missing_ok=True)
        self._folder.with_name(f"{self._folder.name}.result").unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _write_edges(self, own: str, name: str, pairs: list[tuple[int, list[Any]]]) -> WrittenElements:
        edge, written = EDGES[name], WrittenElements()
        if edge.value:
            found = [(one, item["id"], item[edge.value]) for one, items in pairs for item in items]
            if edge.value == "roles":
                self._without_roles += [(other, one) for one, other, roles in found if not roles]
                values = [ITEM.join(roles) for _, _, roles in found]
            else:
                values = [text(value) for _, _, value in found]
            ends = [(one, other) for one, other, _ in found]
        else:
            ends = [(one, item) for one, items in pairs for item in items]
            values = []
        if edge.target in self._names:
            written, ends = self._number(edge.target, ends)
        else:
            self._referred[edge.target].update([other for _, other in ends])
            if _has_large(self._referred[edge.target]):
                ends = [(one, self._import_id(other)) for one, other in ends]
        if _has_large(self._there[own]):
            ends = [(self._import_id(one), other) for one, other in ends]
        if not edge.outgoing:
            ends = [(other, one) for one, other in ends]
        file = self._edge_file(edge.type, *((own, edge.target) if edge.outgoing else (edge.target, own)), edge.value)
        if edge.value:
            file.write([f"{a}{FIELD}{b}{FIELD}{value}" for (a, b), value in zip(ends, values, strict=True)])
        else:
            file.write([f"{a}{FIELD}{b}" for a, b in ends])
        return written.plus(WrittenElements(edges=len(ends)))

    def _number(self, label: str, ends: list[tuple[int, Any]]) -> tuple[WrittenElements, list[tuple[int, int]]]:
        """Names at the other end as their numbers; a name that is new becomes a node."""
        numbers = self._names[label]
        new = [name for name in dict.fromkeys([name for _, name in ends]) if name not in numbers]
        for name in new:
            numbers[name] = len(numbers)
        self._node_file(label).write([f"{numbers[name]}{FIELD}{text(name)}" for name in new])
        return WrittenElements(nodes=len(new)), [(one, numbers[name]) for one, name in ends]

    def _write_stubs(self) -> WrittenElements:
        written = WrittenElements()
        for label, referred in self._referred.items():
            stubs = referred - self._there[label]
            file = self._file(("stub", label), f"--nodes={label}", (f"id:ID({label})", "stub:boolean"))
            rest = iter(stubs)
            while some := list(islice(rest, _AT_ONCE)):
                file.write([f"{number}{FIELD}true" for number in some if number < _LARGE])
                large = [number for number in some if number >= _LARGE]
                lines = [f"{self._import_id(number)}{FIELD}{number}{FIELD}true" for number in large]
                self._large_file("large-stub", label, ("stub:boolean",)).write(lines)
            written = written.plus(WrittenElements(nodes=len(stubs)))
        return written

    def _import_id(self, number: int) -> int:
        """What stands for an id in the files: itself, or a number if it is too large."""
        return number if number < _LARGE else self._large.setdefault(number, _LARGE + len(self._large))

    def _arguments(self) -> list[str]:
        """Paths as the server sees them, from its own folder."""
        files = [file for file in self._files.values() if not file.is_empty]
        broken = self._listed(path for file in files for path in file.broken)
        longest = max((file.longest for file in files), default=0)
        return [
            "--overwrite-destination",
            "--id-type=integer",
            "--bad-tolerance=0",
            *DIALECT,
            f"--max-off-heap-memory={self._context.settings.graph_import_memory}",
            f"--report-file={self._listed([self._folder / 'import.report'])}",
            *(["--multiline-fields-format=v2", f"--multiline-fields={broken}"] if broken else []),
            *([f"--read-buffer-size={longest * 4}"] if longest else []),
            *(f"{file.group}={self._listed(file.paths)}" for file in files),
        ]

    def _listed(self, paths: Iterable[Path]) -> str:
        return ",".join(str(path.relative_to(self._root.parent)) for path in paths)

    def _still_wanted(self) -> None:
        with self._context.connection() as connection:
            if run_of(connection, self._run).state not in ACTIVE:
                raise RunInactive

    def _add_empty_roles(self) -> None:
        """The importer has no way to write an empty list: to it that is no list."""
        pairs = [list(pair) for pair in self._without_roles]
        with self._context.graph_session() as session:
            if pairs:
                migrate_graph(session)
            for begin in range(0, len(pairs), _AT_ONCE):
                write(session, _cypher.add_empty_roles, pairs=pairs[begin : begin + _AT_ONCE])

    def _node_file(self, label: str) -> ImportFile:
        columns = ("name",) if label in self._names else ("", *_COLUMNS[label])
        name = f":ID({label})" if label in self._names else f"id:ID({label})"
        return self._file(("node", label), f"--nodes={label}", (name, *filter(None, columns)))

    def _large_file(self, kind: str, label: str, columns: Iterable[str]) -> ImportFile:
        return self._file((kind, label), f"--nodes={label}", (f":ID({label})", "id:long", *columns))

    def _edge_file(self, kind: str, begin: str, end: str, value: str | None = None) -> ImportFile:
        header = [f":START_ID({begin})", f":END_ID({end})", *([_VALUES[value]] if value else [])]
        return self._file((kind, begin, end), f"--relationships={kind}", header)

    def _file(self, key: tuple[str, ...], group: str, header: Iterable[str]) -> ImportFile:
        if key not in self._files:
            self._files[key] = ImportFile(self._folder, "-".join(key), group, header)
        return self._files[key]


def _has_large(ids: BitMap64) -> bool:
    return bool(ids) and ids.max() >= _LARGE


def _named(props: dict[str, Any]) -> str:
    return f"{props['id']}{FIELD}{text(props.get('name'))}"


def _master(props: dict[str, Any]) -> str:
    return f"{props['id']}{FIELD}{text(props.get('title'))}{FIELD}{props.get('year', '')}"


def _release(props: dict[str, Any]) -> str:
    return f"{_master(props)}{FIELD}{text(props.get('country'))}"


_LINE = {"artists": _named, "labels": _named, "masters": _master, "releases": _release}
