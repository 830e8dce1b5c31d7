"""Choosing an engine: the native one where it is built, else lxml."""

from __future__ import annotations

import importlib

from functions.extract.parse.engine import Engine
from functions.runtime.errors import PermanentError

_NATIVE = "functions.extract.parse.native_engine"


def resolve_engine(name: str) -> str:
    """`auto` is the native engine where it is built, else lxml.

    Raises:
        PermanentError: the native engine is asked for and not built.
    """
    if name == "lxml":
        return name
    importlib.invalidate_caches()  # it may have been built since this process started
    try:
        importlib.import_module(_NATIVE)
    except ImportError as error:
        if name == "auto":
            return "lxml"
        raise PermanentError(
            f"The native engine cannot be used ({error}): build it with `make native`, or use --engine lxml."
        ) from error
    return "native"


def engine_of(name: str) -> Engine:
    """The engine of a run.

    Raises:
        PermanentError: the native engine is asked for and not built, or built for another version.
    """
    if resolve_engine(name) == "lxml":
        from functions.extract.parse.lxml_engine import LxmlEngine

        return LxmlEngine()
    from functions.extract.parse.native_engine import NativeEngine

    return NativeEngine()
