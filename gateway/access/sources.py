"""Which sources may be loaded over HTTP: who may operate may not thereby ask whatever the gateway's machine reaches."""

from __future__ import annotations

from urllib.parse import urlsplit

from functions.access.address import on_loopback, origin_of
from functions.runtime.errors import RefusedError
from functions.runtime.settings import Settings


def refuse_foreign_site(settings: Settings, source: str) -> None:
    """Off loopback, let no site be asked but the one of the settings: its answers would tell of inner networks.

    Raises:
        RefusedError: the source is another site.
    """
    if on_loopback(settings) or urlsplit(source.strip()).scheme.lower() not in {"http", "https"}:
        return
    if origin_of(source.strip()) != origin_of(settings.site_url):
        raise RefusedError(
            "Off loopback no site is loaded from here but that of LINERNOTES_SITE: "
            "name yours there, or use the command line."
        )
