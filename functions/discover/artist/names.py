"""What artists without a document are called: as a release names them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import psycopg

from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "artist.sql")


def artists_on_releases(connection: psycopg.Connection[Any], ids: Collection[int]) -> dict[int, str]:
    """How a release names each of these artists; those that no listed release names are left out."""
    if not ids:
        return {}
    rows = connection.execute(_sql.named_on_releases, {"ids": list(ids)}).fetchall()
    return {number: name for number, name in rows if name}
