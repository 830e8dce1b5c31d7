"""The compiled module of the native engine. Importing this raises `ImportError` where it is not built, or built for
another state of this code."""

from __future__ import annotations

import linernotes_native as native

#: What the module has to say of itself to be the one that this code was written for.
_INTERFACE = 6

if native.INTERFACE != _INTERFACE:
    raise ImportError("linernotes_native was built for another version: build it again with `make native`")

__all__ = ["native"]
