import csv as standard_csv
import io
import math

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image

from riskcore.data.decoding.declared import Declared
from riskcore.data.images import decode, thumbnail
from riskcore.decision.calibration import Calibration
from riskcore.decision.dial import Dial
from riskcore.errors import InputError
from riskcore.learning.bundle import Bundle
from riskcore.learning.prediction import Call
from riskcore.severity import SeverityMatrix
from riskcore.words.images.judged import PREVIEW, Judged, by_risk, csv, judge, table

CLASSES = ("naevus", "melanoma")
BUNDLE = Bundle(
    classes=CLASSES,
    matrix=SeverityMatrix(CLASSES, [[0, 2], [10, 0]], critical=10),
    model="none",
    stages=None,
    preprocessing={},
    calibration=Calibration.identity(2),
    dial=Dial("severity", 0.0),
    provenance={"run": "r1", "synthetic": False},
)


def prediction(decision: str, melanoma: float) -> Call:
    shares = {"naevus": 1 - melanoma, "melanoma": melanoma}
    harm = {"naevus": 10 * melanoma, "melanoma": 2 * (1 - melanoma)}
    missed = melanoma if decision == "naevus" else 0.0
    worst = "melanoma" if missed >= 0.05 else None
    return Call(decision, decision, shares, harm, worst, missed)


def png(width: int = 640, height: int = 480) -> bytes:
    stream = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def test_an_image_is_decoded_once_judged_and_kept_small() -> None:
    seen: list[NDArray[np.uint8]] = []

    def predict(pixels: NDArray[np.uint8], declares: Declared) -> Call:
        seen.append(pixels)
        return prediction("naevus", 0.1)

    found = judge(predict, "lesion.png", png())
    assert len(seen) == 1
    np.testing.assert_array_equal(seen[0], decode(png()))
    assert (found.name, found.prediction, found.error) == ("lesion.png", prediction("naevus", 0.1), None)
    assert found.preview == thumbnail(png(), PREVIEW)
    assert Image.open(io.BytesIO(found.preview)).size == (PREVIEW, PREVIEW * 3 // 4)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty; fetch or export it again."),
        (b"hello", "the file is not an image; expected PNG, JPEG, TIFF, BMP, GIF, WebP or DICOM content."),
        (png()[:5000], "the image is damaged or cut short; fetch or export it again."),
    ],
)
def test_a_bad_file_becomes_one_line_that_names_it(content: bytes, reason: str) -> None:
    found = judge(lambda pixels: prediction("naevus", 0.1), "scan.png", content)
    assert found == Judged("scan.png", None, b"", f"scan.png: {reason}")


def test_an_image_too_large_for_the_memory_does_not_end_the_others() -> None:
    def predict(pixels: NDArray[np.uint8], declares: Declared) -> Call:
        raise MemoryError

    found = judge(predict, "slide.tif", png(8, 8))
    assert found.error == "slide.tif: there is not enough memory for this image; shrink it first."


def test_what_is_wrong_in_riskcore_itself_is_not_put_down_to_the_file() -> None:
    def predict(pixels: NDArray[np.uint8], declares: Declared) -> Call:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        judge(predict, "scan.png", png(8, 8))


MIXED = [
    Judged("low", prediction("naevus", 0.01)),
    Judged("bad", None, error="bad: no image."),
    Judged("sure finding", prediction("melanoma", 0.95)),
    Judged("high", prediction("naevus", 0.3)),
    Judged("raised", prediction("naevus", 0.1)),
    Judged("finding", prediction("melanoma", 0.6)),
    Judged("higher", prediction("naevus", 0.4)),
    Judged("low too", prediction("naevus", 0.01)),
]


def test_the_most_urgent_come_first_and_what_could_not_be_judged_last() -> None:
    order = [MIXED[place].name for place in by_risk(MIXED, BUNDLE)]
    assert order == ["higher", "high", "sure finding", "finding", "raised", "low", "low too", "bad"]
    assert by_risk([], BUNDLE) == []


def test_the_table_holds_every_image_in_the_order_given() -> None:
    frame = table(MIXED[:3], BUNDLE)
    assert frame["image"].tolist() == ["low", "bad", "sure finding"]
    assert frame["risk"].fillna("").tolist() == ["Low risk of a dangerous miss", "", "Dangerous finding"]
    assert frame["error"].fillna("").tolist() == ["", "bad: no image.", ""]
    assert set(frame["run"]) == {"r1"}
    last = frame.iloc[2]
    assert (last["decision"], last["class"], last["probability"]) == ("melanoma", "melanoma", 0.95)
    assert (last["critical_probability"], last["expected_severity"]) == (0.0, pytest.approx(0.1))
    assert (last["probability naevus"], last["probability melanoma"]) == (pytest.approx(0.05), 0.95)
    assert table([MIXED[1]], BUNDLE).columns.tolist() == frame.columns.tolist()


def test_no_cell_of_the_csv_is_a_formula_and_everything_is_read_back() -> None:
    frame = pd.DataFrame(
        {"image": ["=HYPERLINK(1)", "@x", 'a,"b"\nc', "+1", "-1"], "+share": [-1.5, 0.25, 1.0, 2.0, 3.0]}
    )
    rows = list(standard_csv.reader(io.StringIO(csv(frame))))
    assert rows[0] == ["image", "'+share"]
    assert [row[0] for row in rows[1:]] == ["'=HYPERLINK(1)", "'@x", 'a,"b"\nc', "'+1", "'-1"]
    assert [float(row[1]) for row in rows[1:]] == [-1.5, 0.25, 1.0, 2.0, 3.0]


def test_an_image_for_which_the_model_has_no_finite_numbers_is_not_judged() -> None:
    def predict(pixels: NDArray[np.uint8], declares: Declared) -> Call:
        raise InputError("the model gives no finite numbers for this image.")

    found = judge(predict, "lesion.png", png())
    assert (found.prediction, found.preview) == (None, b"")
    assert found.error == "lesion.png: the model gives no finite numbers for this image."


def test_a_probability_that_is_not_finite_has_no_place_and_no_row() -> None:
    judged = [Judged("a.png", prediction("naevus", math.nan))]
    for use in (by_risk, table):
        with pytest.raises(InputError, match="has no level of risk"):
            use(judged, BUNDLE)
