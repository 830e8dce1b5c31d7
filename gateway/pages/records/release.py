"""`/release/ID`."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from functions.discover.records.names import in_words
from functions.discover.records.release import release_page
from functions.runtime.stores.context import Context
from gateway.answers.answers import answers_of
from gateway.pages.records.record_page import AnyRequest, record_handlers, record_page


def _show(request: AnyRequest, context: Context, record: int) -> Response[Any] | None:
    release = answers_of(request).call(release_page, context, record)
    if release is None:
        return None
    return record_page(
        request,
        "release",
        "records/release.html",
        record=record,
        name=release.title,
        changed=release.changed,
        by=in_words(release.artists),
        facts=[release.format, release.country, release.released],
        release=release,
    )


ROUTES: Final = record_handlers("release", _show)
