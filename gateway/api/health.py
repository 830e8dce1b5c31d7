"""`/health`: is everything there that the product needs?"""

from __future__ import annotations

import asyncio
from typing import Final, Literal

import psycopg
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE
from msgspec import Struct

from functions.derivations.status import DerivationStatus, derivation_status
from functions.registry import FUNCTIONS
from functions.runtime.errors import StoreUnavailable
from functions.runtime.process.worker_reports import FunctionWorkers, worker_views, workers_of
from functions.runtime.settings import Settings
from functions.runtime.stores.context import ping_bucket, ping_graph, reach_postgres
from functions.runtime.telemetry.logs import redact, secrets_of
from gateway.connections import Connected, Connections
from gateway.errors import spec
from gateway.health_checks import Check, Pings

#: Seconds after which a dependency counts as not there.
LIMIT: Final = 3.0

_NOT_STORED: Final = {"Cache-Control": "no-store"}


class Status(Struct, frozen=True):
    """Whether the gateway is well, and nothing else: anybody may ask."""

    status: Literal["ok", "unavailable"]


class Health(Struct, frozen=True):
    """The state of the product, and what each dependency says.

    `functions` counts the workers of each, on all hosts: one that has nothing to do may have none.
    """

    status: Literal["ok", "degraded"]
    dependencies: dict[str, Check]
    functions: dict[str, FunctionWorkers]
    derivations: list[DerivationStatus]


def pings_of(connections: Connections) -> Pings:
    """The ping of each dependency."""
    context = connections.context
    return Pings(
        {
            "PostgreSQL": lambda: reach_postgres(context.settings),
            "graph": lambda: ping_graph(context),
            "broker": connections.sender.ping,
            "cache": connections.ping_cache,
            "bucket": lambda: ping_bucket(context),
        },
        LIMIT,
    )


@get("/health/live", opt={"right": "open"}, summary="Whether the gateway answers", tags=["Operation"])
async def live() -> Response[Status]:
    """Always 200: that it answers is all there is to say."""
    return Response(Status("ok"), headers=_NOT_STORED)


@get(
    "/health/ready",
    opt={"right": "open"},
    responses={HTTP_503_SERVICE_UNAVAILABLE: spec(Status, "What it needs does not answer")},
    summary="Whether the gateway can answer requests",
    tags=["Operation"],
)
async def ready(pings: NamedDependency[Pings]) -> Response[Status]:
    """Ping all that `/health` pings, save the cache, which may be away: 200 if all answer, else 503."""
    well = all(check.ok for name, check in (await pings.ask()).items() if name != "cache")
    return Response(
        Status("ok" if well else "unavailable"),
        status_code=HTTP_200_OK if well else HTTP_503_SERVICE_UNAVAILABLE,
        headers=_NOT_STORED,
    )


def _read(connections: Connections) -> tuple[dict[str, FunctionWorkers], list[DerivationStatus]]:
    """Workers and derivations; none while PostgreSQL does not answer, which its own check says."""
    try:
        context = connections.context
        return workers_of(FUNCTIONS, worker_views(context)), derivation_status(context)
    except (StoreUnavailable, psycopg.errors.UndefinedTable):
        return {}, []


@get(
    "/health",
    responses={HTTP_503_SERVICE_UNAVAILABLE: spec(Health, "A dependency does not answer")},
    summary="Whether each dependency answers",
    tags=["Operation"],
)
async def health(
    pings: NamedDependency[Pings], settings: NamedDependency[Settings], connections: Connected
) -> Response[Health]:
    """Ping PostgreSQL, the graph, the broker, the cache and the bucket: 200 if all answer, else 503."""
    secrets = secrets_of(settings)
    checks = {
        name: Check(ok=check.ok, latency_ms=check.latency_ms, says=str(redact(check.says, secrets)))
        for name, check in (await pings.ask()).items()
    }
    healthy = all(check.ok for check in checks.values())
    return Response(
        Health("ok" if healthy else "degraded", checks, *await asyncio.to_thread(_read, connections)),
        status_code=HTTP_200_OK if healthy else HTTP_503_SERVICE_UNAVAILABLE,
        headers=_NOT_STORED,
    )
