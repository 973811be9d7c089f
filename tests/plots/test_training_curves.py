"""The curves of training runs."""

from typing import Any

import pytest

from riskcore.plots.training_curves import MOST_POINTS, training_figure


def epochs(count: int, **changes: Any) -> list[dict[str, Any]]:
    return [
        {
            "kind": "epoch",
            "epoch": number,
            "epochs": count,
            "train_loss": 2.0 / number,
            "validation_loss": 3.0 / number,
            "validation_accuracy": 1 - 0.5 / number,
            "validation_cer": 0.25 / number,
            **changes,
        }
        for number in range(1, count + 1)
    ]


def curves(figure: Any, panel: int, name: str) -> list[Any]:
    axis = "x" if panel == 0 else f"x{panel + 1}"
    return [trace for trace in figure.data if trace.xaxis == axis and trace.name == name]


def test_three_panels_over_epochs() -> None:
    figure = training_figure(epochs(2), {})
    assert [text.text for text in figure.layout.annotations] == ["Loss", "Accuracy", "Dangerous mistakes per 1,000"]
    (training,) = curves(figure, 0, "training")
    assert (list(training.x), list(training.y)) == ([1, 2], [2.0, 1.0])
    values = [[3.0, 1.5], [0.5, 0.75], [250.0, 125.0]]
    for panel, expected in enumerate(values):
        (validation,) = curves(figure, panel, "validation")
        assert (list(validation.x), list(validation.y)) == ([1, 2], expected)
    assert training.line.dash != validation.line.dash  # told apart without colour, too
    assert sum(trace.showlegend for trace in figure.data) == 2


def test_training_loss_inside_an_epoch_is_drawn_where_it_belongs() -> None:
    step = {"kind": "step", "epoch": 3, "epochs": 4, "progress": 0.625, "train_loss": 0.75}
    broken = {**step, "progress": 0.7, "train_loss": None}
    lines = [*({**line, "epochs": 4} for line in epochs(2)), step, broken]
    (training,) = curves(training_figure(lines, {}), 0, "training")
    assert list(training.x) == [1, 2, 2.5]
    assert training.y[-1] == 0.75


def test_other_seeds_are_faint_and_beneath() -> None:
    figure = training_figure(epochs(3), {"seed 1": epochs(5)})
    for panel in range(3):
        (other,) = curves(figure, panel, "seed 1")
        (own,) = curves(figure, panel, "validation")
        assert other.opacity < own.opacity
        assert len(other.x) == 5
        assert figure.data.index(other) < figure.data.index(own)
        assert not other.showlegend


def test_gaps_are_left_out() -> None:
    (validation,) = curves(training_figure(epochs(3, validation_loss=None), {}), 0, "validation")
    assert list(validation.x) == []


@pytest.mark.parametrize("count", [MOST_POINTS, MOST_POINTS + 1, 10 * MOST_POINTS + 7])
def test_long_runs_stay_light_and_end_where_they_are(count: int) -> None:
    for trace in training_figure(epochs(count), {}).data:
        assert len(trace.x) <= MOST_POINTS
        assert trace.x[-1] == count


def test_one_epoch_is_a_point() -> None:
    (validation,) = curves(training_figure(epochs(1), {}), 1, "validation")
    assert "markers" in validation.mode
