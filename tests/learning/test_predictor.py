import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from riskcore.decision.calibration import Calibration
from riskcore.decision.certificate import AnswerRule
from riskcore.decision.dial import Dial
from riskcore.errors import InputError
from riskcore.learning.backbones import Preprocessing
from riskcore.learning.bundle import Bundle, describe
from riskcore.learning.network import Network
from riskcore.learning.prediction import not_judged
from riskcore.learning.predictor import Predictor
from riskcore.severity import SeverityMatrix

CLASSES = ("naevus", "keratosis", "melanoma")
MATRIX = SeverityMatrix(CLASSES, [[0, 1, 3], [2, 0, 3], [10, 8, 0]], critical=8)
LIKELIEST = Dial("severity", 0.0)
PREPARED = Preprocessing(4, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4), "bicubic")


class Constant(nn.Module):
    """The same logits for every image; their mirror images get twice as much."""

    def __init__(self, logits: list[float]) -> None:
        super().__init__()
        self.logits = torch.tensor(logits)
        self.calls = 0

    def forward(self, images: Tensor) -> Tensor:
        self.calls += 1
        return self.logits.expand(len(images), 3) * (1 if self.calls % 2 else 2)


class Corners(nn.Module):
    """Logits that are the normalised channels of the top left pixel."""

    def forward(self, images: Tensor) -> Tensor:
        return images[:, :, 0, 0]


def predictor(network: nn.Module, dial: Dial = LIKELIEST, calibration: Calibration | None = None) -> Predictor:
    bundle = Bundle(CLASSES, MATRIX, "none", None, describe(PREPARED), calibration or Calibration.identity(3), dial, {})
    return Predictor(bundle, Network(None, network, PREPARED), torch.device("cpu"))


def image(seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)


def test_logits_are_averaged_over_the_normalised_image_and_its_mirror() -> None:
    images = np.stack([image(seed) for seed in range(70)])
    steps: list[tuple[int, int, str]] = []
    found = predictor(Corners()).logits(images, lambda *step: steps.append(step))
    corners = (images[:, 0, 0] / 255 + images[:, 0, -1] / 255) / 2
    np.testing.assert_allclose(found, (corners - PREPARED.mean) / PREPARED.std, atol=1e-6)
    assert found.dtype == np.float64
    assert steps == [(64, 70, "predictions"), (70, 70, "predictions")]


def test_the_fields_are_those_of_a_hand_calculation() -> None:
    # Averaged logits (2, 1, 0) · 1.5; halved by T = 1.5 · 2 / 2, plus the bias: p = softmax(log 5, log 3, log 2).
    base = np.log([5.0, 3.0, 2.0])
    calibration = Calibration(1.5, base - np.array([2.0, 1.0, 0.0]))
    found = predictor(Constant([2.0, 1.0, 0.0]), Dial("severity", 1.0), calibration)(image())
    assert found.predicted == "naevus"
    assert list(found.probabilities) == list(CLASSES)
    assert found.probabilities == pytest.approx({"naevus": 0.5, "keratosis": 0.3, "melanoma": 0.2})
    # Harm of calling j: sum of p_i M_ij. naevus .3·2 + .2·10, keratosis .5·1 + .2·8, melanoma .5·3 + .3·3.
    assert found.expected_severity == pytest.approx({"naevus": 2.6, "keratosis": 2.1, "melanoma": 2.4})
    assert found.decision == "keratosis"
    assert found.worst_miss == "melanoma"
    assert found.critical_probability == pytest.approx(0.2)
    assert found.as_dict() == {
        "judged": True,
        "why": [],
        "class": "naevus",
        "probabilities": found.probabilities,
        "expected_severity": found.expected_severity,
        "decision": "keratosis",
        "worst_miss": "melanoma",
        "critical_probability": found.critical_probability,
        "answered": None,
    }


@pytest.mark.parametrize(
    ("per", "threshold", "answered"),
    [
        ("answered", 0.21, True),
        ("answered", 0.19, False),
        ("case", 0.21, True),
        ("harm", 0.22, True),
        ("harm", 0.2, False),
    ],
)
def test_a_certificate_says_what_may_be_answered(per: str, threshold: float, answered: bool) -> None:
    """As above: the probability of a critical error is 0.2, the expected harm 2.1 of at most 10."""
    base = np.log([5.0, 3.0, 2.0])
    own = predictor(
        Constant([2.0, 1.0, 0.0]), Dial("severity", 1.0), Calibration(1.5, base - np.array([2.0, 1.0, 0.0]))
    )
    own.bundle = replace(own.bundle, answer_rule=AnswerRule(threshold, 0.05, 0.95, per))
    assert own(image()).answered is answered


