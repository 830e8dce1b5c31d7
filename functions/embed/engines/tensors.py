"""The numbers of a model in a file of safetensors, read where they lie: no more than is used is in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

_TYPES: Final = {"F16": "<f2", "F32": "<f4", "I64": "<i8"}


def read_tensors(path: Path) -> dict[str, Any]:
    """The tensors of a file by name, as read-only arrays of numpy.

    The file begins with the length of a header, that header as JSON, then the numbers:
    https://github.com/huggingface/safetensors#format

    Raises:
        OSError: it cannot be read.
        ValueError: it is none, or has numbers of a type that no model of ours has.
    """
    import numpy as np

    with path.open("rb") as file:
        begin = 8 + int.from_bytes(file.read(8), "little")
        if not 8 < begin <= path.stat().st_size:
            raise ValueError("its header does not fit its length")
        header = json.loads(file.read(begin - 8))
    raw = np.memmap(path, dtype=np.uint8, mode="r")
    return {name: _tensor(raw[begin:], **told) for name, told in header.items() if name != "__metadata__"}


def _tensor(raw: Any, dtype: str, shape: list[int], data_offsets: tuple[int, int]) -> Any:
    first, end = data_offsets
    if dtype not in _TYPES:
        raise ValueError(f"its numbers are {dtype}, none of {', '.join(_TYPES)}")
    try:
        return raw[first:end].view(_TYPES[dtype]).reshape(shape)
    except ValueError as error:
        raise ValueError("its header does not fit its length") from error
