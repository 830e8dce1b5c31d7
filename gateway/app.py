"""The gateway's application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.enums import MediaType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from functions.runtime.settings import Settings
from gateway.access.admission import admit, with_access
from gateway.access.live_places import LivePlaces
from gateway.api import (
    access,
    actions,
    changes,
    counts,
    documents,
    events,
    health,
    lists,
    metrics,
    metrics_history,
    operations,
    runs,
    workers,
)
from gateway.connections import Connections, open_connections, refuse_bad_addresses
from gateway.errors import HANDLERS
from gateway.health_checks import Pings
from gateway.live.event_streams import EventStreams, fed
from gateway.pages import chart_routes, home, sign_in
from gateway.security_headers import guarded

_ROUTES: Final = [
    home.home_page,
    health.health,
    health.live,
    health.ready,
    health.of_function,
    *operations.ROUTES,
    metrics.metrics,
    runs.runs,
    runs.run,
    workers.workers,
    changes.changes,
    counts.counts,
    *documents.DOCUMENT_HANDLERS,
    *access.ROUTES,
    *sign_in.ROUTES,
    *metrics_history.ROUTES,
    *chart_routes.ROUTES,
    *lists.ROUTES,
    *events.ROUTES,
    *actions.ROUTES,
]


def create_app(settings: Settings) -> Litestar:
    """The application, its connections opened when it starts and closed when it ends. Stores may be down.

    Raises:
        SettingError: an address of a store or of the broker is missing, or is none.
    """
    refuse_bad_addresses(settings)
    app = Litestar(
        route_handlers=_ROUTES,
        dependencies={name: Provide(provide, sync_to_thread=False) for name, provide in _PROVIDED.items()},
        exception_handlers=HANDLERS,
        guards=[admit],
        lifespan=[_connected, with_access, fed],
        middleware=[LivePlaces(settings)],
        logging_config=None,
        openapi_config=_openapi(),
        request_max_body_size=settings.max_body,
        state=State({"settings": settings, "event_streams": EventStreams(settings)}),
        debug=False,
    )
    app.asgi_handler = guarded(app.asgi_handler)  # middleware is not asked where there is no route
    return app


@asynccontextmanager
async def _connected(app: Litestar) -> AsyncIterator[None]:
    with open_connections(app.state.settings) as connections:
        app.state.connections = connections
        app.state.pings = health.pings_of(connections)
        yield


def _settings(state: State) -> Settings:
    settings: Settings = state.settings
    return settings


def _connections(state: State) -> Connections:
    connections: Connections = state.connections
    return connections


def _pings(state: State) -> Pings:
    pings: Pings = state.pings
    return pings


def _event_streams(state: State) -> EventStreams:
    streams: EventStreams = state.event_streams
    return streams


_PROVIDED: Final = {
    "settings": _settings,
    "connections": _connections,
    "pings": _pings,
    "event_streams": _event_streams,
}


def _openapi() -> OpenAPIConfig:
    """Only the document itself, at `/schema`: the pages that would show it are fetched from elsewhere."""
    return OpenAPIConfig(
        title="linernotes",
        version=version("linernotes"),
        description="Discogs dumps as documents and a graph.",
        path="/schema",
        render_plugins=[JsonRenderPlugin(path="/openapi.json", media_type=MediaType.JSON)],
    )