def test_the_dial_decides_and_the_class_stays_that_of_the_raw_logits() -> None:
    calibration = Calibration(1.0, np.log([1.0, 4.0, 1.0]))
    found = predictor(Constant([0.2, 0.0, 0.0]), Dial("severity", 0.0), calibration)(image())
    assert (found.predicted, found.decision) == ("naevus", "keratosis")
    cautious = predictor(Constant([0.2, 0.0, 0.0]), Dial("critical", 1.0), calibration)(image())
    assert (cautious.decision, cautious.worst_miss, cautious.critical_probability) == ("melanoma", None, 0.0)


@pytest.mark.parametrize(("probability", "worst"), [(0.06, "melanoma"), (0.04, None)])
def test_a_miss_below_five_percent_is_not_called_plausible(probability: float, worst: str | None) -> None:
    p = np.array([0.9, 0.1 - probability, probability])
    found = predictor(Constant([0.0, 0.0, 0.0]), calibration=Calibration(1.0, np.log(p)))(image())
    assert found.worst_miss == worst
    assert found.critical_probability == pytest.approx(probability)


def test_a_blank_image_is_not_judged_and_the_others_are(tmp_path: Path) -> None:
    judge = predictor(Corners())
    Image.fromarray(image()).save(tmp_path / "lesion.png")
    Image.new("RGB", (40, 30), (9, 9, 9)).save(tmp_path / "blank.png")
    found = dict(judge.many([tmp_path / "blank.png", tmp_path / "lesion.png"]))
    blank = not_judged(["blank or nearly so: 99 % of its pixels are within 2 levels of 255"])
    assert found[tmp_path / "blank.png"] == blank == judge(np.full((30, 40, 3), 200, dtype=np.uint8))
    assert found[tmp_path / "lesion.png"] == judge(image())


def test_a_path_bytes_and_an_array_are_judged_alike(tmp_path: Path) -> None:
    judge = predictor(Corners())
    Image.fromarray(image()).save(tmp_path / "lesion.png")
    content = io.BytesIO()
    Image.fromarray(image()).save(content, "PNG")
    assert (
        judge(tmp_path / "lesion.png")
        == judge(str(tmp_path / "lesion.png"))
        == judge(content.getvalue())
        == judge(image())
    )


def test_one_unreadable_image_does_not_end_the_rest(tmp_path: Path) -> None:
    Image.fromarray(image()).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_text("no image")
    Image.fromarray(image(1)).save(tmp_path / "c.png")
    found = list(predictor(Corners()).many(sorted(tmp_path.iterdir())))
    assert [path.name for path, _ in found] == ["a.png", "b.png", "c.png"]
    assert [isinstance(outcome, InputError) for _, outcome in found] == [False, True, False]
    assert str(tmp_path / "b.png") in str(found[1][1])


NOT_FINITE = "the model gives no finite numbers for {}; the bundle or the image is damaged."


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 2])
def test_logits_that_are_not_finite_are_never_a_class(tmp_path: Path, value: float, place: int) -> None:
    logits = [0.0, 0.0, 0.0]
    logits[place] = value
    judge = predictor(Constant(logits))
    with pytest.raises(InputError) as caught:
        judge(image())
    assert str(caught.value) == NOT_FINITE.format("this image")
    with pytest.raises(InputError) as caught:
        judge.logits(np.stack([image(), image(1)]))
    assert str(caught.value) == NOT_FINITE.format("2 of 2 images")
    Image.fromarray(image()).save(tmp_path / "a.png")
    ((_, outcome),) = judge.many([tmp_path / "a.png"])
    assert isinstance(outcome, InputError)
    assert str(outcome) == f"{tmp_path / 'a.png'}: {NOT_FINITE.format('this image')}"


def test_numbers_that_become_infinite_after_the_network_are_never_a_class() -> None:
    tiny = Calibration(5e-324, np.zeros(3))  # the logits are divided by it
    with pytest.raises(InputError, match="no finite numbers for this image"):
        predictor(Constant([2.0, 1.0, 0.0]), calibration=tiny)(image())
