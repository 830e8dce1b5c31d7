"""`/api/metrics`: figures of the installation over time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from litestar import Request, Response, get
from litestar.params import QueryParameter
from msgspec import Struct

from functions.metrics_history.read import Metric, Series, metrics_of, read_range
from gateway.connections import Connected
from gateway.csv_answers import AlsoCsv, Format, csv_answer, wants_csv
from gateway.errors import PROBLEMS

_NOT_STORED: Final = {"Cache-Control": "no-store"}


class Metrics(Struct, frozen=True):
    """Every figure that has a history, by name."""

    metrics: list[Metric]


Name = Annotated[str, QueryParameter(min_length=1, max_length=100)]
Names = Annotated[
    list[Name],
    QueryParameter(
        description="a figure, as in `stage/split/records`; `*` stands for anything, as in `queue/*/dead`; one or more",
        min_items=1,
        max_items=20,
    ),
]
Range = Annotated[Literal["15m", "1h", "6h", "1d", "1w", "1mo", "1y"], QueryParameter(description="the time up to now")]


@get(
    "/api/metrics",
    sync_to_thread=True,
    summary="What has a history",
    tags=["Operation"],
    responses=PROBLEMS,
    opt={"right": "read"},
)
def metrics(connections: Connected) -> Response[Metrics]:
    """The names of all figures, with their units."""
    return Response(Metrics(metrics_of(connections.context)), headers=_NOT_STORED)


@get(
    "/api/metrics/history",
    sync_to_thread=True,
    summary="Figures over time",
    tags=["Operation"],
    operation_class=AlsoCsv,
    responses=PROBLEMS,
    opt={"right": "read"},
)
def history(
    request: Request[Any, Any, Any],
    connections: Connected,
    metric: Names,
    range: Range = "1h",  # noqa: A002  it is the name of the parameter
    format: Format = None,  # noqa: A002  the same
) -> Response[Series]:
    """Average, least, most and last of each figure at 600 moments at most; null where nothing is known of the time."""
    series = read_range(connections.context, metric, range)
    if wants_csv(request, format):
        headings = ("at", "metric", "average", "least", "most", "last")
        return csv_answer(f"figures-{range}", headings, _rows(series), of_dumps=False)
    return Response(series, headers=_NOT_STORED)


def _rows(series: Series) -> Iterator[tuple[Any, ...]]:
    for line in series.lines:
        figures = zip(series.at, line.average, line.least, line.most, line.last, strict=True)
        yield from ((at.isoformat(), line.metric, *values) for at, *values in figures)


ROUTES: Final = [metrics, history]
