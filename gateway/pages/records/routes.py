"""All pages of records."""

from __future__ import annotations

from typing import Final

from gateway.pages.records import artist, label, master, release

ROUTES: Final = [*artist.ROUTES, *label.ROUTES, *master.ROUTES, *release.ROUTES]
