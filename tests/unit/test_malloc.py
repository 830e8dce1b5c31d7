"""A worker's large blocks come from memory that it has used before."""

from __future__ import annotations

import platform
import resource
import subprocess
import sys

import pytest

_ROUNDS = 20
_BLOCK = 8 * 1024 * 1024
_CODE = f"""
import resource, threading
from functions.runtime.process.malloc import keep_freed_memory
keep_freed_memory()

def work(rounds):
    for _ in range(rounds):
        first, second = bytearray({_BLOCK}), bytearray({_BLOCK})

def faults():
    thread = threading.Thread(target=work, args=({_ROUNDS},))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    thread.start(), thread.join()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
print(faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_large_blocks_are_not_cleared_anew_by_the_kernel() -> None:
    run = subprocess.run([sys.executable, "-c", _CODE], capture_output=True, text=True, check=True)
    assert int(run.stdout) * resource.getpagesize() < _BLOCK
