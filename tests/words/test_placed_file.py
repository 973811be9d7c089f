"""What is said of a file that does not hold the same images as the trainings it stands beside."""

import numpy as np

from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.runs.matching import Placed
from riskcore.words.placed_file import placed_words

HELD = np.array(["a.png", "b.png"])
FILE = RunPredictions(
    "v.csv", ("x", "y"), [Member(Cases.empty(2), Cases(np.zeros((2, 2)), np.zeros(2, int), HELD, HELD))]
)


def test_a_file_that_fits_says_nothing() -> None:
    assert placed_words("v.csv", Placed(FILE, 0, 0, 0, 0)) == []


def test_each_difference_is_a_sentence_with_its_number() -> None:
    assert placed_words("v.csv", Placed(FILE, 3, 1, 2, 1)) == [
        "v.csv lacks 3 of 5 test images: all trainings are shown on the 2 that it holds.",
        "v.csv lacks 1 validation image, so no caution can be chosen for it: it stands as delivered, on test only.",
        "2 rows of v.csv are no image of these trainings.",
        "1 image of v.csv has another truth there; that of the data set counts.",
    ]
