"""`/label/ID`."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from functions.discover.records.label import label_page
from functions.runtime.stores.context import Context
from gateway.pages.records.record_page import AnyRequest, record_handlers, record_page


def _show(request: AnyRequest, context: Context, record: int) -> Response[Any] | None:
    label = label_page(context, record)
    if label is None:
        return None
    return record_page(
        request,
        "label",
        "records/label.html",
        record=record,
        name=label.name,
        changed=label.changed,
        label=label,
    )


ROUTES: Final = record_handlers("label", _show)
