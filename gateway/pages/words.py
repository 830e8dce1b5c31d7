"""Numbers, sizes, times and names as people read them."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from markupsafe import Markup, escape

from functions.discover.records.words import web_address
from functions.operations.plurals import plural

_SIZES: Final = ("B", "kB", "MB", "GB", "TB")
_MONTH: Final = re.compile(r"\b(20\d\d-\d\d)\b")
_BETWEEN: Final = re.compile(r"[\W_]+")
_SPANS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def number(value: float | None) -> str:
    """With separators of thousands, below 1 as many places as say something; a dash for what is not known."""
    if value is None:
        return "–"
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return _part(value) if 0 < abs(value) < 1 else f"{value:,.1f}"


def _part(value: float) -> str:
    """Less than one: two digits that count, but no more than six places."""
    places = min(6, 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{places}f}".rstrip("0").rstrip(".")


def size(value: float | None) -> str:
    """Bytes in the unit that fits, by thousands."""
    if value is None:
        return "–"
    rest = float(value)
    for unit in _SIZES:
        if abs(rest) < 1000 or unit == _SIZES[-1]:
            return f"{rest:.0f} {unit}" if rest >= 100 or unit == "B" else f"{rest:.1f} {unit}"
        rest /= 1000
    raise AssertionError("the last unit takes everything")


def percent(value: float | None) -> str:
    """A share as a percentage: no decimals, never 100 before it is all."""
    if value is None:
        return "–"
    return f"{min(int(value * 100), 99) if value < 1 else 100} %"


def counted(value: float | None, counts: str) -> str:
    """A figure by what it counts: `bytes`, `shares` of 1, or things."""
    return {"bytes": size, "shares": percent}.get(counts, number)(value)


def span(seconds: float | None) -> str:
    """A length of time in its two largest units, as in `1 hour 5 minutes`."""
    if seconds is None:
        return "–"
    rest, said = max(0, round(seconds)), []
    for unit, name in _SPANS:
        count, rest = divmod(rest, unit)
        if count:
            said.append(f"{count} {name}{'s' * (count != 1)}")
        if said and (len(said) == 2 or not count):
            break
    return " ".join(said) or "0 seconds"


def clock(seconds: float | None) -> str:
    """A length of time as `1:05:00` or `0:32`."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def date(value: str | dt.date | None) -> str:
    """A day in full: `1 April 2026`, also from `20260401`."""
    if value is None:
        return "–"
    day = dt.datetime.strptime(value, "%Y%m%d").replace(tzinfo=dt.UTC) if isinstance(value, str) else value
    return f"{day.day} {day:%B %Y}"


def month(value: str | dt.date | None) -> str:
    """The month of a dump: `2026-04`, also from `20260401`."""
    if value is None:
        return "–"
    return f"{value[:4]}-{value[4:6]}" if isinstance(value, str) else f"{value:%Y-%m}"


def whole_months(text: str) -> Markup:
    """A sentence in which no month, as in 2026-11, is broken at the end of a line."""
    return Markup(_MONTH.sub(r'<span class="whole">\1</span>', str(escape(text))))  # noqa: S704  it is escaped


def rfc3339(value: dt.datetime) -> str:
    """A moment as feeds have it, in UTC."""
    return f"{value.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def moment(value: dt.datetime | None) -> Markup:
    """A moment for people: exact and in full here, and made relative by the page's script."""
    if value is None:
        return Markup("–")
    told = value.astimezone(dt.UTC)
    return Markup('<time datetime="{}" data-relative title="{} UTC">{}</time>').format(
        told.isoformat(timespec="seconds"), f"{told:%Y-%m-%d %H:%M:%S}", f"{told.day} {told:%b %Y %H:%M} UTC"
    )


def cut(text: str, most: int) -> str:
    """A text, or its first characters and three dots."""
    return text if len(text) <= most else f"{text[:most]}…"


def address_words(url: str) -> str:
    """An address without what is the same in all: `https://www.` and a slash at its end."""
    return re.sub(r"\Ahttps?://(www\.)?", "", url).rstrip("/") or url


def words_of_path(path: str) -> str:
    """The words of an address of ours, for a search: `/artist/45/aphex-twin` is about `aphex twin`."""
    pieces = [piece for piece in path.split("/") if piece]
    told = pieces[2:] if len(pieces) > 2 else pieces[-1:]
    return " ".join(_BETWEEN.sub(" ", piece) for piece in told).strip()[:200]


def event_detail(detail: Mapping[str, Any]) -> str:
    """An event's detail in a line."""
    shown = {name: value for name, value in detail.items() if value not in (None, "", [], {})}
    return " · ".join(f"{name}: {_flat(value)}" for name, value in shown.items())


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "number": number,
    "bytes": size,
    "percent": percent,
    "counted": counted,
    "span": span,
    "clock": clock,
    "date": date,
    "month": month,
    "moment": moment,
    "rfc3339": rfc3339,
    "whole_months": whole_months,
    "address_words": address_words,
    "words_of_path": words_of_path,
    "plural": plural,
    "event_detail": event_detail,
}

TESTS: Final[dict[str, Callable[..., bool]]] = {"web_address": lambda text: web_address(text) is not None}
