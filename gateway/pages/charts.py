"""The charts of the operations pages: what each shows, its figures, and the figure that Plotly draws.

Colours are tokens of the stylesheet, such as `var(--label)`: the page's script puts in what they are in light or dark.
Lines are told apart by their dashes, too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Literal

from msgspec import Struct

from functions.metrics_history.read import MOST_POINTS, Line, read_range
from functions.runtime.stores.context import Context

#: What figures are: bytes, parts of 1, or anything else that is counted.
Counts = Literal["things", "bytes", "shares"]

_HOVER: Final[dict[Counts, str]] = {"things": "%{y:,.3~r}", "bytes": "%{y:.3s}B", "shares": "%{y:.1%}"}
_TICKS: Final[dict[Counts, str | None]] = {"things": None, "bytes": "~s", "shares": ".0%"}
_COLOURS: Final = ("release", "artist", "label", "master", "genre", "style", "soft")
#: Short ones: a long pause would look like a gap.
_DASHES: Final = ("solid", "2px,2px", "6px,2px", "8px,2px,2px,2px", "14px,3px")
#: Up to so many known points, each is marked: one between two gaps has no line.
_FEW: Final = 60
#: What ranges are called in a sentence.
RANGE_WORDS: Final = {
    "15m": "the last 15 minutes",
    "1h": "the last hour",
    "6h": "the last 6 hours",
    "1d": "the last day",
    "1w": "the last week",
    "1mo": "the last 30 days",
    "1y": "the last year",
}


class Chart(Struct, frozen=True):
    """One chart.

    Attributes:
        name: in its address.
        title: what it shows.
        axis: what the vertical axis has, with the unit.
        metrics: the figures it is made of; `*` stands for anything.
        label: the line that a figure belongs to; figures of one line are added up.
        counts: what the figures are, which says how they are written.
    """

    name: str
    title: str
    axis: str
    metrics: tuple[str, ...]
    label: Callable[[str], str]
    counts: Counts = "things"


def _first(name: str) -> str:
    return name.partition("/")[0]


def _second(name: str) -> str:
    return name.split("/")[1]


def _of_queue(name: str) -> str:
    """Its function; dead letters have a line of their own."""
    return "dead letters" if name.endswith("/dead") else _second(name).partition(".")[0]


def _of_pool(name: str) -> str:
    """Its kind of process; requests that wait for a connection have a line of their own."""
    return "requests that wait" if name.endswith("/waiting") else _second(name)


def _of_health(name: str) -> str:
    return {"bad": "checks that are bad", "warn": "checks that warn", "down": "stores that are down"}[_second(name)]


CHARTS: Final = {
    chart.name: chart
    for chart in (
        Chart("throughput", "Records a second, by stage", "records/s", ("stage/*/records",), _second),
        Chart("depth", "Messages that wait or are in work, by function", "messages", ("queue/*",), _of_queue),
        Chart("memory", "Memory, by kind of process", "bytes", ("process/*/memory",), _second, "bytes"),
        Chart("cpu", "CPU, by kind of process", "cores", ("process/*/cpu",), _second),
        Chart("stores", "What the stores take of disk or memory", "bytes", ("store/*/bytes",), _second, "bytes"),
        Chart(
            "hits",
            "Reads that were answered from memory",
            "share of all reads",
            ("cache/hits", "postgres/hits"),
            lambda name: {"cache": "cache", "postgres": "PostgreSQL"}[_first(name)],
            "shares",
        ),
        Chart(
            "pools",
            "Connections in use, by kind of process",
            "connections",
            ("pool/*/used", "pool/*/waiting"),
            _of_pool,
        ),
        Chart("health", "What is not well: health checks and stores", "how many", ("health/*",), _of_health),
    )
}


class ChartLine(Struct, frozen=True):
    """One line of a chart: null where nothing is known."""

    label: str
    values: list[float | None]


class ChartData(Struct, frozen=True):
    """The figures of a chart. Each is the average of `step_s` seconds from its moment on."""

    name: str
    title: str
    axis: str
    counts: Counts
    range: str
    step_s: int
    at: list[dt.datetime]
    lines: list[ChartLine]


class Figure(Struct, frozen=True):
    """What `Plotly.newPlot` takes."""

    data: list[dict[str, Any]]
    layout: dict[str, Any]


def chart_data(context: Context, name: str, over: str, points: int = MOST_POINTS) -> ChartData:
    """The figures of a chart over a range, lines that were 0 all the time left out.

    Args:
        context: PostgreSQL.
        name: of `CHARTS`.
        over: of `functions.metrics_history.read.RANGES`.
        points: moments at most: few for a table, many for a chart.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    chart = CHARTS[name]
    series = read_range(context, chart.metrics, over, points, only_averages=True)
    lines = lines_of(series.lines, chart.label)
    shown = [line for line in lines if any(line.values)] or lines
    return ChartData(name, chart.title, chart.axis, chart.counts, over, series.step_s, series.at, shown)


