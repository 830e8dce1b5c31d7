"""The interface of an engine, and which one the settings want."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, Literal, Protocol

from functions.runtime.errors import PermanentError
from functions.runtime.settings import Settings

EngineName = Literal["static", "transformer"]

#: What an engine's vectors depend on beside its model; stored with them. Another version embeds everything anew.
VERSIONS: Final[dict[EngineName, str]] = {"static": "l2-supercat-256/1", "transformer": "all-minilm-l6-v2/1"}


class ModelMissing(PermanentError):
    """An engine has no model here; the sentence says what to install."""


class Engine(Protocol):
    """What makes a vector of a text. Vectors of one name and version can be compared with each other."""

    @property
    def name(self) -> EngineName:
        """As the settings have it."""

    @property
    def version(self) -> str:
        """Of its model and of how it is used."""

    @property
    def dimensions(self) -> int:
        """Numbers of a vector."""

    def embed(self, texts: Sequence[str]) -> Any:
        """Vectors of length 1, as an array of numpy of shape (texts, dimensions), float32.

        The vector of a text without a word is all zeros. It does not depend on the other texts beyond rounding.
        """


def engine_of(settings: Settings) -> Engine:
    """The engine that the settings want; its model is read once in a process.

    Raises:
        ModelMissing: its model is not here.
    """
    return open_engine(settings.embed_engine, settings.sentence_models_home or settings.models_home)


@lru_cache(2)
def open_engine(name: EngineName, models: str = "") -> Engine:
    """An engine by its name; `models` is the folder in which a transformer is looked for that no wheel has.

    Raises:
        ModelMissing: its model is not here.
    """
    if name == "static":
        from functions.embed.engines.static import open_static

        return open_static()
    from functions.embed.engines.transformer import open_transformer

    return open_transformer(models)
