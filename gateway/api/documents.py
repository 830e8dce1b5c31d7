"""The four documents by id: `/api/{artists|labels|masters|releases}/{id}`."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.exceptions import NotFoundException, ValidationException
from litestar.handlers import HTTPRouteHandler
from litestar.params import HeaderParameter, PathParameter
from litestar.status_codes import HTTP_200_OK, HTTP_304_NOT_MODIFIED, HTTP_404_NOT_FOUND, HTTP_410_GONE
from msgspec import Struct

from functions.discover.documents.read import (
    OnReleases,
    Removed,
    StoredDocument,
    names_on_releases,
    read_documents,
    sentence_without_document,
)
from functions.runtime.entities import ENTITIES, SINGULAR, Entity
from functions.runtime.stores.context import Context
from gateway.errors import PROBLEM_TYPE, PROBLEMS, Problem, spec
from gateway.together import Together

_NUMBER: Final = re.compile(r"-?[0-9]{1,19}")
_CACHE: Final = "public, no-cache"  # keep it, and ask whether it still holds


Key = tuple[Entity, int]
Found = StoredDocument | Removed | OnReleases
Documents = Together[Key, Found]


class DocumentBody(Struct, frozen=True):
    """A stored document. `dump` is that in which it last changed, `hash` the SHA-256 of `data` as it stands."""

    id: int
    dump: str
    hash: str
    data: dict[str, Any]


class RemovedProblem(Problem, frozen=True, omit_defaults=True, kw_only=True):
    """A document that a later dump no longer has. `removed_in` is the first dump without it.

    `name` is its name or title; `data` is there where LINERNOTES_SHOW_REMOVED says so.
    """

    id: int
    dump: str
    removed_in: str
    name: str | None = None
    data: dict[str, Any] | None = None


Id = Annotated[str, PathParameter(description="id at Discogs", schema_extra={"type": "integer", "format": "int64"})]
Known = Annotated[str | None, HeaderParameter(name="If-None-Match", description="ETag of the copy that you have")]


def document_handler(entity: Entity) -> HTTPRouteHandler:
    """The handler of one entity."""
    name = SINGULAR[entity]

    @get(
        f"/api/{entity}/{{record:str}}",
        name=f"document of {name}",
        operation_id=f"get_{name}",
        summary=f"The document of one {name}",
        tags=["Documents"],
        responses={
            HTTP_200_OK: spec(DocumentBody, "The document"),
            HTTP_304_NOT_MODIFIED: spec(None, "The copy that you have still holds"),
            HTTP_404_NOT_FOUND: spec(Problem, "There is no such document"),
            HTTP_410_GONE: spec(RemovedProblem, "A later dump no longer has it"),
            **PROBLEMS,
        },
    )
    async def document(request: Request[Any, Any, Any], record: Id, known: Known = None) -> Response[Any]:  # noqa: ARG001
        documents: Documents = request.app.state.documents
        number = parse_id(record)
        return _answer(entity, number, await documents.ask((entity, number)))

    return document


ROUTES: Final = [document_handler(entity) for entity in ENTITIES]


def parse_id(text: str) -> int:
    """An id of 64 bits.

    Raises:
        ValidationException: it is none.
    """
    number = int(text) if _NUMBER.fullmatch(text) else None
    if number is None or not -(2**63) <= number < 2**63:
        raise ValidationException(f"{text[:40]!r} is no id: give a whole number of 64 bits.")
    return number


def documents_of(context: Context) -> Documents:
    """Reads documents for all who wait."""

    def read(keys: Collection[Key]) -> dict[Key, Found]:
        return {
            (entity, number): document
            for entity in {entity for entity, _ in keys}
            for number, document in _read(context, entity, [one for of, one in keys if of == entity]).items()
        }

    return Together("documents", read)


def _read(context: Context, entity: Entity, ids: Collection[int]) -> dict[int, Found]:
    found: dict[int, Found] = {**read_documents(context, entity, ids)}
    return found | names_on_releases(context, entity, [number for number in ids if number not in found])


def _answer(entity: Entity, record: int, found: Found | None) -> Response[Any]:
    if found is None or isinstance(found, OnReleases):
        raise NotFoundException(sentence_without_document(entity, record, found))
    if isinstance(found, Removed):
        return _gone(entity, found)
    headers = {"ETag": f'"{found.hash}"', "Cache-Control": _CACHE}  # who has it is told so by the middleware
    return Response(msgspec.json.encode(found), media_type="application/json", headers=headers)


def _gone(entity: Entity, found: Removed) -> Response[Any]:
    sentence = f"The {SINGULAR[entity]} {found.id} was removed: the dump {found.removed_in} no longer has it."
    body = RemovedProblem(
        title="Gone",
        status=HTTP_410_GONE,
        detail=sentence,
        id=found.id,
        dump=found.dump,
        removed_in=found.removed_in,
        name=found.name,
        data=None if found.data is None else msgspec.json.decode(found.data),
    )
    return Response(body, media_type=PROBLEM_TYPE, status_code=HTTP_410_GONE)
