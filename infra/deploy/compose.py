"""compose.yml and compose.dev.yml: what is written by hand, and a service for each line of the function table.

python -m infra.deploy.compose
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from pathlib import Path
from typing import Final

from functions.registry import FUNCTIONS
from functions.runtime.function_table import FunctionSpec
from infra.deploy.secrets import NAMES

ROOT: Final = Path(__file__).resolve().parents[2]
_PARTS: Final = Path(__file__).with_name("compose")

#: Cores of the machine for which the services are counted; `--scale` says otherwise.
_CORES: Final = 4

#: Seconds from SIGTERM to the kill, beyond those in which a worker ends by itself.
_STOP_MARGIN_S: Final = 5

_SERVICE: Final = """
  {name}:
    <<: *linernotes
    command: [run, worker, {name}]
    scale: {scale}
    stop_grace_period: {grace}s
    cpus: 1
    mem_limit: ${{LINERNOTES_WORKER_MEMORY:-1g}}
{more}    depends_on: *deployed
"""

_DEV_SERVICE: Final = """
  {name}:
    <<: *source
"""


def rendered() -> dict[Path, str]:
    """Every generated file and its content."""
    functions = "".join(_service(spec) for spec in FUNCTIONS)
    secrets = "".join(f"  {name}: {{file: '${{LINERNOTES_SECRETS:-./secrets}}/{name}'}}\n" for name in NAMES)
    develop = "".join(_DEV_SERVICE.format(name=spec.name) for spec in FUNCTIONS)
    return {
        ROOT / "compose.yml": _filled("template.yml", {"functions": functions, "secrets": secrets}),
        ROOT / "compose.dev.yml": _filled("dev.yml", {"functions": develop}),
    }


def _service(spec: FunctionSpec) -> str:
    return _SERVICE.format(
        name=spec.name,
        scale=spec.scaling.workers(_CORES),
        grace=ceil(spec.stop_limit_s) + _STOP_MARGIN_S,
        more="".join(f"    {line}\n" for line in _reach(spec)),
    )


def _reach(spec: FunctionSpec) -> Iterable[str]:
    """What else a function needs: the first one the outside, where dumps come from, and whoever reads dumps these."""
    first = spec.after is None
    if first:
        yield "networks: [stores, outside]"
    if spec.reads_dumps:
        yield f'volumes: ["dumps:/dumps{"" if first else ":ro"}", "${{LINERNOTES_DUMPS:-dumps}}:/mnt/dumps:ro"]'


def _filled(part: str, generated: dict[str, str]) -> str:
    text = (_PARTS / part).read_text(encoding="utf-8")
    for name, content in generated.items():
        text = text.replace(f"#{name}\n", content.lstrip("\n"))
    return text


def main() -> None:
    """Write them both."""
    for path, text in rendered().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
