"""The gateway's application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any, Final

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.enums import MediaType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import Scope

from functions.runtime.settings import Settings
from gateway.access.admission import acts, admitted, with_access
from gateway.access.live_places import LivePlaces
from gateway.answers.layer import answered, from_cache
from gateway.api import (
    access,
    actions,
    changes,
    counts,
    credit_questions,
    documents,
    events,
    health,
    label_releases,
    lists,
    lookup,
    metrics,
    metrics_history,
    operations,
    profiles,
    records,
    runs,
    search,
    workers,
)
from gateway.connections import Connections, open_connections, refuse_bad_addresses
from gateway.errors import HANDLERS
from gateway.health_checks import Pings
from gateway.live import operations_socket
from gateway.live.event_streams import EventStreams, fed
from gateway.live.hub import Hub
from gateway.live.shared_snapshot import shared_snapshot
from gateway.live.watching import watched
from gateway.nul_characters import refuse_nul
from gateway.pages import (
    about,
    change_pages,
    chart_routes,
    credits_page,
    event_lists,
    home,
    look_up,
    operation_actions,
    operation_lists,
    operation_pages,
    operation_said,
    profile_pages,
    search_page,
    sign_in,
    static_files,
)
from gateway.pages.about import SchemaPage
from gateway.pages.data_notice import tell_license
from gateway.pages.records import routes as record_pages
from gateway.pages.render import error_page
from gateway.request_guard import guarded
from gateway.socket_refusals import explained

_ROUTES: Final = [
    *home.ROUTES,
    *about.ROUTES,
    *look_up.ROUTES,
    *search_page.ROUTES,
    *credits_page.ROUTES,
    *record_pages.ROUTES,
    *profile_pages.ROUTES,
    *change_pages.ROUTES,
    *operation_pages.ROUTES,
    *operation_lists.ROUTES,
    *event_lists.ROUTES,
    *operation_actions.ROUTES,
    *operation_said.ROUTES,
    *static_files.ROUTES,
    *health.ROUTES,
    *operations.ROUTES,
    *metrics.ROUTES,
    *runs.ROUTES,
    *workers.ROUTES,
    *changes.ROUTES,
    *counts.ROUTES,
    *documents.ROUTES,
    *records.ROUTES,
    *lookup.ROUTES,
    *credit_questions.ROUTES,
    *search.ROUTES,
    *profiles.ROUTES,
    *label_releases.ROUTES,
    *operations_socket.ROUTES,
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
        before_request=refuse_nul,
        before_send=[tell_license],
        lifespan=[static_files.compressed, _connected, with_access, fed, watched],
        middleware=[LivePlaces(settings), answered, admitted, from_cache],
        logging_config=None,
        openapi_config=_openapi(),
        request_max_body_size=settings.max_body,
        state=State({"settings": settings, "event_streams": EventStreams(settings), "error_page": error_page}),
        debug=False,
    )
    told = explained(app.asgi_handler, lambda scope: app.state.access.may_be_told(scope))
    app.asgi_handler = guarded(told)  # middleware is not asked where there is no route
    return app


@asynccontextmanager
async def _connected(app: Litestar) -> AsyncIterator[None]:
    with open_connections(app.state.settings) as connections:
        app.state.connections = connections
        app.state.answers = connections.answers
        app.state.loop = asyncio.get_running_loop()
        app.state.pings = health.pings_of(connections)
        app.state.snapshots = snapshots = shared_snapshot(connections)
        app.state.read_live = operation_pages.reader_of(snapshots)
        app.state.documents = documents.documents_of(connections.context)
        try:
            yield
        finally:
            app.state.documents.close()


def _settings(state: State) -> Settings:
    settings: Settings = state.settings
    return settings


def _connections(state: State, scope: Scope) -> Connections:
    """Those of a handler that reads, or of one that says that it acts."""
    connections: Connections = state.connections
    return connections.to_act() if acts(scope) else connections


def _pings(state: State) -> Pings:
    pings: Pings = state.pings
    return pings


def _event_streams(state: State) -> EventStreams:
    streams: EventStreams = state.event_streams
    return streams


def _hub(state: State) -> Hub:
    hub: Hub = state.hub
    return hub


_PROVIDED: Final[dict[str, Callable[..., Any]]] = {
    "settings": _settings,
    "connections": _connections,
    "pings": _pings,
    "event_streams": _event_streams,
    "hub": _hub,
}


def _openapi() -> OpenAPIConfig:
    """The document, and a page of it whose parts come from here."""
    return OpenAPIConfig(
        title="linernotes",
        version=version("linernotes"),
        description="Discogs dumps as documents and a graph. Every error is a problem as of RFC 9457. Two belong to no "
        "operation: 404 for an address that is none, and 405 for a method that a path does not have.",
        path="/schema",
        render_plugins=[SchemaPage(), JsonRenderPlugin(path="/openapi.json", media_type=MediaType.JSON)],
    )
