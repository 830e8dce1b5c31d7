"""Errors as problem details (RFC 9457): what happened, to what, and what to do; as a page for whoever wants a page."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

import psycopg
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.status_codes import (
    HTTP_400_BAD_REQUEST,
    HTTP_401_UNAUTHORIZED,
    HTTP_403_FORBIDDEN,
    HTTP_404_NOT_FOUND,
    HTTP_408_REQUEST_TIMEOUT,
    HTTP_409_CONFLICT,
    HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    HTTP_414_REQUEST_URI_TOO_LONG,
    HTTP_421_MISDIRECTED_REQUEST,
    HTTP_422_UNPROCESSABLE_ENTITY,
    HTTP_429_TOO_MANY_REQUESTS,
    HTTP_500_INTERNAL_SERVER_ERROR,
    HTTP_503_SERVICE_UNAVAILABLE,
)
from litestar.types import ExceptionHandlersMap
from msgspec import Struct

from functions.runtime.errors import LinernotesError, MissingError, RefusedError, TransientError
from functions.runtime.telemetry.logs import redact, secrets_of

AnyRequest = Request[Any, Any, Any]
#: Makes a page of a status, its title, a sentence and headers; the application has it in its state.
ErrorPage = Callable[[AnyRequest, int, str, str, dict[str, str] | None], Response[Any]]

PROBLEM_TYPE: Final = "application/problem+json"
_RETRY_AFTER: Final = {"Retry-After": "5"}

log = structlog.get_logger(__name__)


class FieldProblem(Struct, frozen=True):
    """A parameter or a field of the body that cannot be taken, and why."""

    field: str
    detail: str


class Problem(Struct, frozen=True, omit_defaults=True):
    """Why a request was not answered as asked. `detail` is a sentence; `errors` names each field that is wrong."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    errors: list[FieldProblem] = []


def spec(kind: type[Struct] | None, description: str) -> ResponseSpec:
    """How an answer is described in the OpenAPI document; a problem has its own media type."""
    media_type = PROBLEM_TYPE if kind is not None and issubclass(kind, Problem) else "application/json"
    return ResponseSpec(kind, description=description, generate_examples=False, media_type=media_type)


#: What may become of any request, whoever sends it. A method that a path does not have, 405, is of no operation.
ANY_PROBLEMS: Final = {
    HTTP_400_BAD_REQUEST: spec(Problem, "The request cannot be read"),
    HTTP_403_FORBIDDEN: spec(Problem, "The key or session lacks the right, or a page of another site asks"),
    HTTP_408_REQUEST_TIMEOUT: spec(Problem, "The request took too long to come"),
    HTTP_414_REQUEST_URI_TOO_LONG: spec(Problem, "The query is longer than LINERNOTES_MAX_QUERY allows"),
    HTTP_421_MISDIRECTED_REQUEST: spec(Problem, "The gateway does not answer to that name"),
    HTTP_422_UNPROCESSABLE_ENTITY: spec(Problem, "A parameter or a field has a value that cannot be taken"),
    HTTP_500_INTERNAL_SERVER_ERROR: spec(Problem, "A mistake of the gateway: its log says what"),
}

#: What may become of any request for data.
PROBLEMS: Final = {
    **ANY_PROBLEMS,
    HTTP_401_UNAUTHORIZED: spec(Problem, "A key or a session is needed"),
    HTTP_429_TOO_MANY_REQUESTS: spec(Problem, "Too many requests; Retry-After says when to come back"),
    HTTP_503_SERVICE_UNAVAILABLE: spec(Problem, "A store does not answer now"),
}

#: What else may become of a request with a body.
BODY_PROBLEMS: Final = {
    HTTP_413_REQUEST_ENTITY_TOO_LARGE: spec(Problem, "The body is larger than LINERNOTES_MAX_BODY allows"),
}


def _http(request: AnyRequest, error: HTTPException) -> Response[Any]:
    fields = _fields(error)
    status = HTTP_422_UNPROCESSABLE_ENTITY if isinstance(error, ValidationException) else error.status_code
    return problem_response(request, status, _sentence(request, error, fields), error.headers, fields)


