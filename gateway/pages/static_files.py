"""Static files with their digest in the address: our own, and libraries out of installed wheels.

Our own files share one digest, so that a module may import the one beside it by its plain name. Each file is compressed
once, beside the start of the gateway: all of them take 0.15 s of CPU.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final

from litestar import Litestar, Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter
from msgspec import Struct

_FOLDER: Final = Path(__file__).parent / "static"

#: Files of installed packages: the package, and the path in it. They are found, never imported.
_OF_PACKAGES: Final = {
    "plotly.min.js": ("plotly", "package_data/plotly.min.js"),
    "swagger-ui-bundle.js": ("swagger_ui", "static/swagger-ui-bundle.js"),
    "swagger-ui.css": ("swagger_ui", "static/swagger-ui.css"),
}

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
_FOREVER: Final = "public, max-age=31536000, immutable"
_LARGE: Final = 1_000_000


class StaticFile(Struct, frozen=True):
    """A file as it is sent: `packed` is it compressed by gzip, None where that gains nothing."""

    content: bytes
    packed: bytes | None
    media_type: str


def static_url(name: str) -> str:
    """The address of a static file, its digest in it.

    Raises:
        KeyError: there is no such file.
    """
    return f"/static/{_digests()[name]}/{name}"


def swagger_version() -> str:
    """The folder of Swagger UI in its wheel is named for its version."""
    return str(_package_file("swagger-ui-bundle.js").parent.name)


@cache
def _digests() -> Mapping[str, str]:
    """The digest in the address of each file."""
    own = sorted(path for path in _FOLDER.iterdir() if path.suffix in _TYPES)
    together = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in own)).hexdigest()[:12]
    digests = {path.name: together for path in own}
    for name in _OF_PACKAGES:
        found = _package_file(name)
        stat = f"{found}{found.stat().st_size}{found.stat().st_mtime_ns}"
        digests[name] = hashlib.sha256(stat.encode()).hexdigest()[:12]
    return digests


def _path_of(name: str) -> Path:
    return _package_file(name) if name in _OF_PACKAGES else _FOLDER / name


@cache
def _package_file(name: str) -> Path:
    package, path = _OF_PACKAGES[name]
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"The package {package}, which has {name}, is not installed.")
    return Path(spec.submodule_search_locations[0]) / path


_loading: Final = threading.Lock()


def load(name: str) -> StaticFile:
    """A file, compressed once in the life of the process."""
    with _loading:  # whoever asks for what is being compressed waits for it
        return _load(name)


@asynccontextmanager
async def compressed(_app: Litestar) -> AsyncIterator[None]:
    """Part of the gateway's lifespan: every file is compressed, in a thread that nobody waits for."""
    threading.Thread(target=_load_all, name="compress static files", daemon=True).start()
    yield


def _load_all() -> None:
    for name in _digests():
        load(name)


@cache
def _load(name: str) -> StaticFile:
    path = _path_of(name)
    content = path.read_bytes()
    packed = gzip.compress(content, 6 if len(content) > _LARGE else 9, mtime=0)
    return StaticFile(content, packed if len(packed) < len(content) else None, _TYPES[path.suffix])


Digest = Annotated[str, PathParameter(description="digest of the file")]
Name = Annotated[str, PathParameter(description="its name")]


@get("/static/{digest:str}/{name:str}", sync_to_thread=True, include_in_schema=False, opt={"right": "open"})
def static_file(request: Request[Any, Any, Any], digest: Digest, name: Name) -> Response[bytes]:
    """A file; one that is asked for by an old address is sent as it is now, and not kept."""
    known = _digests().get(name)
    if known is None:
        raise NotFoundException(f"There is no file {name[:100]!r}.")
    file = load(name)
    headers = {"Cache-Control": _FOREVER if digest == known else "no-cache", "Vary": "Accept-Encoding"}
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(file.content, media_type=file.media_type, headers=headers)


@get("/favicon.ico", sync_to_thread=True, include_in_schema=False, opt={"right": "open"})
def favicon() -> Response[bytes]:
    """The icon for who does not read the page's own link to it."""
    file = load("icon.svg")
    return Response(file.content, media_type=file.media_type, headers={"Cache-Control": "public, max-age=86400"})


@get("/robots.txt", include_in_schema=False, opt={"right": "open"}, media_type="text/plain")
async def robots() -> str:
    """Whoever wants to be found changes that in the proxy in front."""
    return "User-agent: *\nDisallow: /\n"


ROUTES: Final = [static_file, favicon, robots]
