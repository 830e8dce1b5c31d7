"""Rows of the ledger as frozen structs, and how psycopg makes them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from msgspec import Struct

from functions.runtime.entities import Entity
from functions.runtime.ledger.stored_objects import StoredObject
from functions.runtime.messages import PartState

RunKind = Literal["load", "rebuild", "retry"]
RunState = Literal["running", "paused", "finishing", "stopped", "cancelled", "failed", "done"]
FileState = Literal["listed", "missing", "fetched", "split", "refused"]

#: A run in one of these states may still change the stores.
ACTIVE: tuple[RunState, ...] = ("running", "paused", "finishing")


class Run(Struct, frozen=True):
    """One load of a dump, rebuild of a projection, or retry of quarantined records."""

    id: int
    kind: RunKind
    dump: dt.date | None
    source: str
    synthetic: bool
    entities: list[Entity]
    only_store: Literal["table", "graph"] | None
    engine: str
    accept_deletions: bool
    bulk_table: bool
    bulk_graph: bool
    state: RunState
    reason: str | None
    rows: int
    nodes: int
    edges: int
    started_at: dt.datetime
    finished_at: dt.datetime | None
    accept_rejected: bool = False
    accept_collapsed: bool = False
    sample: bool = False

    @property
    def writes_tables(self) -> bool:
        """Whether the run brings documents to PostgreSQL."""
        return self.kind != "rebuild" and self.only_store != "graph"

    @property
    def writes_graph(self) -> bool:
        """Whether the run brings the graph up to the documents."""
        return self.only_store != "table"

    @property
    def bulk(self) -> list[Literal["table", "graph"]]:
        """The stores that take the bulk load."""
        taken: dict[Literal["table", "graph"], bool] = {"table": self.bulk_table, "graph": self.bulk_graph}
        return [store for store, is_taken in taken.items() if is_taken]

    @property
    def projects_parts(self) -> bool:
        """Whether each part goes on to the graph; else the run leaves the graph alone, or fills it as a whole."""
        return self.writes_graph and not self.bulk_graph


class File(Struct, frozen=True):
    """One entity file of a run. `bytes` is its compressed size, `read_bytes` how far the split has come in it.

    A file that holds no record of its entity is `refused`: what is said of a missing one goes for it. `problem` says
    why a file is not whole, `note` what was unusual and does no harm. `seen` says what the bitmap of ids seen was when
    it was stored under `seen_key`. `modified_ns` is when it was changed last, as it was fetched, in ns since 1970.
    """

    run: int
    entity: Entity
    name: str
    sha256: str | None
    bytes: int | None
    location: str | None
    state: FileState
    records: int
    unchanged: int
    read_bytes: int
    parts: int | None
    whole: bool
    problem: str | None
    seen_key: str | None
    sent_at: dt.datetime | None
    attempts: int
    seen: StoredObject | None = None
    rereads: int = 0
    note: str | None = None
    modified_ns: int | None = None


class Part(Struct, frozen=True):
    """A piece of an entity file cut at record boundaries (`xml`), or a list of ids to project (`ids`).

    `objects` says what each of its objects was when it was stored. `rejected` are the ids of its records that make no
    document, known from parsing to loading. A part found `damaged` is cut again from the dump. `stream_end` is where it
    ends in the stream of its file, or the number of its last piece, where quarantined records are tried again.
    """

    run: int
    entity: Entity
    part: int
    kind: Literal["xml", "ids"]
    state: PartState
    records: int
    stream_end: int
    quarantined: int
    rows: int
    nodes: int
    edges: int
    died_in: PartState | None
    error: str | None
    sent_at: dt.datetime | None
    attempts: int
    objects: dict[str, StoredObject] = {}
    rejected: list[int] | None = None
    recuts: int = 0

    def key(self, suffix: str) -> str:
        """Where the part's object of this kind (`xml`, `index`, `ndjson`) lies in the bucket."""
        return f"{run_prefix(self.run)}/{self.entity}/{self.part}.{suffix}"


class Totals(Struct, frozen=True):
    """The parts of a run, counted by what is still to do."""

    unfinished: int
    dead: int


class Backlog(Struct, frozen=True):
    """The parts of one entity that wait for one step: those whose message was not sent so far, and the others.

    Of the latter, only those sent before the moment that was asked for.
    """

    entity: Entity
    state: PartState
    unsent: int
    sent: int


def run_prefix(run: int) -> str:
    """The folder of a run in the bucket."""
    return f"runs/{run}"


def columns(struct: type[Struct]) -> dict[str, Any]:
    """The columns of a struct's table, comma-separated, to be put into a statement as `{columns}`."""
    return {"columns": ", ".join(struct.__struct_fields__)}
