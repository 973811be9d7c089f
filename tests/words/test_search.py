"""A search in words."""

import pytest

from riskcore.config import LossSettings, RunConfig
from riskcore.decision.operating import WISH_KINDS, Wish
from riskcore.jobs.tuning import REFERENCE, Search, Study, Trial
from riskcore.words.search import SHOWN, measure, outcome, rows, to_train


def study(*scores: float | None, reference: float | None = 0.06, wish: str = "accuracy_loss=0.01") -> Study:
    config = RunConfig.build({"data": "skin", "matrix": "skin", "wish": wish})
    trials = [
        Trial(
            n, LossSettings(form="margin", strength=n + 1.0), "failed" if score is None else "finished", score, ("a",)
        )
        for n, score in enumerate(scores)
    ]
    kept = None if reference is None else Trial(-1, REFERENCE, "finished", reference, ("ce",))
    return Study(Search(config=config, content="c0ffee"), kept, tuple(trials))


def test_the_reference_stands_above_the_best() -> None:
    shown = rows(study(0.071, None, 0.0512))
    column = "Dangerous mistakes per 1,000 on validation"
    assert [(row["Loss"], row[column]) for row in shown] == [("ce", 60.0), ("margin s=3", 51.2), ("margin s=1", 71.0)]
    assert len(rows(study(*[0.1] * 30))) == 1 + SHOWN
    assert rows(study(reference=None)) == []


@pytest.mark.parametrize(
    ("kind", "column", "value"),
    [
        ("over_call_ceiling", "Dangerous mistakes per 1,000 on validation", 512.3),
        ("accuracy_floor", "Dangerous mistakes per 1,000 on validation", 512.3),
        ("accuracy_loss", "Dangerous mistakes per 1,000 on validation", 512.3),
        ("cer_ceiling", "Mistakes per 1,000 on validation", 512.3),
        ("least_severity", "Average harm on validation", 0.51),
    ],
)
def test_what_is_counted_follows_the_wish(kind, column: str, value: float) -> None:
    wish = Wish(kind, 0.0 if kind == "least_severity" else 0.5)
    assert measure(wish) == column
    assert rows(study(0.51234, wish=str(wish)))[1][column] == value


def test_what_is_left_to_train_counts_the_reference_and_what_failed() -> None:
    assert to_train(None, 50) == 51
    assert to_train(study(reference=None), 50) == 51
    assert to_train(study(0.07, None, 0.05), 50) == 48
    assert to_train(study(0.07, 0.05), 1) == 0


def test_every_wish_has_its_words() -> None:
    assert all(measure(Wish(kind, 0.0)) for kind in WISH_KINDS)


def test_the_outcome_warns_of_its_own_flattery() -> None:
    assert outcome(study(0.07, 0.05)).startswith("margin s=2 did best of 2 on validation. The least of many figures")
    assert outcome(study(0.06, 0.07)) == "None of the 2 losses tried did better on validation than cross-entropy (ce)."
    assert outcome(study(None)) == outcome(study(reference=None)) == "Nothing has been tried to its end yet."
