"""What the page of every record has: its address, its head and foot, and what becomes of one that is not there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter
from msgspec import Struct

from functions.discover.addresses import record_address
from functions.discover.documents.read import Removed, read_document
from functions.discover.records.last_change import LastChange
from functions.discover.records.names import ENTITY_OF, Kind
from functions.runtime.stores.context import Context
from functions.search_entries.words import name_of
from gateway.connections import Connected
from gateway.pages.render import page
from gateway.pages.words import cut

AnyRequest = Request[Any, Any, Any]
#: Makes the page of a record; None where it is not there.
Show = Callable[[AnyRequest, Context, int], Response[Any] | None]

Id = Annotated[str, PathParameter(description="id at Discogs")]

_ID: Final = re.compile(r"[0-9]{1,19}")
#: Characters of a name that a page shows, and the title of a window; the document has the whole of it.
_LONGEST, _LONGEST_TITLE = 1_000, 200
_ORIGIN: Final = "https://www.discogs.com"


class Foot(Struct, frozen=True):
    """What a page ends with: the last change, and the addresses of the document and of the record at its origin."""

    changed: LastChange
    document_url: str
    origin_url: str


def record_handlers(kind: Kind, show: Show) -> list[HTTPRouteHandler]:
    """The handlers of all records of a kind; the id decides, and what follows it in the address is for people."""
    return [
        _handler(kind, show, path) for path in (f"/{kind}/{{record:str}}", f"/{kind}/{{record:str}}/{{readable:str}}")
    ]


def _handler(kind: Kind, show: Show, path: str) -> HTTPRouteHandler:
    @get(path, name=f"page of {path}", sync_to_thread=True, include_in_schema=False)
    def record_of_id(request: AnyRequest, connections: Connected, record: Id) -> Response[Any]:
        number = _number(request, record)
        shown = show(request, connections.context, number)
        return shown or _missing(request, connections.context, kind, number)

    return record_of_id


def record_page(
    request: AnyRequest,
    kind: Kind,
    template: str,
    *,
    record: int,
    name: str,
    changed: LastChange,
    by: str = "",
    facts: Sequence[Any] = (),
    **values: Any,
) -> Response[str]:
    """A page that extends `records/base_record.html`.

    Args:
        name: of the record, without the number that tells it from others of its name; it may be empty.
        by: for the window's title, as the artists of a release.
        facts: of the line below the name; what is empty is left out.
        values: what else the template shows.
    """
    shown = name or f"{kind} {record}"
    return page(
        request,
        template,
        title=cut(f"{by} – {shown}" if by else shown, _LONGEST_TITLE),
        kind=kind,
        record=record,
        name=cut(name, _LONGEST),
        facts=[fact for fact in facts if fact],
        canonical=record_address(kind, record, name),
        foot=Foot(changed, f"/api/{ENTITY_OF[kind]}/{record}", f"{_ORIGIN}/{kind}/{record}"),
        **values,
    )


def page_without_record(
    request: AnyRequest, context: Context, kind: Kind, record: int, name: str, ways: Mapping[str, str]
) -> Response[Any] | None:
    """Of an artist or a label that releases name, and that never had a record; None where it was removed.

    Args:
        name: as releases name it.
        ways: texts and addresses of what there is of it.
    """
    if read_document(context, ENTITY_OF[kind], record):
        return None
    shown = name_of(name)
    found = f"/search?{urlencode({'q': shown[:200], 'type': kind})}"
    return page(
        request,
        "records/on_releases.html",
        title=cut(shown, _LONGEST_TITLE),
        status=HTTPStatus.NOT_FOUND,
        kind=kind,
        record=record,
        name=cut(shown, _LONGEST),
        ways=[*ways.items(), (f"{kind.capitalize()}s of that name", found)],
    )


def _number(request: AnyRequest, text: str) -> int:
    number = int(text) if _ID.fullmatch(text) else -1
    if not 0 <= number < 2**63:
        raise NotFoundException(f"There is nothing at {request.url.path[:200]}: a record has a number in its address.")
    return number


def _missing(request: AnyRequest, context: Context, kind: Kind, record: int) -> Response[Any]:
    """The page of a removed record; of what never was, and of what is suppressed, there is none."""
    found = read_document(context, ENTITY_OF[kind], record)
    if not isinstance(found, Removed):
        raise NotFoundException(f"There is no {kind} {record}.")
    name = (name_of(found.name) if kind in ("artist", "label") else found.name) if found.name else ""
    shown = name or f"{kind} {record}"
    return page(
        request,
        "records/removed.html",
        title=cut(shown, _LONGEST_TITLE),
        status=HTTPStatus.GONE,
        kind=kind,
        name=cut(name, _LONGEST),
        removed=found,
        document_url=f"/api/{ENTITY_OF[kind]}/{record}",
    )
