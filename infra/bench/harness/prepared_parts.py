"""Parts of a generated dump, cut and parsed, so that what comes after can be timed alone."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from functions.extract.download.source import find_dump
from functions.extract.parse.choose_engine import resolve_engine
from functions.registry import FUNCTIONS
from functions.runs.begin import LoadOptions, begin_load
from functions.runtime.messages import Download, Message, ParseChunk, PartMessage, Split
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context

_BEFORE: tuple[type[Message], ...] = (Download, Split, ParseChunk)


def parsed_parts(context: Context, source: Path, **options: object) -> list[Message]:
    """Begin to load a dump and bring it, in this process, to where its parts wait to be loaded: their messages."""
    chosen = LoadOptions(**({"engine": resolve_engine("auto")} | options))  # type: ignore[arg-type]
    messages = begin_load(context, find_dump(context.settings, str(source)), chosen).messages
    for kind in _BEFORE:
        messages = [following for message in messages for following in _call_if(context, message, kind)]
    return [message for message in messages if isinstance(message, PartMessage)]  # the run's end is not among them


def call_all(context: Context, messages: Sequence[Message]) -> list[Message]:
    """Call the functions of messages one after the other; what they send."""
    return [following for message in messages for following in _call(context, message)]


def call_at_once(context: Context, messages: Sequence[Message], connections: int) -> list[Message]:
    """Call them on several connections: what the server does is most of the work, so threads serve as processes do."""
    shares = [messages[number::connections] for number in range(connections)]
    with ThreadPoolExecutor(connections) as threads:
        results = list(threads.map(lambda share: call_all(context, share), shares))
    return [following for result in results for following in result]


def roomy(settings: Settings) -> Settings:
    """Settings under which a split never waits: here nothing is loaded meanwhile."""
    return msgspec.structs.replace(settings, pending_parts=10_000)


def _call_if(context: Context, message: Message, kind: type[Message]) -> list[Message]:
    return _call(context, message) if isinstance(message, kind) else [message]


def _call(context: Context, message: Message) -> list[Message]:
    return list(FUNCTIONS.spec_of(message).load()(context, message) or ())
