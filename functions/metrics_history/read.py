"""Figures over time, for charts and programs: the table that is fine enough, no more points than asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from functions.metrics_history.downsampling import Row, downsample, moments, step_for
from functions.metrics_history.metric_names import matching, unit_of
from functions.metrics_history.roll_up import Rolled, averages, roll_up, sample
from functions.metrics_history.write import SAMPLE_S
from functions.runtime.ledger.store import Connection
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "metrics_history.sql")

#: Points of a line at most, and lines at most.
MOST_POINTS: Final = 600
MOST_LINES: Final = 200

#: Ranges that are offered, each up to now.
RANGES: Final = {
    "15m": dt.timedelta(minutes=15),
    "1h": dt.timedelta(hours=1),
    "6h": dt.timedelta(hours=6),
    "1d": dt.timedelta(days=1),
    "1w": dt.timedelta(weeks=1),
    "1mo": dt.timedelta(days=30),
    "1y": dt.timedelta(days=365),
}


class Metric(Struct, frozen=True):
    """A figure, and what it is counted in."""

    name: str
    unit: str


class Line(Struct, frozen=True):
    """One figure, a value for each moment: null where nothing is known of the time from it to the next.

    The last three are empty where only averages were asked for.
    """

    metric: str
    unit: str
    average: list[float | None]
    least: list[float | None] = []
    most: list[float | None] = []
    last: list[float | None] = []


class Series(Struct, frozen=True):
    """Figures over the same moments, which lie `step_s` seconds apart; each stands for the time up to the next."""

    step_s: int
    at: list[dt.datetime]
    lines: list[Line]


class Level(Struct, frozen=True):
    """A table of figures: the seconds that a row stands for, and how long it is kept."""

    table: str
    step: int
    kept: dt.timedelta


def levels_of(settings: Settings) -> list[Level]:
    """From the finest to the coarsest."""
    return [
        Level("samples", SAMPLE_S, dt.timedelta(hours=settings.keep_samples_hours)),
        Level("minutes", 60, dt.timedelta(days=settings.keep_minutes_days)),
        Level("hours", 3_600, dt.timedelta(days=settings.keep_hours_days)),
    ]


def metrics_of(context: Context) -> list[Metric]:
    """Every figure that was ever noted, by name."""
    with context.connection() as connection:
        return [Metric(name, unit_of(name)) for name in sorted(_places(connection))]


def read_range(
    context: Context, metrics: Sequence[str], name: str, points: int = MOST_POINTS, *, only_averages: bool = False
) -> Series:
    """Figures of the last hour, or another of `RANGES`, up to PostgreSQL's now; the rest as for `read_series`."""
    with context.connection() as connection:
        now = _now(connection)
        return _series(connection, context.settings, metrics, now - RANGES[name], now, points, only_averages)


def read_series(
    context: Context,
    metrics: Sequence[str],
    since: dt.datetime,
    until: dt.datetime,
    points: int = MOST_POINTS,
    *,
    only_averages: bool = False,
) -> Series:
    """Figures over a range of time.

    Args:
        context: PostgreSQL.
        metrics: their names; `*` in one stands for anything. What fits none is left out, and so is what is more than
            `MOST_LINES`.
        since: the beginning of the range.
        until: its end.
        points: values of each line at most.
        only_averages: takes a third of the time; the lines have no other figures then.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    with context.connection() as connection:
        return _series(connection, context.settings, metrics, since, until, points, only_averages)


def _series(
    connection: Connection,
    settings: Settings,
    metrics: Sequence[str],
    since: dt.datetime,
    until: dt.datetime,
    points: int,
    only_averages: bool,  # noqa: FBT001
) -> Series:
    places = _places(connection)
    names = matching(sorted(places), metrics)[:MOST_LINES]
    levels, step = choose(levels_of(settings), since, until, _now(connection), points)
    wanted = _Wanted([places[name] - 1 for name in names], only_averages)
    rows = _rows(connection, levels, wanted, since, until) if names else []
    at = moments(since.timestamp(), until.timestamp(), step)
    found = downsample(rows, at, step, _averages if only_averages else roll_up)
    lines = [_line(name, place, found, only_averages=only_averages) for place, name in enumerate(names)]
    return Series(step, [dt.datetime.fromtimestamp(moment, dt.UTC) for moment in at], lines)


def choose(
    levels: Sequence[Level], since: dt.datetime, until: dt.datetime, now: dt.datetime, points: int
) -> tuple[list[Level], int]:
    """What to read, and the seconds from point to point.

    Of the tables that reach back to the beginning the coarsest is read that is fine enough for the points; the finer
    ones follow it, for the time that is not rolled up yet.

    Args:
        levels: the tables from the finest to the coarsest.
        since: the beginning of the range.
        until: its end.
        now: the moment up to which they are kept.
        points: at most so many.
    """
    seconds = (until - since).total_seconds()
    # A range up to now is asked for a little later than it was reckoned.
    kept = [level for level in levels if now - since <= level.kept + dt.timedelta(minutes=1)] or list(levels[-1:])
    fine_enough = [level for level in kept if level.step <= seconds / points]
    first = fine_enough[-1] if fine_enough else kept[0]
    return list(levels[: levels.index(first) + 1])[::-1], step_for(seconds, max(1, points - 1), first.step)


def _places(connection: Connection) -> dict[str, int]:
    return dict(connection.execute(_sql.names).fetchall())


class _Wanted(Struct, frozen=True):
    """Which places of the arrays, and whether of the averages alone."""

    places: list[int]
    only_averages: bool

    def of(self, arrays: Sequence[Sequence[float | None]]) -> Rolled:
        """What a row has of them."""
        picked = [self._pick(array) for array in arrays]
        return sample(picked[0]) if len(picked) == 1 else Rolled(*picked)

    def _pick(self, array: Sequence[float | None]) -> list[float | None]:
        """Arrays of before are shorter, where figures have come since."""
        width = len(array)
        return [array[place] if place < width else None for place in self.places]


def _rows(
    connection: Connection, levels: Sequence[Level], wanted: _Wanted, since: dt.datetime, until: dt.datetime
) -> list[Row[Rolled]]:
    """Rows of the first table, and of each next one those of the time after its last."""
    rows: list[Row[Rolled]] = []
    begin = since.timestamp()
    for level in levels:
        statement = getattr(_sql, f"{'averages' if wanted.only_averages else 'rows'}_of_{level.table}")
        values = {"since": dt.datetime.fromtimestamp(begin, dt.UTC), "until": until}
        found = connection.execute(statement, values, binary=True).fetchall()
        rows += [Row(at.timestamp(), level.step, wanted.of(arrays)) for at, *arrays in found]
        begin = max(begin, rows[-1].at + rows[-1].span) if rows else begin
    return rows


def _averages(rows: Sequence[Rolled], spans: Sequence[float]) -> Rolled:
    return sample(averages([row.average for row in rows], spans))


def _line(name: str, place: int, found: Sequence[Rolled | None], *, only_averages: bool) -> Line:
    kinds = 1 if only_averages else len(Rolled._fields)
    return Line(
        name, unit_of(name), *([_shown(each[kind][place]) if each else None for each in found] for kind in range(kinds))
    )


def _shown(value: float | None) -> float | None:
    """Seven digits, as many as are kept."""
    return None if value is None else float(f"{value:.7g}")


def _now(connection: Connection) -> dt.datetime:
    [(now,)] = connection.execute(_sql.now).fetchall()
    found: dt.datetime = now
    return found