def _fields(error: HTTPException) -> list[FieldProblem]:
    """The fields that Litestar found wrong."""
    if not isinstance(error, ValidationException) or not isinstance(error.extra, list):
        return []
    found = [one for one in error.extra if isinstance(one, dict)]
    return [FieldProblem(str(one.get("key", "")), str(one.get("message", ""))) for one in found]


def _sentence(request: AnyRequest, error: HTTPException, fields: list[FieldProblem]) -> str:
    if fields:
        return " ".join(f"{one.field}: {one.detail}." for one in fields)
    if isinstance(error, NotFoundException) and error.detail == "Not Found":
        return f"There is nothing at {request.url.path[:200]}: / shows what there is."
    if isinstance(error, MethodNotAllowedException):
        return f"{request.method} is not possible at {request.url.path[:200]}."
    return error.detail


def _ours(request: AnyRequest, error: LinernotesError) -> Response[Any]:
    secrets = secrets_of(request.app.state.settings)
    if error.told != str(error):
        said = redact(str(error), secrets)
        log.warning("store failed", method=request.method, path=request.url.path[:200], error=said)
    sentence = str(redact(error.told, secrets))
    if isinstance(error, TransientError):
        return problem_response(request, HTTP_503_SERVICE_UNAVAILABLE, sentence, _RETRY_AFTER)
    return problem_response(request, _status(error), sentence)


def _status(error: LinernotesError) -> int:
    if isinstance(error, MissingError):
        return HTTP_404_NOT_FOUND
    return HTTP_409_CONFLICT if isinstance(error, RefusedError) else HTTP_500_INTERNAL_SERVER_ERROR


def _no_table(request: AnyRequest, _error: psycopg.errors.UndefinedTable) -> Response[Any]:
    sentence = "The stores have not been set up yet: `linernotes up` does it."
    return problem_response(request, HTTP_503_SERVICE_UNAVAILABLE, sentence, _RETRY_AFTER)


def _no_value(request: AnyRequest, error: psycopg.DataError) -> Response[Any]:
    """PostgreSQL cannot take a value as such, as a number out of range, before it looks at any row."""
    log.info("value refused", method=request.method, path=request.url.path[:200], error=str(error)[:200])
    sentence = "The request has a value that PostgreSQL cannot take."
    return problem_response(request, HTTP_422_UNPROCESSABLE_ENTITY, sentence)


def _no_text(request: AnyRequest, error: UnicodeDecodeError) -> Response[Any]:
    """What comes with a body may be no text; without one, nobody else's bytes are read as such."""
    if request.method == "GET":
        return _bug(request, error)
    log.info("value refused", method=request.method, path=request.url.path[:200], error=str(error)[:200])
    return problem_response(request, HTTP_400_BAD_REQUEST, "The body is no UTF-8, which all text has to be in.")


def _bug(request: AnyRequest, error: Exception) -> Response[Any]:
    log.error("request failed", method=request.method, path=request.url.path[:200], exc_info=error)
    sentence = "Something went wrong here: the gateway's log says what."
    return problem_response(request, HTTP_500_INTERNAL_SERVER_ERROR, sentence)


def wants_page(request: AnyRequest) -> bool:
    """Whether a browser asks for a page, and not a program for data."""
    path = request.url.path
    return "text/html" in request.headers.get("accept", "") and not path.startswith(("/api/", "/schema/", "/static/"))


def problem_response(
    request: AnyRequest,
    status: int,
    sentence: str,
    headers: dict[str, str] | None = None,
    fields: list[FieldProblem] | None = None,
) -> Response[Any]:
    """A problem as JSON, or as a page for a browser that asks for one."""
    title = HTTPStatus(status).phrase
    if wants_page(request):
        page: ErrorPage = request.app.state.error_page
        return page(request, status, title, sentence, headers)
    body = Problem(title=title, status=status, detail=sentence, errors=fields or [])
    return Response(body, status_code=status, headers=headers, media_type=PROBLEM_TYPE)


HANDLERS: Final[ExceptionHandlersMap] = {
    HTTPException: _http,
    LinernotesError: _ours,
    psycopg.errors.UndefinedTable: _no_table,
    psycopg.DataError: _no_value,
    UnicodeDecodeError: _no_text,
    Exception: _bug,
}
