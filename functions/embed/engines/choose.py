"""Which engine the settings want; it is imported when it is first asked, and read once in a process."""

from __future__ import annotations

from functools import lru_cache

from functions.embed.engines.engine import Engine, EngineName
from functions.runtime.settings import Settings


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
