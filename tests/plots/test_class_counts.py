"""Bars of images a class."""

from riskcore.data.class_counts import ClassCount
from riskcore.plots.class_counts import class_counts_figure


def test_bars_stack_to_the_images_of_each_class() -> None:
    counts = [
        ClassCount("ill", 3, 0.3, 2, {"train": 2, "test": 1}),
        ClassCount("well", 7, 0.7, 5, {"train": 4, "test": 3}),
    ]
    figure = class_counts_figure(counts)
    assert [trace.name for trace in figure.data] == ["train", "test"]
    assert [sum(trace.x[place] for trace in figure.data) for place in range(2)] == [3, 7]
    assert [note.text for note in figure.layout.annotations] == ["3", "7"]
    assert figure.layout.barmode == "stack"
    assert figure.layout.showlegend is True
    assert len({trace.marker.pattern.shape for trace in figure.data}) == 2  # not told apart by colour alone


def test_one_split_needs_no_legend_and_names_are_no_markup() -> None:
    figure = class_counts_figure([ClassCount("<b>ill</b>", 3, 1.0, None, {"not assigned": 3})])
    assert figure.layout.showlegend is False
    assert figure.data[0].y == ("&lt;b&gt;ill&lt;/b&gt;",)
