"""Which sites may be loaded from over HTTP."""

from __future__ import annotations

import pytest

from functions.runtime.errors import RefusedError
from functions.runtime.settings import Settings
from gateway.access.sources import refuse_foreign_site

EVERYWHERE = Settings(home="/", gateway_host="0.0.0.0", site_url="https://dumps.example/x/")  # noqa: S104


@pytest.mark.parametrize(
    "source",
    ["http://169.254.169.254/", " HTTP://10.0.0.1:9200", "https://dumps.example:8443/", "http://dumps.example/"],
)
def test_off_loopback_no_other_site_is_asked(source: str) -> None:
    with pytest.raises(RefusedError, match="LINERNOTES_SITE"):
        refuse_foreign_site(EVERYWHERE, source)
    refuse_foreign_site(Settings(home="/"), source)


@pytest.mark.parametrize("source", ["discogs", "https://Dumps.example/other", "s3://bucket/prefix", "/mnt/dumps"])
def test_its_own_site_folders_and_s3_are(source: str) -> None:
    refuse_foreign_site(EVERYWHERE, source)
