"""`/health`: is everything there that the product needs?"""

from __future__ import annotations

from typing import Final, Literal

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE
from msgspec import Struct

from functions.runtime.settings import Settings
from functions.runtime.stores.context import ping_bucket, ping_graph, reach_postgres
from functions.runtime.telemetry.logs import redact, secrets_of
from gateway.connections import Connections
from gateway.errors import spec
from gateway.health_checks import Check, Pings

#: Seconds after which a dependency counts as not there.
LIMIT: Final = 3.0


class Health(Struct, frozen=True):
    """The state of the product, and what each dependency says."""

    status: Literal["ok", "degraded"]
    dependencies: dict[str, Check]


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
    "/health",
    responses={HTTP_503_SERVICE_UNAVAILABLE: spec(Health, "A dependency does not answer")},
    summary="Whether each dependency answers",
    tags=["Operation"],
)
async def health(pings: NamedDependency[Pings], settings: NamedDependency[Settings]) -> Response[Health]:
    """Ping PostgreSQL, the graph, the broker, the cache and the bucket: 200 if all answer, else 503."""
    secrets = secrets_of(settings)
    checks = {
        name: Check(ok=check.ok, latency_ms=check.latency_ms, says=str(redact(check.says, secrets)))
        for name, check in (await pings.ask()).items()
    }
    healthy = all(check.ok for check in checks.values())
    return Response(
        Health("ok" if healthy else "degraded", checks),
        status_code=HTTP_200_OK if healthy else HTTP_503_SERVICE_UNAVAILABLE,
        headers={"Cache-Control": "no-store"},
    )
