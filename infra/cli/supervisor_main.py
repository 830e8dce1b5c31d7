"""The supervising process behind `linernotes up --detach`."""

from __future__ import annotations

import sys

from infra.cli.command_context import migrate
from infra.stack.daemon import supervise

if __name__ == "__main__":
    sys.exit(supervise(on_stores=migrate))
