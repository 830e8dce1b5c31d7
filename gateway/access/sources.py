"""Which sources may be loaded over HTTP: who may operate may not thereby ask whatever the gateway's machine reaches."""

from __future__ import annotations

from functions.access.address import on_loopback, origin_of
from functions.runtime.addresses import scheme_of
from functions.runtime.errors import RefusedError
from functions.runtime.settings import Settings


def refuse_foreign_site(settings: Settings, source: str) -> None:
    """Off loopback, let no site be asked but the one of the settings: its answers would tell of inner networks.

    Raises:
        RefusedError: the source is another site.
    """
    address = source.strip()
    if not on_loopback(settings) and scheme_of(address) in {"http", "https"} and not _is_ours(settings, address):
        raise RefusedError(
            "Off loopback no site is loaded from here but that of LINERNOTES_SITE: "
            "name yours there, or use the command line."
        )


def _is_ours(settings: Settings, address: str) -> bool:
    try:
        return origin_of(address) == origin_of(settings.site_url)
    except ValueError:  # its host cannot be read
        return False
