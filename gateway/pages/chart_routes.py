"""`/api/charts`: charts as Plotly draws them, and their figures as CSV."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from litestar import Request, Response, get
from litestar.params import PathParameter, QueryParameter

from gateway.connections import Connected
from gateway.csv_answers import AlsoCsv, Format, csv_answer, wants_csv
from gateway.errors import PROBLEMS
from gateway.pages.charts import ChartData, Figure, chart_data, figure

Name = Annotated[
    Literal["throughput", "depth", "memory", "cpu", "stores", "hits", "pools", "health"],
    PathParameter(description="which of the charts"),
]
Range = Annotated[Literal["15m", "1h", "6h", "1d", "1w", "1mo", "1y"], QueryParameter(description="the time up to now")]


@get(
    "/api/charts/{name:str}",
    sync_to_thread=True,
    summary="A chart of the operations page",
    tags=["Operation"],
    operation_class=AlsoCsv,
    responses=PROBLEMS,
    opt={"right": "read"},
)
def chart(
    request: Request[Any, Any, Any],
    connections: Connected,
    name: Name,
    range: Range = "1h",  # noqa: A002  it is the name of the parameter
    format: Format = None,  # noqa: A002  the same
) -> Response[Figure]:
    """A chart as data and layout for Plotly; a colour may be a custom property of the page's stylesheet."""
    data = chart_data(connections.context, name, range)
    if wants_csv(request, format):
        headings = ("at", *(line.label for line in data.lines))
        return csv_answer(f"{name}-{range}", headings, _rows(data), of_dumps=False)
    return Response(figure(data), headers={"Cache-Control": "no-store"})


def _rows(data: ChartData) -> list[list[Any]]:
    return [[at.isoformat(), *(line.values[place] for line in data.lines)] for place, at in enumerate(data.at)]


ROUTES: Final = [chart]
