"""`/health`: is all well that the product needs, and if not, why?"""

from __future__ import annotations

import asyncio
from typing import Annotated, Final, Literal

import psycopg
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter
from litestar.status_codes import HTTP_200_OK, HTTP_404_NOT_FOUND, HTTP_503_SERVICE_UNAVAILABLE
from msgspec import Struct

from functions.derivations.status import DerivationStatus, derivation_status
from functions.operations.function_health import FunctionHealth, function_health
from functions.operations.health import HealthCheck, read_health
from functions.registry import FUNCTIONS
from functions.runtime.errors import StoreUnavailable
from functions.runtime.process.worker_reports import FunctionWorkers, worker_views, workers_of
from functions.runtime.settings import Settings
from functions.runtime.stores.context import ping_bucket, ping_graph, reach_postgres
from functions.runtime.telemetry.logs import redact, secrets_of
from gateway.connections import Connected, Connections
from gateway.errors import ANY_PROBLEMS, PROBLEMS, Problem, spec
from gateway.health_checks import Check, Pings

#: Seconds after which a dependency counts as not there.
LIMIT: Final = 3.0

_NOT_STORED: Final = {"Cache-Control": "no-store"}

Name = Annotated[str, PathParameter(description="name of the function, as in load-table", max_length=60)]


class Status(Struct, frozen=True):
    """Whether the gateway is well, and nothing else: anybody may ask."""

    status: Literal["ok", "unavailable"]


class Health(Struct, frozen=True):
    """The state of the product: `why` has a sentence for each thing that is needed and is not well.

    `dependencies` says whether each answers, `checks` what else was looked at; while PostgreSQL is away there are none.
    `functions` counts the workers of each, on all hosts: one that has nothing to do may have none.
    """

    status: Literal["ok", "degraded"]
    why: list[str]
    dependencies: dict[str, Check]
    checks: list[HealthCheck]
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


@get(
    "/health/live",
    opt={"right": "open"},
    responses=ANY_PROBLEMS,
    summary="Whether the gateway answers",
    tags=["Operation"],
)
async def live() -> Response[Status]:
    """Always 200: that it answers is all there is to say."""
    return Response(Status("ok"), headers=_NOT_STORED)


@get(
    "/health/ready",
    opt={"right": "open"},
    responses={**ANY_PROBLEMS, HTTP_503_SERVICE_UNAVAILABLE: spec(Status, "What it needs does not answer")},
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
    opt={"right": "read"},
    responses={**PROBLEMS, HTTP_503_SERVICE_UNAVAILABLE: spec(Health, "Something that is needed is not well")},
    summary="Whether all is well, and why not",
    tags=["Operation"],
)
async def health(
    pings: NamedDependency[Pings], settings: NamedDependency[Settings], connections: Connected
) -> Response[Health]:
    """Ping every dependency, and look at schedules, runs, workers, queues and disk: 200 if all is well, else 503."""
    secrets = secrets_of(settings)
    dependencies = {
        name: Check(ok=check.ok, latency_ms=check.latency_ms, says=str(redact(check.says, secrets)))
        for name, check in (await pings.ask()).items()
    }
    checks = await asyncio.to_thread(read_health, connections.context)
    why = [check.says for check in dependencies.values() if not check.ok]
    why += [check.says for check in checks if check.level == "bad"]
    workers, derivations = await asyncio.to_thread(_read, connections)
    return Response(
        Health("degraded" if why else "ok", why, dependencies, checks, workers, derivations),
        status_code=HTTP_503_SERVICE_UNAVAILABLE if why else HTTP_200_OK,
        headers=_NOT_STORED,
    )


@get(
    "/health/{function:str}",
    sync_to_thread=True,
    opt={"right": "read"},
    responses={
        **PROBLEMS,
        HTTP_404_NOT_FOUND: spec(Problem, "There is no such function"),
        HTTP_503_SERVICE_UNAVAILABLE: spec(FunctionHealth, "Its work does not get on"),
    },
    summary="Whether the work of one function gets on",
    tags=["Operation"],
)
def of_function(connections: Connected, function: Name) -> Response[FunctionHealth]:
    """Its workers, its queues, when it last got something done, and in a sentence what is wrong, with 503."""
    if function not in FUNCTIONS.names:
        raise NotFoundException(f"There is no function {function[:60]}: there are {', '.join(FUNCTIONS.names)}.")
    found = function_health(connections.context, function)
    return Response(
        found,
        status_code=HTTP_200_OK if found.status == "ok" else HTTP_503_SERVICE_UNAVAILABLE,
        headers=_NOT_STORED,
    )


ROUTES: Final = [health, live, ready, of_function]
