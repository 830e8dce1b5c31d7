"""The start page: what there is, without a request to anywhere else."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path
from string import Template
from typing import Final

import psycopg
from litestar import MediaType, Response, get

from functions.discover.documents.read import FirstDocument, first_documents
from functions.runtime.entities import SINGULAR
from functions.runtime.errors import LinernotesError
from functions.runtime.stores.context import Context
from gateway.connections import Connected
from gateway.security_headers import HEADERS

_FOLDER: Final = Path(__file__).parent
_PAGE: Final = Template((_FOLDER / "home.html").read_text(encoding="utf-8"))
_STYLE: Final = (_FOLDER / "home.css").read_text(encoding="utf-8")
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = f"{HEADERS['Content-Security-Policy']}; style-src 'sha256-{_STYLE_HASH}'"


@get("/", sync_to_thread=True, include_in_schema=False)
def home_page(connections: Connected) -> Response[str]:
    """What there is, with a document of each entity to begin with."""
    page = _PAGE.substitute(style=_STYLE, documents=_documents(connections.context))
    return Response(page, media_type=MediaType.HTML, headers={"Content-Security-Policy": _POLICY})


def _documents(context: Context) -> str:
    try:
        found = first_documents(context)
    except (LinernotesError, psycopg.errors.UndefinedTable):
        return "<li>PostgreSQL does not answer now.</li>"
    return "\n".join(map(_item, found)) or "<li>None yet: <code>linernotes load</code> brings them.</li>"


def _item(document: FirstDocument) -> str:
    path = f"/api/{document.entity}/{document.id}"
    name = escape(document.name or "without a name")
    return f'<li><a href="{path}">{path}</a> – the {SINGULAR[document.entity]} {name}</li>'
