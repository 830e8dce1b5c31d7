"""Errors as JSON: a sentence and the status."""

from __future__ import annotations

from typing import Any, Final

import psycopg
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.status_codes import (
    HTTP_400_BAD_REQUEST,
    HTTP_409_CONFLICT,
    HTTP_500_INTERNAL_SERVER_ERROR,
    HTTP_503_SERVICE_UNAVAILABLE,
)
from litestar.types import ExceptionHandlersMap
from msgspec import Struct

from functions.runtime.errors import LinernotesError, RefusedError, TransientError
from functions.runtime.telemetry.logs import redact, secrets_of

AnyRequest = Request[Any, Any, Any]

_RETRY_AFTER: Final = {"Retry-After": "5"}

log = structlog.get_logger(__name__)


class Problem(Struct, frozen=True):
    """Why a request was not answered as asked; `error` is a sentence."""

    error: str
    status: int


def spec(kind: type[Struct] | None, description: str) -> ResponseSpec:
    """How an answer is described in the OpenAPI document."""
    return ResponseSpec(kind, description=description, generate_examples=False)


#: What may become of any request for data.
PROBLEMS: Final = {
    HTTP_400_BAD_REQUEST: spec(Problem, "What was asked for cannot be read"),
    HTTP_503_SERVICE_UNAVAILABLE: spec(Problem, "A store does not answer now"),
}


def _http(request: AnyRequest, error: HTTPException) -> Response[Problem]:
    return _response(error.status_code, _sentence(request, error), error.headers)


def _sentence(request: AnyRequest, error: HTTPException) -> str:
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        return " ".join(f"{one.get('key')}: {one.get('message')}." for one in error.extra if isinstance(one, dict))
    if isinstance(error, NotFoundException) and error.detail == "Not Found":
        return f"There is nothing at {request.url.path[:200]}: / shows what there is."
    if isinstance(error, MethodNotAllowedException):
        return f"{request.method} is not possible at {request.url.path[:200]}."
    return error.detail


def _ours(request: AnyRequest, error: LinernotesError) -> Response[Problem]:
    sentence = str(redact(str(error), secrets_of(request.app.state.settings)))
    if isinstance(error, TransientError):
        return _response(HTTP_503_SERVICE_UNAVAILABLE, sentence, _RETRY_AFTER)
    return _response(HTTP_409_CONFLICT if isinstance(error, RefusedError) else HTTP_500_INTERNAL_SERVER_ERROR, sentence)


def _no_table(_request: AnyRequest, _error: psycopg.errors.UndefinedTable) -> Response[Problem]:
    return _response(
        HTTP_503_SERVICE_UNAVAILABLE, "The stores have not been set up yet: `linernotes up` does it.", _RETRY_AFTER
    )


def _bug(request: AnyRequest, error: Exception) -> Response[Problem]:
    log.error("request failed", method=request.method, path=request.url.path[:200], exc_info=error)
    return _response(HTTP_500_INTERNAL_SERVER_ERROR, "Something went wrong here: the gateway's log says what.")


def _response(status: int, sentence: str, headers: dict[str, str] | None = None) -> Response[Problem]:
    return Response(Problem(sentence, status), status_code=status, headers=headers, media_type="application/json")


HANDLERS: Final[ExceptionHandlersMap] = {
    HTTPException: _http,
    LinernotesError: _ours,
    psycopg.errors.UndefinedTable: _no_table,
    Exception: _bug,
}
