"""compose.yml as a container engine reads it: parsed, its variables filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]

_VARIABLE = re.compile(r"\$\$|\$\{(\w+)(?::-([^}]*))?\}")


def compose(name: str = "compose.yml", environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """One of the files, with these variables; no other form than `${NAME:-default}` is in use."""
    return filled(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")), environment or {})


def filled(value: Any, environment: Mapping[str, str]) -> Any:
    """The value with every variable replaced, at any depth."""
    if isinstance(value, dict):
        return {key: filled(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, environment) for item in value]
    if not isinstance(value, str):
        return value
    return _VARIABLE.sub(lambda found: environment.get(found[1]) or found[2] or "" if found[1] else "$", value)
