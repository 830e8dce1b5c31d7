"""Whether the gateway of a stack answers: until it does, the address that `up` prints leads nowhere."""

from __future__ import annotations

import http.client
import time
from typing import Final

from functions.access.address import host_here
from functions.runtime.errors import StoreUnavailable
from functions.runtime.settings import Settings

#: Seconds in which it has to answer, also where processes come up that share two cores with it.
LIMIT_S: Final = 90.0

_TRY_S: Final = 5.0
_EVERY_S: Final = 0.1


def until_gateway_answers(settings: Settings, limit: float = LIMIT_S) -> None:
    """Wait for its first answer. Blocks.

    Raises:
        StoreUnavailable: there was none in time.
    """
    deadline = time.monotonic() + limit
    while not answers(settings):
        if time.monotonic() > deadline:
            raise StoreUnavailable(
                f"The stores are up, but the gateway has not answered within {limit:g} s: `linernotes logs gateway` "
                "says why. It is started again whenever it ends; `linernotes down` ends everything."
            )
        time.sleep(_EVERY_S)


def answers(settings: Settings) -> bool:
    """Whether it answers now, whatever it says of the stores."""
    connection = http.client.HTTPConnection(host_here(settings), settings.gateway_port, timeout=_TRY_S)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
