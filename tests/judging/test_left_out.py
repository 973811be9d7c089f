"""What is said of images of another data set that are not judged."""

import json

import pytest

from riskcore.errors import InputError
from riskcore.judging.left_out import NOTHING_LEFT_OUT, LeftOut


def test_nothing_left_out_says_nothing() -> None:
    assert NOTHING_LEFT_OUT.sentences == ()
    assert NOTHING_LEFT_OUT.as_dict() == {"classes": {}, "blank": [], "sentences": []}


def test_each_reason_is_a_sentence_and_many_names_are_cut() -> None:
    found = LeftOut({"SCC": 2, "UNK": 1}, tuple(f"{number:02}.png" for number in range(12)))
    asked, blank = found.sentences
    assert asked == "Left out as asked: SCC (2 images), UNK (1 image)."
    assert blank.startswith("Left out: 12 blank images, which `predict` does not judge either (00.png, 01.png, ")
    assert blank.endswith("09.png, …).")


def test_the_json_form_comes_back() -> None:
    found = LeftOut({"SCC": 2}, ("a.png",))
    assert LeftOut.from_dict(json.loads(json.dumps(found.as_dict()))) == found


@pytest.mark.parametrize("damaged", [{}, {"classes": []}, {"classes": {}}, {"classes": {"a": "x"}, "blank": []}])
def test_a_damaged_note_is_one_line(damaged: dict[str, object]) -> None:
    with pytest.raises(InputError, match="What was left out of an evaluation is damaged"):
        LeftOut.from_dict(damaged)


def test_looks_at_a_part_without_a_class_are_looks_at_another_part() -> None:
    names = {LeftOut().part("b", "all"), LeftOut({"SCC": 2}).part("b", "all"), LeftOut({"UNK": 2}).part("b", "all")}
    assert len(names) == 3
    assert LeftOut(blank=("a.png",)).part("b", "all") == LeftOut().part("b", "all") == "b all"
