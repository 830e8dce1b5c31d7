"""A worker for `parse-chunk` that hangs for ever at one part, in a call into C that never lets go of the interpreter.

python -m tests.faults.hanging

No test imports this: it would hang in the test's own process from then on.
"""

from __future__ import annotations

import ctypes
import os
import sys

from msgspec import structs

from functions.extract.parse.parse_chunk import parse_chunk as really_parse
from functions.registry import FUNCTIONS
from functions.runtime.function_table import FunctionTable
from functions.runtime.ledger.claims import claim
from functions.runtime.ledger.dead_letter_hook import hooks
from functions.runtime.messages import Message, ParseChunk
from functions.runtime.process.worker import run_worker
from functions.runtime.settings import read_settings
from functions.runtime.stores.context import Context
from tests.faults.loading import HEALED

#: The part that is poison: of masters the first.
POISON = ("masters", 0)
TABLE = FunctionTable(
    [
        structs.replace(spec, module="tests.faults.hanging", time_limit_s=3) if spec.name == "parse-chunk" else spec
        for spec in FUNCTIONS
    ]
)


def parse_chunk(context: Context, message: ParseChunk) -> list[Message]:
    """Parse, save for the poison part: it is claimed, and then nothing of Python runs in this process any more."""
    if (message.entity, message.part) == POISON and not os.path.exists(f"{context.settings.home}/{HEALED}"):  # noqa: PTH110
        with claim(context, message, "cut") as held:
            if held:
                ctypes.PyDLL(None).pause()
    return really_parse(context, message)


if __name__ == "__main__":
    sys.exit(run_worker("parse-chunk", read_settings(), TABLE, hooks=hooks()))
