"""What training images have in common, and the images that cannot be of their kind."""

import numpy as np
import pytest
from numpy.typing import NDArray

from riskcore.data.decoding.declared import Declared
from riskcore.learning.image_kind import ImageKind, kind_of

GREY = np.repeat(np.random.default_rng(0).integers(0, 256, (300, 400, 1), dtype=np.uint8), 3, axis=2)
COLOURED = np.random.default_rng(1).integers(0, 256, (300, 400, 3), dtype=np.uint8)


def test_grey_among_colours_and_colour_among_greys_are_strange() -> None:
    colour, grey, mixed = (ImageKind(value, 300) for value in ("colour", "grey", None))
    assert colour.strange(GREY, 160) == ("grey, while every training image is in colour",)
    assert grey.strange(COLOURED, 160) == ("in colour, while every training image is grey",)
    for kind, pixels in ((colour, COLOURED), (grey, GREY), (mixed, GREY), (mixed, COLOURED)):
        assert kind.strange(pixels, 160) == ()


def test_grey_with_the_noise_of_a_camera_is_grey() -> None:
    noise = np.random.default_rng(2).integers(0, 4, GREY.shape)
    noisy = np.clip(GREY.astype(int) + noise, 0, 255).astype(np.uint8)
    assert ImageKind("grey").strange(noisy, 160) == ()
    assert ImageKind("colour").strange(noisy, 160) != ()


@pytest.mark.parametrize(
    ("sides", "least", "size", "strange"),
    [
        ((60, 79), 450, 160, True),
        ((60, 80), 450, 160, False),  # enlarged to twice its size
        ((300, 400), 3000, 160, False),  # the network sees no more of the training images
        ((60, 49), 100, 160, False),
        ((40, 49), 100, 160, True),
        ((3, 3), 0, 160, False),  # not known
    ],
)
def test_far_smaller_is_told_by_the_longer_side(sides: tuple[int, int], least: int, size: int, strange: bool) -> None:
    found = ImageKind("colour", least).strange(COLOURED[: sides[0], : sides[1]], size)
    assert bool(found) is strange
    if strange:
        assert found[0].startswith(f"far smaller than the training images: {sides[1]} × {sides[0]} pixels")


def test_another_modality_or_body_part_is_strange_and_not_repeated() -> None:
    kind = ImageKind("grey", 300, ("CT", "MR"), ("HEAD",))
    assert kind.strange(GREY, 160, Declared("MR", "HEAD")) == ()
    assert kind.strange(GREY, 160, Declared()) == ()  # an image that says nothing
    assert kind.strange(GREY, 160, Declared("US", "DOE JOHN")) == (
        "declared as another modality than that of the training images (CT, MR)",
        "declared as another body part than that of the training images (HEAD)",
    )
    assert ImageKind("grey", 300).strange(GREY, 160, Declared("US", "ABDOMEN")) == ()  # nothing to hold it against


@pytest.mark.parametrize(
    ("pictures", "colour"), [([GREY, GREY], "grey"), ([COLOURED, COLOURED], "colour"), ([GREY, COLOURED], None)]
)
def test_the_kind_of_training_images(pictures: list[NDArray[np.uint8]], colour: str | None) -> None:
    squares = np.stack([picture[:160, :160] for picture in pictures])
    found = kind_of(squares, 300, [Declared("CT"), Declared("CT", "CHEST")])
    assert found == ImageKind(colour, 300, ("CT",), ("CHEST",))
    assert ImageKind.from_dict(found.as_dict()) == found
