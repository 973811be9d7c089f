"""The frontier figure: what is drawn, and that the files are what their suffix says."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from riskcore.plots.frontier import argmax_point, frontier_figure, mean_curve, save_figure
from riskcore.plots.palette import COLOURS

FRONTIERS = {
    "focal": [
        {"accuracy": [0.5, 0.7, 0.8], "cer": [0.01, 0.02, 0.06], "argmax": [0.78, 0.06]},
        {"accuracy": [0.6, 0.75], "cer": [0.0, 0.04], "argmax": [0.74, 0.08]},
    ],
    "log_harm s=3": [{"accuracy": [0.4, 0.76], "cer": [0.0, 0.03]}],
}


def test_curves_are_averaged_as_steps_up_to_what_all_reach() -> None:
    accuracy, mean, low, high = mean_curve(FRONTIERS["focal"])
    np.testing.assert_allclose(accuracy, [0.5, 0.6, 0.7, 0.75])
    first, second = [0.01, 0.02, 0.02, 0.06], [0.0, 0.0, 0.04, 0.04]
    np.testing.assert_allclose(mean, np.mean([first, second], axis=0))
    np.testing.assert_allclose(low, np.minimum(first, second))
    np.testing.assert_allclose(high, np.maximum(first, second))


def test_one_curve_is_its_own_mean() -> None:
    accuracy, mean, low, high = mean_curve(FRONTIERS["log_harm s=3"])
    assert accuracy.tolist() == [0.4, 0.76]
    assert mean.tolist() == low.tolist() == high.tolist() == [0.0, 0.03]


def test_argmax_is_averaged_where_it_is_known() -> None:
    assert argmax_point(FRONTIERS["focal"]) == pytest.approx((0.76, 0.07))
    assert argmax_point(FRONTIERS["log_harm s=3"]) is None


def test_the_plotly_figure_has_a_curve_a_loss_a_band_for_seeds_and_a_dot_for_argmax() -> None:
    figure = frontier_figure(FRONTIERS, "Toy")
    named = [trace for trace in figure.data if trace.name is not None]
    assert [trace.name for trace in named] == list(FRONTIERS)
    assert [trace.line.color for trace in named] == list(COLOURS[:2])
    assert len({trace.line.dash for trace in named}) == 2  # told apart without colour, too
    assert list(named[1].y) == [0.0, 0.03]
    bands = [trace for trace in figure.data if trace.fill == "tonexty"]
    assert len(bands) == 1
    assert list(bands[0].y) == pytest.approx([0.01, 0.02, 0.04, 0.06])
    (dot,) = [trace for trace in figure.data if trace.mode == "markers"]
    assert (dot.x[0], dot.y[0]) == pytest.approx((0.76, 0.07))
    assert figure.layout.title.text == "Toy"
    assert "CER" in figure.layout.yaxis.title.text


def test_many_losses_still_get_a_colour_and_a_line_style() -> None:
    many = {f"loss {number}": FRONTIERS["log_harm s=3"] for number in range(12)}
    assert len(frontier_figure(many, "Many").data) == 12


def test_png_and_pdf_are_valid_and_the_same_each_time(tmp_path: Path) -> None:
    for suffix in ("png", "pdf"):
        for name in ("once", "again"):
            save_figure(FRONTIERS, "Toy", tmp_path / f"{name}.{suffix}")
        assert (tmp_path / f"once.{suffix}").read_bytes() == (tmp_path / f"again.{suffix}").read_bytes()
    with Image.open(tmp_path / "once.png") as image:
        image.load()
        assert image.size == (1050, 675)
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 24)}
    drawn = {tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)) for colour in COLOURS[:2]}
    assert drawn <= colours
    pdf = (tmp_path / "once.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")


def test_a_curve_without_critical_errors_can_be_drawn(tmp_path: Path) -> None:
    save_figure({"ce": [{"accuracy": [0.5], "cer": [0.0]}]}, "Nothing", tmp_path / "flat.png")
    assert (tmp_path / "flat.png").stat().st_size > 1000


def test_importing_the_module_imports_no_drawing_library() -> None:
    code = "import sys, riskcore.plots; print([m for m in ('plotly', 'matplotlib', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
