"""The engine `static`: the mean of a text's token vectors, from a table in a wheel. No torch; numpy and tokenizers.

The table was trained for exactly that mean (https://github.com/dleemiller/WordLlama). No token of its tokenizer reaches
over a blank, so that a text's tokens are those of its words: the sum of a word's vectors is made once and kept.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

from functions.embed.engines.engine import VERSIONS, EngineName, ModelMissing
from functions.embed.engines.tensors import read_tensors

_WHEEL: Final = "wordllama"
_TABLE: Final = "weights/l2_supercat_256.safetensors"
_TOKENIZER: Final = "tokenizers/l2_supercat_tokenizer_config.json"

#: Numbers of a vector, the first of the table's 256, which was trained so that they serve alone: with these, 15 rows go
#: into a page of PostgreSQL and 16 entries into one of the index. With one more it is 14 and 15.
_DIMENSIONS: Final = 244
#: Words whose vectors are kept: of 244 numbers with 4 bytes, 64 MB at most. Then all are forgotten.
_KEPT: Final = 65_536
#: Characters of a word that are read: a sentence of Japanese is one.
_LONGEST: Final = 2_000
#: Words of one text that are read.
_MOST: Final = 2_000


def open_static() -> StaticEngine:
    """Read table and tokenizer from their wheel, which is found and not imported.

    Raises:
        ModelMissing: the wheel, numpy or tokenizers is not installed, or the wheel is another one.
    """
    try:
        import numpy as np
        from tokenizers import Tokenizer

        spec = importlib.util.find_spec(_WHEEL)
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError(_WHEEL, name=_WHEEL)
        folder = Path(next(iter(spec.submodule_search_locations)))
        return StaticEngine(np, _table(folder / _TABLE), Tokenizer.from_file(str(folder / _TOKENIZER)))
    except ModuleNotFoundError as error:
        raise ModelMissing(f"The package {error.name} is not installed: run `make setup`.") from error
    except (OSError, ValueError, KeyError) as error:
        raise ModelMissing(f"The model in the wheel {_WHEEL} cannot be read: {error}. Install it again.") from error


def _table(path: Path) -> Any:
    """The only tensor of a file, as far as it is used."""
    [table] = read_tensors(path).values()
    return table[:, :_DIMENSIONS]


class StaticEngine:
    """Vectors as the mean of token vectors."""

    name: EngineName = "static"
    version = VERSIONS["static"]

    def __init__(self, np: Any, table: Any, tokenizer: Any) -> None:
        self._np, self._table, self._tokenizer = np, table, tokenizer
        self.dimensions = int(table.shape[1])
        self._places: dict[str, int] = {}
        self._sums: Any = None
        self._forget()

    def embed(self, texts: Sequence[str]) -> Any:
        """See `Engine`."""
        np = self._np
        words = [[word[:_LONGEST] for word in text.split()[:_MOST]] for text in texts]
        self._learn(set(chain.from_iterable(words)))
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        filled = [place for place, own in enumerate(words) if own]
        if not filled:
            return vectors
        places = np.fromiter(map(self._places.__getitem__, chain.from_iterable(words)), dtype=np.int64)
        lengths = np.fromiter((len(words[place]) for place in filled), dtype=np.int64)
        begins = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        vectors[filled] = np.add.reduceat(self._sums[places], begins, axis=0)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.divide(
            vectors, norms, out=vectors, where=norms > 0
        )  # of length 1: the mean's own length is no matter

    def _learn(self, words: set[str]) -> None:
        """Have the vectors of all these words."""
        if len(self._places) + len(words - self._places.keys()) > _KEPT:
            self._forget()
        new = sorted(words - self._places.keys())
        if not new:
            return
        np, first = self._np, len(self._places)
        while first + len(new) > len(self._sums):
            self._sums = np.concatenate((self._sums, np.empty_like(self._sums)))
        encoded = [one.ids for one in self._tokenizer.encode_batch_fast(new, add_special_tokens=False)]
        begins = np.concatenate(([0], np.cumsum([len(ids) for ids in encoded])[:-1]))
        tokens = self._table[np.fromiter(chain.from_iterable(encoded), dtype=np.int64)].astype(np.float32)
        self._sums[first : first + len(new)] = np.add.reduceat(tokens, begins, axis=0)
        self._places.update(zip(new, range(first, first + len(new)), strict=True))

    def _forget(self) -> None:
        self._places = {}
        self._sums = self._np.empty((1_024, self.dimensions), dtype=self._np.float32)
