"""What is generated from code says what the code says."""

from __future__ import annotations

import pytest

from infra.generate_docs import generated


@pytest.mark.parametrize(("path", "text"), generated().items(), ids=lambda value: getattr(value, "name", ""))
def test_a_generated_document_is_as_the_code_makes_it(path, text):
    assert path.read_text(encoding="utf-8") == text, "run `make docs`"
