"""What a browser may load and do for an answer: nothing for data, our own files for a page."""

from __future__ import annotations

from typing import Final

DATA_POLICY: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

#: A page may load its own files, and open sockets of its own host.
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: Plotly sets `style` attributes and makes images of its charts.
CHART_POLICY: Final = PAGE_POLICY.replace("img-src 'self' data:", "img-src 'self' data: blob:") + (
    "; style-src-attr 'unsafe-inline'"
)
