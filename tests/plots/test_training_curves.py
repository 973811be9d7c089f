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
    assert [text.text for text in figure.layout.annotations] == [
        "Loss",
        "Right per 1,000",
        "Dangerous mistakes per 1,000",
    ]
    (training,) = curves(figure, 0, "training")
    assert (list(training.x), list(training.y)) == ([1, 2], [2.0, 1.0])
    values = [[3.0, 1.5], [500.0, 750.0], [250.0, 125.0]]
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


def test_one_epoch_is_a_point_on_axes_that_show_how_high_it_is() -> None:
    figure = training_figure(epochs(1), {})
    (validation,) = curves(figure, 1, "validation")
    assert "markers" in validation.mode
    layout = figure.layout
    for axis in (layout.xaxis, layout.xaxis2, layout.xaxis3):
        assert (axis.range[0], axis.dtick) == (0, 1)
        assert 1 < axis.range[1] < 1.5  # the point is not cut in half
    assert layout.yaxis2.range == (0, 1000)
    for axis, value in ((layout.yaxis, 3.0), (layout.yaxis3, 250.0)):
        assert axis.range[0] == 0
        assert value < axis.range[1] < 2 * value
    none = training_figure(epochs(1, validation_cer=0.0), {}).layout
    assert none.yaxis3.range == (0, 1)


@pytest.mark.parametrize(("count", "between"), [(2, 1), (6, 1), (7, 2), (40, 10), (70, 20), (1000, 200)])
def test_only_whole_epochs_are_named(count: int, between: int) -> None:
    layout = training_figure(epochs(2), {"seed 1": epochs(count)}).layout
    assert layout.xaxis2.dtick == between
    assert layout.yaxis.range is None  # several points: as they lie
