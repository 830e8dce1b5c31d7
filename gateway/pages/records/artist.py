"""`/artist/ID`."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from functions.discover.records.artist import artist_page
from functions.runtime.stores.context import Context
from gateway.pages.records.record_page import AnyRequest, record_handlers, record_page


def _show(request: AnyRequest, context: Context, record: int) -> Response[Any] | None:
    artist = artist_page(context, record)
    if artist is None:
        return None
    return record_page(
        request,
        "artist",
        "records/artist.html",
        record=record,
        name=artist.name,
        changed=artist.changed,
        facts=[f"real name {artist.real_name}" if artist.real_name else ""],
        artist=artist,
    )


ROUTES: Final = record_handlers("artist", _show)
