"""The files from which a Neo4j of the embedded stack is filled as a whole, by its importer."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from functions.load_graph import neo4j_import
from functions.load_graph.bulk.engine import fill_engine
from functions.load_graph.bulk.import_csv import DIALECT, FIELD, Chunk, ImportFile, chunk_of
from functions.load_graph.bulk.slices import Slice
from functions.load_graph.graph_writer import WrittenElements
from functions.load_graph.schema import PART_OF
from functions.runtime.errors import RunInactive
from functions.runtime.ledger.models import ACTIVE
from functions.runtime.ledger.store import run_of
from functions.runtime.stores.context import Context, await_graph
from functions.runtime.stores.graph_transactions import write
from functions.runtime.stores.migrations import migrate_graph
from functions.runtime.stores.query_files import statements

_cypher = statements(__file__, "neo4j.cypher")

#: Properties of the nodes of each label beside their key.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "Artist": ("name",),
    "Label": ("name",),
    "Master": ("title", "year:long"),
    "Release": ("title", "year:long", "country"),
}
#: Columns of the values that edges have beside their ends.
_VALUES = {"CREDITED_ON": ["roles:string[]"], "ON": ["catno"]}
_AT_ONCE = 10_000
_STUBS_AT_ONCE = 500_000
#: Words in the name of a file of edges.
_OF_EDGES = 3


class Neo4jSink:
    """Writes the files of one fill, and has the server read them."""

    def __init__(self, context: Context, run: int) -> None:
        self._context, self._run = context, run
        self._root = Path(context.settings.graph_import)
        self._folder = self._root / uuid.uuid4().hex
        self._files: dict[tuple[str, ...], ImportFile] = {}
        self._made = fill_engine().import_lines()

    def begin(self) -> None:
        """A new folder; what an earlier fill left is of no use, and the server drops it if it is at it."""
        neo4j_import.clear(self._root)
        self._folder.mkdir(mode=0o700)

    def nodes(self, projected: Slice) -> WrittenElements:
        """Write the nodes of a slice."""
        self._write(self._made.nodes(projected))
        return WrittenElements(nodes=len(projected))

    def edges(self, projected: Slice) -> WrittenElements:
        """Write what the records of a slice own; genres and styles that are new get their nodes."""
        nodes, edges, chunks = self._made.edges(projected)
        self._write(chunks)
        return WrittenElements(nodes, edges)

    def nodes_with_edges(self, projected: Slice) -> WrittenElements:
        """Write the nodes of a slice and what they own."""
        return self.nodes(projected).plus(self.edges(projected))

    def part_of(self, pairs: Iterable[tuple[str, str]]) -> WrittenElements:
        """Write the edges from styles to genres."""
        number = self._made.number
        lines = [f"{number('Style', style)}{FIELD}{number('Genre', genre)}" for style, genre in sorted(pairs)]
        self._file((PART_OF, "Style", "Genre")).write(chunk_of(lines))
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

    def _write(self, chunks: Iterable[Any]) -> None:
        for key, *chunk in chunks:
            self._file(tuple(key)).write(Chunk(*chunk))

    def _write_stubs(self) -> WrittenElements:
        written = WrittenElements()
        for label in _COLUMNS:
            begin: int | None = 0
            while begin is not None:
                count, begin, chunks = self._made.stubs(label, begin, _STUBS_AT_ONCE)
                self._write(chunks)
                written = written.plus(WrittenElements(nodes=count))
        return written

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
        begin = 0
        with self._context.graph_session() as session:
            while pairs := self._made.without_roles(begin, _AT_ONCE):
                if not begin:
                    migrate_graph(session)
                write(session, _cypher.add_empty_roles, pairs=[list(pair) for pair in pairs])
                begin += len(pairs)

    def _file(self, key: tuple[str, ...]) -> ImportFile:
        if key not in self._files:
            self._files[key] = ImportFile(self._folder, "-".join(key), *_form(key))
        return self._files[key]


def _form(key: tuple[str, ...]) -> tuple[str, list[str]]:
    """What the importer is told of a file, and the file's header."""
    if len(key) == _OF_EDGES:
        kind, begin, end = key
        return f"--relationships={kind}", [f":START_ID({begin})", f":END_ID({end})", *_VALUES.get(kind, ())]
    kind, label = key
    group = f"--nodes={label}"
    properties = ["stub:boolean"] if "stub" in kind else [*_COLUMNS.get(label, ("name",))]
    if "large" in kind:
        return group, [f":ID({label})", "id:long", *properties]
    return group, [f"id:ID({label})" if label in _COLUMNS else f":ID({label})", *properties]
