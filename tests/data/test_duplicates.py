import io

import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from riskcore.data.duplicates import (
    Fingerprint,
    exact_sets,
    fingerprint,
    joined_sets,
    near_pairs,
    orientations,
    perceptual_hashes,
)
from riskcore.data.synthetic import draw, lesions
from riskcore.errors import InputError

LESIONS = lesions(60, seed=5)
TURNS = (  # in the order of `orientations`
    None,
    Image.Transpose.FLIP_LEFT_RIGHT,
    Image.Transpose.FLIP_TOP_BOTTOM,
    Image.Transpose.ROTATE_180,
    Image.Transpose.TRANSPOSE,
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSVERSE,
)


def picture(number: int, view: int = 0, size: int = 96) -> Image.Image:
    return Image.fromarray(draw(LESIONS[number], view, size=size, seed=5))


def encoded(image: Image.Image, format: str = "PNG", **options: int) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def printed(image: Image.Image, format: str = "PNG", **options: int) -> Fingerprint:
    return fingerprint(encoded(image, format, **options))


@pytest.mark.parametrize("size", [(96, 96), (33, 70), (300, 200), (8, 8)])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_hash_is_that_of_imagehash(size: tuple[int, int], mode: str) -> None:
    for number in range(8):
        image = picture(number).convert(mode).resize(size)
        assert f"{perceptual_hashes(image)[0]:016x}" == str(imagehash.phash(image))
        assert printed(image).hashes[0] == perceptual_hashes(image)[0]


def test_the_hash_of_noise_is_that_of_imagehash() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        image = Image.fromarray(rng.integers(0, 256, (50, 60, 3), dtype=np.uint8))
        assert f"{perceptual_hashes(image)[0]:016x}" == str(imagehash.phash(image))


def test_the_other_hashes_are_those_of_the_turned_image() -> None:
    for number in range(12):
        image = picture(number)
        own = perceptual_hashes(image)
        for position, turn in enumerate(TURNS):
            turned = image if turn is None else image.transpose(turn)
            distance = int(np.bitwise_count(own[position] ^ perceptual_hashes(turned)[0]))
            assert distance <= 2, turn


def test_orientations_are_those_of_pillow_and_all_differ() -> None:
    grey = np.asarray(picture(1).convert("L"))
    eight = orientations(grey)
    for own, turn in zip(eight, TURNS, strict=True):
        turned = Image.fromarray(grey) if turn is None else Image.fromarray(grey).transpose(turn)
        assert np.array_equal(own, np.asarray(turned))
    assert len({each.tobytes() for each in eight}) == 8
    stacked = orientations(np.stack([grey, grey[::-1]]))
    assert np.array_equal(stacked[:, 0], eight)


def test_equal_pixels_in_other_files_are_exact_duplicates() -> None:
    image = picture(0)
    packed, loose = printed(image, compress_level=9), printed(image, compress_level=0)
    assert packed.file != loose.file
    prints = [printed(picture(1)), packed, printed(picture(2)), loose, packed]
    assert exact_sets(prints) == [[1, 3, 4]]
    assert near_pairs(prints) == []


def test_equal_bytes_of_another_shape_are_no_duplicates() -> None:
    pixels = np.arange(48, dtype=np.uint8)
    prints = [
        printed(Image.fromarray(pixels.reshape(4, 4, 3))),
        printed(Image.fromarray(pixels.reshape(2, 8, 3))),
    ]
    assert exact_sets(prints) == []


@pytest.mark.parametrize("turn", [turn for turn in TURNS if turn is not None])
def test_flipped_and_turned_copies_are_found(turn: Image.Transpose) -> None:
    originals = [picture(number) for number in range(12)]
    copies = [image.transpose(turn) for image in originals]
    prints = [printed(image) for image in (*originals, *copies)]
    assert near_pairs(prints) == [(number, number + 12) for number in range(12)]


def test_recompressed_resized_and_brightened_copies_are_found() -> None:
    original = picture(3, size=256)
    prints = [
        printed(original),
        printed(original, "JPEG", quality=75),
        printed(original.resize((128, 128))),
        printed(ImageEnhance.Brightness(original).enhance(1.15)),
        printed(original.convert("L")),
        printed(picture(4, size=256)),
    ]
    assert near_pairs(prints) == [(i, j) for i in range(5) for j in range(i + 1, 5)]


def test_look_alikes_are_not_called_duplicates() -> None:
    several = [number for number, lesion in enumerate(LESIONS) if lesion.views > 1][:5]
    prints = [printed(picture(number, view)) for number in several for view in range(2)]
    assert near_pairs(prints) == []


def test_equal_hashes_alone_are_not_enough() -> None:
    rng = np.random.default_rng(0)
    broad = Image.fromarray(rng.integers(60, 200, (5, 5), dtype=np.uint8)).resize((96, 96))
    speckled = [np.asarray(broad) + rng.normal(0, 12, (96, 96)) for _ in range(2)]
    prints = [printed(Image.fromarray(each.clip(0, 255).astype(np.uint8))) for each in speckled]
    assert np.bitwise_count(prints[0].hashes[0] ^ prints[1].hashes[0]) <= 10
    assert np.corrcoef(speckled[0].ravel(), speckled[1].ravel())[0, 1] > 0.8
    assert near_pairs(prints) == []


def test_flat_images_are_no_near_duplicates() -> None:
    prints = [printed(Image.new("L", (40, 40), grey)) for grey in (0, 90, 91)]
    assert near_pairs(prints) == []


def test_progress_counts_the_images() -> None:
    seen: list[tuple[int, int]] = []
    near_pairs([printed(picture(number)) for number in range(3)], lambda *step: seen.append(step))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert near_pairs([]) == []


@given(st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)).filter(lambda pair: pair[0] != pair[1])))
def test_joined_sets_are_those_found_by_merging(links: list[tuple[int, int]]) -> None:
    sets = [{position} for position in range(15)]
    for one, other in links:
        first = next(each for each in sets if one in each)
        second = next(each for each in sets if other in each)
        if first is not second:
            sets.remove(second)
            first |= second
    assert joined_sets(links, 15) == sorted(sorted(each) for each in sets if len(each) > 1)


def test_a_file_that_is_no_image_is_an_error() -> None:
    with pytest.raises(InputError) as error:
        fingerprint(b"not an image", "notes.png")
    assert str(error.value).startswith("notes.png: the file is not an image")
