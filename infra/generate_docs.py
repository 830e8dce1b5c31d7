"""The documents that are made from code: `docs/configuration.md` and the JSON Schema of the four documents.

python -m infra.generate_docs
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from functions.extract.records.record import RECORD_TYPE
from functions.runtime.entities import SINGULAR
from functions.runtime.settings import Settings, variables

DOCS = Path(__file__).resolve().parents[1] / "docs"

_HEAD = """# Configuration

Every setting is an environment variable, read once when a process starts. A value that cannot be used stops the start
with one sentence that names it. What is not set here comes from `connections.json` in the home of the embedded stack,
which its owner alone can read, and then from the default. This page is generated: `make docs`.

| variable | default | what it is |
|---|---|---|
"""


def configuration() -> str:
    """`docs/configuration.md`."""
    defaults = dict(zip(Settings.__struct_fields__[::-1], Settings.__struct_defaults__[::-1], strict=False))
    return _HEAD + "".join(_row(meta, defaults.get(name, "")) for name, meta in variables().items())


def schemas() -> dict[str, str]:
    """The JSON Schema of each document, by file name."""
    return {
        f"{SINGULAR[entity]}.json": msgspec.json.format(
            msgspec.json.encode(msgspec.json.schema(struct)), indent=2
        ).decode()
        + "\n"
        for entity, struct in RECORD_TYPE.items()
    }


def generated() -> dict[Path, str]:
    """Every generated file and its content."""
    files = {DOCS / "configuration.md": configuration()}
    return files | {DOCS / "schema" / name: text for name, text in schemas().items()}


def _row(meta: msgspec.Meta, default: Any) -> str:
    extra = meta.extra or {}
    shown = "" if default == "" or default is msgspec.NODEFAULT else f"`{str(default).lower()}`"
    text = (meta.description or "").replace("|", r"\|")
    return f"| `{extra['env']}` | {shown} | {text} |\n"


def main() -> None:
    """Write them all."""
    for path, text in generated().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
