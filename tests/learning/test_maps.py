"""Class maps: where they lie, that they depend on the weights, and that they fall on lesions that we drew."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression
from torch import nn

from riskcore.config import ModelSettings
from riskcore.data.batches import normalise, to_float
from riskcore.data.synthetic import CLASSES, draw, lesion_mask, lesions
from riskcore.decision.calibration import Calibration
from riskcore.decision.dial import Dial
from riskcore.errors import InputError
from riskcore.learning import network
from riskcore.learning.backbones import Preprocessing
from riskcore.learning.bundle import Bundle, describe
from riskcore.learning.maps import ClassMapper
from riskcore.learning.network import Network, StandardisedHead, networks_of
from riskcore.learning.predictor import Predictor
from riskcore.severity import SeverityMatrix

AS_IT_IS = Preprocessing(32, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), "bicubic")


def predictor(classifier: Network, classes: tuple[str, ...] = ("red", "not red")) -> Predictor:
    classifier.trained.eval()
    matrix = SeverityMatrix(classes, 1.0 - np.eye(len(classes)))
    prepared = describe(classifier.preprocessing)
    bundle = Bundle(classes, matrix, "", None, prepared, Calibration.identity(len(classes)), Dial("severity", 0.0), {})
    return Predictor(bundle, classifier, torch.device("cpu"))


def reddish(factor: float = 1.0) -> Network:
    """By hand: the score of the first class is `factor` times the mean of the red channel, in cells of 4 pixels."""
    classifier = nn.Linear(3, 2)
    with torch.no_grad():
        classifier.weight.copy_(torch.tensor([[factor, 0.0, 0.0], [-factor, 0.0, 0.0]]))
        classifier.bias.zero_()
    trained = nn.Sequential(nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), classifier)
    return Network(nn.Sequential(nn.AvgPool2d(4)), trained, AS_IT_IS)


def with_square(height: int, width: int, down: bool, right: bool) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A black image with a red rectangle, a quarter of each side, in a corner; and where that is."""
    inside = np.zeros((height, width), dtype=bool)
    inside[: height // 4, : width // 4] = True
    inside = inside[:: -1 if down else 1, :: -1 if right else 1]
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[inside, 0] = 255
    return pixels, inside


def over(values: NDArray[np.float32], pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A map stretched over its image."""
    size = (pixels.shape[1], pixels.shape[0])
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BILINEAR))


@pytest.mark.parametrize(("height", "width"), [(64, 64), (40, 120), (120, 40), (33, 47), (20, 12)])
@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("right", [False, True])
def test_the_map_lies_on_what_raises_the_score(height: int, width: int, down: bool, right: bool) -> None:
    pixels, inside = with_square(height, width, down, right)
    values = ClassMapper(predictor(reddish()))(pixels, ["red"])["red"]
    assert values is not None
    assert values.dtype == np.float32
    assert values.max() == 1.0
    assert values.min() >= 0.0
    assert values.shape[0] / values.shape[1] == pytest.approx(height / width, rel=0.1)  # nothing of what was mirrored
    spread = over(values, pixels)
    assert inside[np.unravel_index(spread.argmax(), spread.shape)]
    assert spread[inside].mean() > 10 * spread[~inside].mean()


def test_a_class_that_no_place_speaks_for_has_no_map() -> None:
    pixels, _ = with_square(40, 60, False, False)
    maps = ClassMapper(predictor(reddish()))(pixels, ["not red", "red"])
    assert list(maps) == ["not red", "red"]
    assert maps["not red"] is None
    assert maps["red"] is not None


@pytest.mark.parametrize("factor", [0.0, float("nan"), float("inf")])
def test_without_finite_numbers_or_any_there_is_nothing_to_see(factor: float) -> None:
    pixels, _ = with_square(40, 60, False, False)
    assert ClassMapper(predictor(reddish(factor)))(pixels, ["red"]) == {"red": None}


def test_what_all_classes_share_is_no_reason_for_one() -> None:
    """Softmax leaves a constant free: adding the same to all logits changes no probability, so no map either."""
    shared, pixels = reddish(), noise(0)
    with torch.no_grad():
        shared.trained[-1].weight += torch.tensor([2.0, -1.0, 3.0])  # type: ignore[index,union-attr,operator]
    one, other = (ClassMapper(predictor(each))(pixels, ["red"])["red"] for each in (reddish(), shared))
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_network_that_keeps_no_places_is_refused_in_a_line() -> None:
    flat = Network(None, nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 2)), AS_IT_IS)
    with pytest.raises(InputError, match=r"no class maps\.$"):
        ClassMapper(predictor(flat))


def noise(seed: int, height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    """Smooth coloured noise."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


NETWORKS = [
    *((name, stages, 1) for name in ("test_efficientnet", "test_vit") for stages in (0, 1, None)),
    ("test_efficientnet", 3, 2),
    ("test_vit", None, 2),
    ("test_efficientnet", 0, 2),
    ("test_resnet", 1, 1),
    ("test_convnext", None, 1),
]
"""Name, stages that are trained, members."""


def built(name: str, stages: int | None, members: int, seed: int) -> Network:
    """An untrained network whose heads, which begin at zero, are random too."""
    settings = ModelSettings(name=name, weights="none", size=96, members=members)
    classifier = network.build(settings, stages, 3, seed)
    generator = torch.Generator().manual_seed(seed)
    for member in networks_of(classifier.trained):
        if isinstance(member, StandardisedHead):
            with torch.no_grad():
                member.linear.weight.copy_(torch.randn(member.linear.weight.shape, generator=generator))
    return classifier


def made(name: str, stages: int | None, members: int, seed: int, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    mapper = ClassMapper(predictor(built(name, stages, members, seed), ("a", "b", "c")))
    maps = mapper(pixels, ["a", "c"])
    found = maps["a"] if maps["a"] is not None else maps["c"]
    assert found is not None
    return found


@pytest.mark.parametrize(("name", "stages", "members"), NETWORKS)
def test_a_map_depends_on_the_weights_and_on_nothing_else(name: str, stages: int | None, members: int) -> None:
    """Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018."""
    alike = []
    for seed in range(2):
        pixels = noise(seed)
        own = made(name, stages, members, seed, pixels)
        assert own.shape == (72, 96)
        np.testing.assert_array_equal(own, made(name, stages, members, seed, pixels))
        alike.append(spearmanr(own.ravel(), made(name, stages, members, seed + 10, pixels).ravel()).statistic)
    assert np.mean(alike) < 0.5


@pytest.mark.parametrize(("name", "stages", "members"), NETWORKS)
def test_the_map_of_the_mirror_image_is_the_mirrored_map(name: str, stages: int | None, members: int) -> None:
    pixels = noise(1, 64, 64)
    one = made(name, stages, members, 0, pixels)
    other = made(name, stages, members, 0, np.ascontiguousarray(pixels[:, ::-1]))
    np.testing.assert_allclose(one, other[:, ::-1], atol=1e-4)


def test_it_leaves_the_network_as_it_was() -> None:
    judging = predictor(built("test_vit", 1, 1, 0), ("a", "b", "c"))
    images = noise(0, 96, 96)[None]
    before = judging.logits(images)
    ClassMapper(judging)(images[0], ["a"])
    np.testing.assert_array_equal(judging.logits(images), before)
    for module in (judging.classifier.front, judging.classifier.trained):
        assert module is not None
        assert not any(each._forward_hooks or each._forward_pre_hooks for each in module.modules())
        assert all(weights.grad is None for weights in module.parameters())


@pytest.fixture(scope="module")
def demo() -> Predictor:
    """The demo's model in small: ImageNet features, frozen, and a linear head, fitted to 250 drawn lesions."""
    classifier = network.build(ModelSettings(name="tf_efficientnet_lite0", size=96), 0, len(CLASSES))
    drawn = lesions(1500, seed=0)[:250]
    prepared, front, head = classifier.preprocessing, classifier.front, classifier.trained
    assert front is not None
    assert isinstance(head, StandardisedHead)
    images = torch.from_numpy(np.stack([draw(lesion, 0) for lesion in drawn]))
    with torch.inference_mode():
        features = torch.cat(
            [front(normalise(to_float(part), prepared.mean, prepared.std)) for part in images.split(50)]
        )
        head.fit(features)
        standardised = ((features - head.mean) / head.deviation).numpy()
        fitted = LogisticRegression(C=0.01).fit(standardised, [CLASSES.index(lesion.label) for lesion in drawn])
        head.linear.weight.copy_(torch.from_numpy(fitted.coef_))
        head.linear.bias.copy_(torch.from_numpy(fitted.intercept_))
    return predictor(classifier, CLASSES)


def share_on_lesions(demo: Predictor, displaced: bool) -> tuple[float, float]:
    """Mean share of the maps on 40 other lesions, over their mean share of the area; the same with others' maps."""
    maps, masks = [], []
    mapper = ClassMapper(demo)
    for place, lesion in enumerate(lesions(1500, seed=0)[250:290]):
        step = 19 if displaced else 0
        by = (step if place % 2 else -step, step if place // 2 % 2 else -step)
        image = np.roll(draw(lesion, 0), by, (0, 1))
        called = CLASSES[int(demo.logits(image[None]).argmax())]
        values = mapper(image, [called])[called]
        assert values is not None
        maps.append(values / values.sum())
        masks.append(np.roll(lesion_mask(lesion, 0), by, (0, 1)))
    own, of_others = (
        np.mean([(values * mask).sum() for values, mask in zip(each, masks, strict=True)])
        for each in (maps, [*maps[1:], *maps[:1]])
    )
    area = np.mean(masks)
    return float(own / area), float(of_others / area)


def test_at_least_twice_as_much_falls_on_the_lesion_as_its_area_would_get(demo: Predictor) -> None:
    """The condition for maps to be shown by default; measured in full by `research.maps`."""
    ratio, _ = share_on_lesions(demo, displaced=False)
    assert ratio >= 2


def test_the_map_follows_a_lesion_that_does_not_lie_in_the_middle(demo: Predictor) -> None:
    """Lesions are drawn in the middle, where a map of any image would fall on them."""
    ratio, of_others = share_on_lesions(demo, displaced=True)
    assert ratio >= 2
    assert of_others < 1