def lines_of(found: Iterable[Line], label: Callable[[str], str]) -> list[ChartLine]:
    """Figures added up by the line they belong to; a moment at which none of a line is known stays unknown."""
    grouped: dict[str, list[Line]] = {}
    for line in found:
        grouped.setdefault(label(line.metric), []).append(line)
    return [
        ChartLine(name, [_sum(values) for values in zip(*(line.average for line in lines), strict=True)])
        for name, lines in grouped.items()
    ]


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def figure(data: ChartData) -> Figure:
    """The figure that Plotly draws; importing what builds it takes a while, so that only the first chart waits."""
    from plotly import graph_objects

    traces = [_trace(graph_objects, place, line, data) for place, line in enumerate(data.lines)]
    made = graph_objects.Figure(data=traces, layout=_layout(data)).to_plotly_json()
    made["layout"].pop("template", None)
    return Figure([dict(trace) for trace in made["data"]], dict(made["layout"]))


def _trace(graph_objects: Any, place: int, line: ChartLine, data: ChartData) -> Any:
    known = sum(value is not None for value in line.values)
    colour = f"var(--{_COLOURS[place % len(_COLOURS)]})"
    return graph_objects.Scatter(
        x0=_moment(data.at[0]) if data.at else None,
        dx=data.step_s * 1000,
        y=line.values,
        name=line.label,
        mode="lines+markers" if known <= _FEW else "lines",
        connectgaps=False,
        line={"color": colour, "dash": _DASHES[place % len(_DASHES)], "width": 2},
        marker={"color": colour, "size": 4},
        hovertemplate=_HOVER[data.counts],
    )


def _moment(at: dt.datetime) -> str:
    """As Plotly takes a time of day without a zone."""
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _layout(data: ChartData) -> dict[str, Any]:
    axis = {"gridcolor": "var(--line)", "linecolor": "var(--line)", "zerolinecolor": "var(--line)"}
    ends = [data.at[0], data.at[-1] + dt.timedelta(seconds=data.step_s)] if data.at else None
    return {
        "title": {"text": f"{data.title}, {RANGE_WORDS[data.range]}"},
        "template": None,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "var(--ink)", "family": "system-ui, sans-serif", "size": 13},
        "hoverlabel": {"bgcolor": "var(--sheet)", "bordercolor": "var(--line)", "font": {"color": "var(--ink)"}},
        "hovermode": "x unified",
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "margin": {"l": 64, "r": 16, "t": 24, "b": 56},
        "xaxis": {
            **axis,
            "title": {"text": "time (UTC)", "font": {"size": 13}, "standoff": 8},
            "tickangle": 0,
            "nticks": 7,
            "type": "date",
            "range": [_moment(at) for at in ends] if ends else None,
        },
        "yaxis": {
            **axis,
            "title": {"text": data.axis, "font": {"size": 13}},
            "rangemode": "tozero",
            "tickformat": _TICKS[data.counts],
            "ticksuffix": "B" if data.counts == "bytes" else None,
        },
        "showlegend": True,
    }
