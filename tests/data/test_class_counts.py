"""Images a class, and what their imbalance means."""

from pathlib import Path

import pandas as pd
import pytest

from riskcore.data.class_counts import ClassCount, class_counts, imbalance
from riskcore.data.manifest import Manifest


def manifest(rows: list[tuple[str, str, str]], classes: tuple[str, ...] = ("ill", "well")) -> Manifest:
    table = pd.DataFrame(rows, columns=["label", "split", "group"])
    table["sample"] = [f"{number}.png" for number in range(len(rows))]
    return Manifest("toy", Path("/data"), "csv", classes, table, has_groups=any(row[2] for row in rows))


def of(*images: int) -> list[ClassCount]:
    return [ClassCount("abc"[place], count, count / sum(images), None, {}) for place, count in enumerate(images)]


def test_images_groups_and_splits_are_counted_class_by_class() -> None:
    rows = [("well", "train", "p1"), ("well", "train", "p1"), ("well", "test", "p2"), ("ill", "", "p3")]
    assert class_counts(manifest(rows)) == [
        ClassCount("ill", 1, 0.25, 1, {"train": 0, "test": 0, "not assigned": 1}),
        ClassCount("well", 3, 0.75, 2, {"train": 2, "test": 1, "not assigned": 0}),
    ]


def test_unknown_groups_are_not_counted() -> None:
    assert [count.groups for count in class_counts(manifest([("well", "", ""), ("ill", "", "")]))] == [None, None]


@pytest.mark.parametrize(
    ("images", "said"),
    [
        ((10, 125, 40), "For each image of a, the rarest class, there are 12 of b, the commonest."),
        ((30, 90, 75), "there are 3 of b,"),
        ((40, 90, 41), "there are 2.2 of b,"),
        ((40, 60, 41), "The classes are about equally common. A model that always says the same class"),
        ((0, 60, 40), "There is no image of a: the set can be looked at, but not trained on."),
    ],
)
def test_imbalance_in_words(images: tuple[int, ...], said: str) -> None:
    sentence = imbalance(of(*images))
    assert said in sentence
    assert f"right in {100 * max(images) / sum(images):.1f} % of the images" in sentence
