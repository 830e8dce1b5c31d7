"""`/label/ID`: what is around a label, what its releases are like, and the releases, also as CSV and NDJSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response
from litestar.exceptions import ValidationException

from functions.discover.addresses import named_address, record_address
from functions.discover.artist.discography import parse_years
from functions.discover.label.page import Asked, LabelPage, label_page
from functions.discover.label.releases import SORTS, LabelRelease, Wanted
from functions.discover.profiles.read import NamedCount, RecordCount
from functions.discover.records.names import in_words
from functions.discover.release_links.names import label_names
from functions.runtime.errors import RefusedError
from functions.runtime.stores.context import Context
from gateway.answers.answers import answers_of
from gateway.csv_answers import csv_answer
from gateway.ndjson_answers import lines_answer
from gateway.pages.list_page import plain_cell
from gateway.pages.records.record_page import AnyRequest, page_without_record, record_handlers, record_page
from gateway.pages.year_chart import year_chart

#: Releases of a page.
_ROWS: Final = 50
_FILTERS: Final = ("years", "format", "genre", "style", "role")
_COLUMNS: Final = (("Year", "year"), ("Title", "title"), ("Catalogue number", "catno"), ("Country", ""), ("Format", ""))
_HEADINGS: Final = ("release", "title", "artists", "year", "released", "country", "catalogue numbers", "format")


def _show(request: AnyRequest, context: Context, record: int) -> Response[Any] | None:
    given = {name: value for name, value in request.query_params.items() if value}
    try:
        asked = _asked(given)
        label = answers_of(request).call(label_page, context, record, asked)
    except RefusedError as error:
        raise ValidationException(str(error)) from error
    if label is None:
        return _without_record(request, context, record)
    download = given.get("download")
    if download == "csv":
        return csv_answer(f"releases-of-label-{record}", _headings(asked), map(_row, label.releases.releases))
    if download == "ndjson":
        return lines_answer(f"releases-of-label-{record}", label.releases.releases)
    if download == "figures":
        return csv_answer(f"figures-of-label-{record}", ("list", "name", "releases"), _figures(label))
    return _page(request, label, asked, given)


def _without_record(request: AnyRequest, context: Context, record: int) -> Response[Any] | None:
    """Of a label that releases name, and that never had a record: under which name, and where they are."""
    with context.connection() as connection:
        name = label_names(connection, [record]).get(record)
    ways = {"Its releases": f"/search?label={record}"}
    return page_without_record(request, context, "label", record, name, ways) if name else None


def _asked(given: Mapping[str, str]) -> Asked:
    sort = given.get("sort", "year")
    if sort not in SORTS:
        raise RefusedError(f"{sort[:40]!r} is no column to sort by: there are {', '.join(SORTS)}.")
    return Asked(
        kind="company" if given.get("as") == "company" else "label",
        wanted=Wanted(
            parse_years(given.get("years")),
            given.get("format"),
            given.get("genre"),
            given.get("style"),
            given.get("role"),
        ),
        sort=sort,
        descending=given.get("order") == "desc",
        cursor=given.get("cursor"),
        limit=_ROWS,
    )


def _page(request: AnyRequest, label: LabelPage, asked: Asked, given: Mapping[str, str]) -> Response[Any]:
    path = record_address("label", label.id, label.name)
    kept = {name: given[name] for name in ("as", *_FILTERS) if name in given}
    order = {name: given[name] for name in ("sort", "order") if name in given}
    here = {**kept, **order, **({"cursor": given["cursor"]} if "cursor" in given else {})}
    return record_page(
        request,
        "label",
        "records/label.html",
        record=label.id,
        name=label.name,
        changed=label.changed,
        label=label,
        asked=asked,
        chart=year_chart({one.year: one.releases for one in label.figures.years}),
        columns=_columns(path, label, asked, kept),
        kept=kept,
        here=path,
        filters={name: given.get(name, "") for name in _FILTERS},
        is_narrowed=any(name in kept for name in _FILTERS),
        with_url=lambda **other: _url(path, {**kept, **other}),
        next_url=_url(path, {**kept, **order, "cursor": label.releases.next}) if label.releases.next else "",
        first_url=_url(path, {**kept, **order}) if "cursor" in given else "",
        csv_url=_url(path, {**here, "download": "csv"}, anchor=""),
        lines_url=_url(path, {**here, "download": "ndjson"}, anchor=""),
        json_url=_url(f"/api/labels/{label.id}/releases", {**here, "limit": str(_ROWS)}, anchor=""),
        figures_url=_url(path, {"download": "figures"}, anchor=""),
        address=named_address,
        record_url=_record_url,
        name_url=_name_url,
    )


def _columns(path: str, label: LabelPage, asked: Asked, kept: Mapping[str, str]) -> list[dict[str, str]]:
    """The headings of the list; of a large label it is sorted by year alone."""
    columns = []
    for name, sort in _COLUMNS:
        is_sorted = asked.sort == sort
        can_sort = bool(sort) and (sort == "year" or not label.releases.is_hub)
        turned = {"sort": sort, "order": "desc" if is_sorted and not asked.descending else ""}
        shown = "Did" if sort == "catno" and asked.kind == "company" else name
        columns.append(
            {
                "label": shown,
                "url": _url(path, {**kept, **turned}) if can_sort else "",
                "sorted": ("descending" if asked.descending else "ascending") if is_sorted and can_sort else "",
            }
        )
    return columns


def _headings(asked: Asked) -> tuple[str, ...]:
    return tuple("did" if one == "catalogue numbers" and asked.kind == "company" else one for one in _HEADINGS)


def _row(one: LabelRelease) -> list[Any]:
    texts = " / ".join(one.texts)
    cells = (one.id, one.title, in_words(one.artists), one.year, one.released, one.country, texts, one.format)
    return [plain_cell(cell) for cell in cells]


def _figures(label: LabelPage) -> list[tuple[str, Any, int | None]]:
    """Every list; of what a large company did only the names are known."""
    figures = label.figures
    rows: list[tuple[str, Any, int | None]] = [("years", one.year, one.releases) for one in figures.years]
    for name in ("countries", "genres", "styles", "formats", "artists"):
        rows += [(name, plain_cell(one.name), one.releases) for one in getattr(figures, name)]
    company = [
        ("company", plain_cell(one.name), None if figures.is_sampled else one.releases) for one in figures.company
    ]
    return [*rows, *company]


def _record_url(kind: str, one: RecordCount) -> str:
    return record_address(kind, one.id, one.name)


def _name_url(kind: Any, one: NamedCount) -> str:
    return named_address(kind, one.name)


def _url(path: str, values: Mapping[str, str | None], anchor: str = "#releases") -> str:
    query = urlencode({name: value for name, value in values.items() if value})
    return (f"{path}?{query}" if query else path) + anchor


ROUTES: Final = record_handlers("label", _show)
