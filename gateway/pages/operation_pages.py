"""Operations: how things are now, the wall view, and the page of a run and of a part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
import psycopg
from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct

from functions.operations.attempts import part_view
from functions.operations.read_run import run_progress
from functions.operations.snapshot import Snapshot, read_snapshot
from functions.operations.timeline import Timeline, timeline_of
from functions.runs.run_status import run_view, run_views
from functions.runtime.entities import Entity
from functions.runtime.errors import LinernotesError, PermanentError
from functions.runtime.stores.context import Context
from gateway.connections import Connected
from gateway.live.hub import Fields
from gateway.live.shared_snapshot import SharedSnapshot
from gateway.pages.charts import CHARTS, RANGE_WORDS, ChartData, chart_data
from gateway.pages.render import page, render
from gateway.pages.sparklines import sparklines

AnyRequest = Request[Any, Any, Any]

#: The sections of the page that change while somebody looks.
SECTIONS: Final = (
    "headline",
    "needs",
    "run",
    "idle",
    "runs",
    "events",
    "depths",
    "queues",
    "functions",
    "longest",
    "stores",
    "schedules",
)
#: Rows of the table under a chart.
_TABLE_ROWS: Final = 30
#: Width of a lane of the timeline, in its own units.
_LANE: Final = 1_000.0
_LANE_HEIGHT: Final = 10.0


def sections_of(snapshot: Snapshot) -> dict[str, str]:
    """The sections as HTML; one is as it was before as long as nothing in it changes."""
    lines = sparklines(snapshot.depths)
    return {name: render(f"operations/{name}.html", s=snapshot, lines=lines) for name in SECTIONS}


def reader_of(snapshots: SharedSnapshot) -> Callable[[str], Fields]:
    """How the hub reads: the fields of the snapshot, or the sections of the page that shows them."""

    def read(form: str) -> Fields:
        snapshot = snapshots.read()
        if form == "html":
            return {name: msgspec.json.encode(text) for name, text in sections_of(snapshot).items()}
        names = [name for name in snapshot.__struct_fields__ if name != "at"]  # each frame has its own
        return {name: msgspec.json.encode(getattr(snapshot, name)) for name in names}

    return read


@get("/operations", sync_to_thread=True, include_in_schema=False)
def operations_page(request: AnyRequest, connections: Connected) -> Response[str]:
    """How things are, what needs a person, what runs, and what was."""
    asked = request.query_params.get("range", "1h")
    chosen = asked if asked in RANGE_WORDS else "1h"
    return page(
        request,
        "operations/now.html",
        title="Operations",
        draws=True,
        sections=sections_of(read_snapshot(connections.context)),
        charts=_charts(connections.context, chosen),
        range=chosen,
        range_words=RANGE_WORDS,
    )


def _charts(context: Context, chosen: str) -> list[ChartData]:
    """The figures of each chart for the tables under them; none while PostgreSQL does not answer."""
    try:
        return [chart_data(context, name, chosen, _TABLE_ROWS) for name in CHARTS]
    except (LinernotesError, psycopg.Error):
        return []


@get("/operations/wall", sync_to_thread=True, include_in_schema=False)
def wall_page(request: AnyRequest, connections: Connected) -> Response[str]:
    """Only what is wrong, readable from three metres."""
    sections = sections_of(read_snapshot(connections.context))
    return page(request, "operations/wall.html", title="Wall", sections=sections)


@get("/operations/runs/{number:int}", sync_to_thread=True, include_in_schema=False)
def run_page(request: AnyRequest, connections: Connected, number: FromPath[int]) -> Response[str]:
    """One run: how far it is in each stage, its files, what it wrote, and its timeline."""
    try:
        run = run_view(connections.context, number)
    except PermanentError as error:
        raise NotFoundException(f"There is no run {number}.") from error
    timeline = timeline_of(connections.context, number)
    now = dt.datetime.now(dt.UTC)
    took = (run.finished_at or now) - run.started_at
    return page(
        request,
        "operations/run_page.html",
        title=f"Run {number}",
        run=run,
        progress=run_progress(connections.context, number),
        took=took.total_seconds(),
        steered=_is_last(connections.context, number),
        timeline=timeline,
        lanes=list(lanes_of(timeline)) if timeline else [],
        now=now,
    )


def _is_last(context: Context, number: int) -> bool:
    """Whether no run has begun since: an earlier one that failed cannot be taken up."""
    return [run.id for run in run_views(context, 1)] == [number]


@get("/operations/runs/{number:int}/parts/{entity:str}/{part:int}", sync_to_thread=True, include_in_schema=False)
def part_page(
    request: AnyRequest, connections: Connected, number: FromPath[int], entity: FromPath[Entity], part: FromPath[int]
) -> Response[str]:
    """One part: where it is, and each of its attempts that failed."""
    found = part_view(connections.context, number, entity, part)
    if found is None:
        raise NotFoundException(f"Run {number} has no part {part} of {entity}.")
    title, now = f"{entity} part {part}", dt.datetime.now(dt.UTC)
    return page(request, "operations/part_page.html", title=title, part=found, now=now)


class Bar(Struct, frozen=True):
    """A piece of a lane: `running` or `waiting`, from `x` on, in the lane's units."""

    kind: str
    x: float
    width: float
    height: float


class Lane(Struct, frozen=True):
    """One function's way through a run; `text` says it for who cannot see it."""

    name: str
    text: str
    bars: list[Bar]
    width: float = _LANE


def lanes_of(timeline: Timeline) -> Iterator[Lane]:
    """The timeline as lanes: slices of parts that ran and waited, spans of what is done in one piece."""
    whole = max(1.0, (timeline.ended_at - timeline.began_at).total_seconds())
    sliced = {one.function for one in timeline.slices}
    for name in dict.fromkeys(span.function for span in timeline.spans):
        bars = _sliced_bars(timeline, name, whole) if name in sliced else _span_bars(timeline, name, whole)
        spans = [span for span in timeline.spans if span.function == name]
        yield Lane(name, f"{name}: {', '.join(dict.fromkeys(span.what for span in spans))}", bars)


def _span_bars(timeline: Timeline, name: str, whole: float) -> list[Bar]:
    bars = []
    for span in timeline.spans:
        if span.function == name:
            start = (span.began_at - timeline.began_at).total_seconds()
            end = ((span.ended_at or timeline.ended_at) - timeline.began_at).total_seconds()
            bars.append(Bar("running", start / whole * _LANE, max(1.0, (end - start) / whole * _LANE), _LANE_HEIGHT))
    return bars


def _sliced_bars(timeline: Timeline, name: str, whole: float) -> list[Bar]:
    """As high as the share of the slice in which somebody was at it, or something waited for it."""
    width = timeline.slice_s / whole * _LANE
    bars = []
    for one in timeline.slices:
        if one.function == name:
            for kind, seconds in (("waiting", one.waiting_s), ("running", one.running_s)):
                share = min(1.0, seconds / timeline.slice_s)
                if share > 0:
                    bars.append(Bar(kind, one.slice * width, width, max(1.0, share * _LANE_HEIGHT)))
    return bars


ROUTES: Final = [operations_page, wall_page, run_page, part_page]
