"""Words of a list of mistakes."""

import pytest

from riskcore.words.mistake_table import sure_words


@pytest.mark.parametrize(
    ("probability", "words"), [(1.0, "over 99 %"), (0.994, "99 %"), (0.495, "50 %"), (0.001, "under 1 %")]
)
def test_no_model_is_called_wholly_sure(probability: float, words: str) -> None:
    assert sure_words(probability) == words
