"""The interface of an engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, Protocol

from functions.runtime.errors import PermanentError

EngineName = Literal["static", "transformer"]

#: What an engine's vectors depend on beside its model; stored with them. Another version embeds everything anew.
VERSIONS: Final[dict[EngineName, str]] = {"static": "l2-supercat-244/1", "transformer": "all-minilm-l6-v2/1"}


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
