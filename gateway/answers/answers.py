"""Answers that are kept, as handlers use them: whole answers by the layer around them, data of pages by `recall`.

What is kept is the same for everybody who may read: nothing that depends on who asks belongs here, and rights are
checked before anything is looked for.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, get_type_hints

import msgspec
import redis
from litestar import Request

from functions.discover.generations.read import read_generation
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context
from gateway.answers.keeper import OFF, WAIT_S, Claim, Found, Keeper, State, digest_of
from gateway.answers.store import AnswerStore

T = TypeVar("T")
P = ParamSpec("P")

#: Seconds after which a request no longer waits for word from the keeper, whatever keeps it.
_LIMIT_S: Final = 2 * WAIT_S
#: Settings that change what an answer says.
_MATTER: Final = (
    *("show_removed", "search_tracks", "embed_engine", "public_url", "postgres_address", "postgres_database"),
)
#: Kinds of files that answers are made with.
_CODE: Final = frozenset({".py", ".sql", ".cypher", ".html"})

#: What came of the last look-up in this context, for the header of a page.
_told: ContextVar[State | None] = ContextVar("told", default=None)
#: Of the request of this context: what it is not to be kept for.
_unfit: ContextVar[list[str] | None] = ContextVar("unfit", default=None)


def _is_whole(value: Any) -> bool:
    return not getattr(value, "partial", False) and getattr(value, "is_whole", True)


@cache
def _returned(read: Callable[..., Any]) -> Any:
    return get_type_hints(read)["return"]


class Answers:
    """What is kept; None of it where there is no keeper.

    Args:
        keeper: asks the cache.
        made_by: of which code and settings answers are.
    """

    def __init__(self, keeper: Keeper | None, made_by: bytes) -> None:
        self._keeper = keeper
        self._made_by = made_by

    @property
    def trouble(self) -> str | None:
        """Why nothing is kept now, in a sentence; None while all is well."""
        return self._keeper.trouble if self._keeper else None

    @property
    def counted(self) -> Mapping[State, int]:
        """How many were found, were computed, and were not looked for since the start."""
        return dict(self._keeper.counted) if self._keeper else {}

    async def find(self, *pieces: bytes) -> Found:
        """Look for an answer from the event loop. Whoever gets a claim has to settle it."""
        keeper = self._keeper
        if keeper is None or keeper.is_away:
            return OFF
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Found] = loop.create_future()

        def settle(found: Found) -> None:
            if not future.done():
                future.set_result(found)
            elif found.claim:  # who asked has gone
                keeper.settle(found.claim, None)

        def tell(found: Found) -> None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(settle, found)

        limit = loop.call_later(_LIMIT_S, settle, OFF)
        try:
            keeper.ask(digest_of((self._made_by, *pieces)), tell)
            return await future
        finally:
            limit.cancel()

    def call(
        self, read: Callable[Concatenate[Context, P], T], context: Context, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What a function returns, or what it returned for whoever asked the same; to be called from a thread.

        What has an attribute `partial` that is true, or `is_whole` that is not, is not kept.

        Args:
            read: depends on its arguments and the stores alone; its arguments and what it returns are such as msgspec
                can encode, and what it returns is annotated.
            context: the stores.
        """
        name = f"{read.__module__}.{read.__qualname__}"
        kind, asked = _returned(read), (args, sorted(kwargs.items()))

        def again() -> T:
            return read(context, *args, **kwargs)

        return self.recall(name, asked, kind, again)

    def recall(
        self, name: str, arguments: Any, kind: Any, read: Callable[[], T], *, keeps: Callable[[T], bool] = _is_whole
    ) -> T:
        """What `read` returns, or what it returned for whoever asked the same; to be called from a thread.

        Args:
            name: of what is read, as in `artist page`.
            arguments: all that it depends on beside the stores, as msgspec can encode it.
            kind: the type of what is returned.
            read: makes it; what it raises is raised here, and nothing is kept.
            keeps: whether what was made may be kept: what is not whole may not.
        """
        found = self._ask(b"data", name.encode(), msgspec.msgpack.encode(arguments))
        _told.set(found.state)
        if found.content is not None:
            value: T = msgspec.msgpack.decode(zlib.decompress(found.content), type=kind)
            return value
        with self.settled(found.claim) as keep:
            value = read()
            if found.claim and keeps(value):
                keep(zlib.compress(msgspec.msgpack.encode(value), 1))
        return value

    @contextmanager
    def settled(self, claim: Claim | None) -> Iterator[Callable[[bytes], None]]:
        """Settles a claim at the end, with what was kept meanwhile or with nothing."""
        kept: list[bytes] = []
        try:
            yield kept.append
        finally:
            self.settle(claim, kept[-1] if kept else None)

    def settle(self, claim: Claim | None, content: bytes | None) -> None:
        """Hand in what was claimed, if anything was."""
        if claim and self._keeper:
            self._keeper.settle(claim, content)

    def _ask(self, *pieces: bytes) -> Found:
        keeper = self._keeper
        if keeper is None or keeper.is_away:
            return OFF
        told: SimpleQueue[Found] = SimpleQueue()
        keeper.ask(digest_of((self._made_by, *pieces)), told.put)
        try:
            return told.get(timeout=_LIMIT_S)
        except Empty:
            return OFF


def answers_of(request: Request[Any, Any, Any]) -> Answers:
    """What is kept, for a handler that has the request."""
    answers: Answers = request.app.state.answers
    return answers


def note_unfit(reason: str) -> None:
    """Have the answer that this request makes not be kept: it is not whole, or not for everybody."""
    reasons = _unfit.get()
    if reasons is not None:
        reasons.append(reason)


def begin_noting() -> list[str]:
    """Why the answer of this request is not to be kept, as its handler will say; empty for one that may be."""
    reasons: list[str] = []
    _unfit.set(reasons)
    return reasons


def told() -> State | None:
    """What came of the last `recall` of this thread's request; None where there was none."""
    return _told.get()


@contextmanager
def open_answers(settings: Settings, context: Context, client: redis.Redis | None) -> Iterator[Answers]:
    """What is kept in the cache of this installation, if it has one and the setting wants it.

    Args:
        settings: how long, and those that answers depend on.
        context: where generations are read.
        client: of the cache.
    """
    if client is None or settings.answers_kept == 0:
        yield Answers(None, b"")
        return
    store = AnswerStore(client, f"{settings.broker_namespace}-answers")
    keeper = Keeper(store, lambda: read_generation(context), settings.answers_kept)
    try:
        yield Answers(keeper, made_by(settings))
    finally:
        keeper.close()


def made_by(settings: Settings) -> bytes:
    """A name for the code and the settings that answers are made by."""
    return digest_of([_code(), *(f"{name}={getattr(settings, name)}".encode() for name in _MATTER)])


@cache
def _code() -> bytes:
    """A name for the code: a version under work is not yet another one, so that the files themselves are looked at."""
    pieces = [version("linernotes").encode()]
    for package in ("functions", "gateway"):
        root = Path(str(files(package)))
        for path in sorted(each for each in root.rglob("*") if each.suffix in _CODE):
            pieces += [str(path.relative_to(root)).encode(), path.read_bytes()]
    return digest_of(pieces)
