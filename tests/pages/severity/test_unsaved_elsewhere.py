"""Where a matrix is chosen on another screen, its unsaved edits are said: they are not what is used."""

import pytest

from riskcore.severity.draft_files import keep_draft
from riskcore.severity.history import Draft, History, edited
from riskcore.severity.store import load_matrix
from riskcore.workspace import Workspace
from tests.helpers.screens import Open, texts


@pytest.mark.parametrize(
    ("screen", "address"),
    [
        ("train", {"train_data": "patches", "train_matrix": "patches"}),
        ("compare", {"compare_data": "patches", "compare_matrix": "patches"}),
    ],
)
def test_another_screen_says_that_edits_are_unsaved(
    screen: str, address: dict[str, str], open_screen: Open, full: Workspace
) -> None:
    said = "patches has unsaved edits; what was saved last is used."
    assert said not in texts(open_screen(screen, full, **address))
    saved = load_matrix(full, "patches")
    keep_draft(full, "patches", Draft(History.begin(saved).push(edited(saved, [("benign", "malignant", 4)]))))
    shown = open_screen(screen, full, **address)
    assert not shown.error
    assert said in texts(shown).replace("\\", "")
