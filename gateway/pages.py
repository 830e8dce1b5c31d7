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

from functions.runtime.context import Context
from functions.runtime.entities import SINGULAR, Entity
from functions.runtime.errors import LinernotesError
from functions.runtime.statements import statements
from gateway.connections import Connected
from gateway.guard import HEADERS

_sql = statements(__file__, "documents.sql")
_FOLDER: Final = Path(__file__).parent
_PAGE: Final = Template((_FOLDER / "start.html").read_text(encoding="utf-8"))
_STYLE: Final = (_FOLDER / "start.css").read_text(encoding="utf-8")
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = f"{HEADERS['Content-Security-Policy']}; style-src 'sha256-{_STYLE_HASH}'"


@get("/", sync_to_thread=True, include_in_schema=False)
def start_page(connections: Connected) -> Response[str]:
    """What there is, with a document of each entity to begin with."""
    page = _PAGE.substitute(style=_STYLE, documents=_documents(connections.context))
    return Response(page, media_type=MediaType.HTML, headers={"Content-Security-Policy": _POLICY})


def _documents(context: Context) -> str:
    try:
        with context.connection() as connection:
            rows = connection.execute(_sql.first_ones).fetchall()
    except (LinernotesError, psycopg.errors.UndefinedTable):
        return "<li>PostgreSQL does not answer now.</li>"
    return "\n".join(_document(*row) for row in rows) or "<li>None yet: <code>linernotes load</code> brings them.</li>"


def _document(entity: Entity, record: int, name: str | None) -> str:
    path = f"/api/{entity}/{record}"
    return f'<li><a href="{path}">{path}</a> – the {SINGULAR[entity]} {escape(name or "without a name")}</li>'
