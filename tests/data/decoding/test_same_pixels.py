"""Decoding in blocks gives the same pixels to the bit as the plain way, over the whole image at once."""

import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image, ImageOps

from riskcore.data.cache import to_square
from riskcore.data.decoding import blocks
from riskcore.data.images import decode, thumbnail
from riskcore.data.resizing import grey, resized, within
from tests.helpers import image_files

RNG = np.random.default_rng(3)
HEIGHT, WIDTH = 61, 47


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Seven rows a block, so that small images have many."""
    monkeypatch.setattr(blocks, "BLOCK", 7 * WIDTH)
    monkeypatch.setattr("riskcore.data.resizing._STRIP", 5 * WIDTH)
    return


def plain(values: np.ndarray, low: float, high: float) -> np.ndarray:
    scaled = (values.astype(np.float64) - low) * (255.0 / (high - low) if high > low else 0.0)
    return np.clip(np.rint(np.nan_to_num(scaled)), 0, 255).astype(np.uint8)


def plain_range(values: np.ndarray) -> tuple[float, float]:
    """The rule of docs/data.md over the whole array: lone values, then what is far beyond the middle 98 %."""
    found = np.sort(values[np.isfinite(values)].ravel().astype(np.float64))
    distinct = np.unique(found)
    if len(distinct) > 3:
        reach = 2 * (distinct[-2] - distinct[1])
        alone = [
            end
            for end, next in ((distinct[0], distinct[1]), (distinct[-1], distinct[-2]))
            if abs(end - next) > reach and (found == end).mean() <= 0.5
        ]
        found = found[~np.isin(found, alone)]
    first, last = np.percentile(found, [1, 99], method="lower")
    reach = 2 * (last - first)
    inside = found[(found >= first - reach) & (found <= last + reach)] if reach else found
    return float(inside[0]), float(inside[-1])


def plain_picture(data: bytes) -> np.ndarray:
    """As one would write it without a thought of memory."""
    image = Image.open(io.BytesIO(data))
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, dtype=np.float64)
        shades = plain(values, *plain_range(values))
        return np.repeat(shades[:, :, None], 3, axis=2)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"))


def plain_dicom(data: bytes) -> np.ndarray:
    import pydicom
    from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi, apply_windowing, pixel_array

    dataset = pydicom.dcmread(io.BytesIO(data))
    pixels = pixel_array(dataset)
    kind = dataset.PhotometricInterpretation
    if kind == "PALETTE COLOR":
        return plain(apply_color_lut(pixels, dataset)[..., :3], 0, 65535)
    if not kind.startswith("MONOCHROME"):
        return plain(pixels[..., :3], 0, 2**dataset.BitsStored - 1)
    values = apply_modality_lut(pixels, dataset)
    if "VOILUTSequence" in dataset:
        shades = plain(apply_voi(values, dataset), 0, 65535)
    elif "WindowWidth" in dataset:
        low, high = apply_windowing(np.array([-1e9, 1e9]), dataset)
        shades = plain(apply_windowing(values, dataset), low, high)
    else:
        shades = plain(values, *((0, 255) if dataset.BitsStored == 8 else plain_range(values)))
    return np.repeat((255 - shades if kind == "MONOCHROME1" else shades)[:, :, None], 3, axis=2)


def saved(image: Image.Image, format: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def noise(samples: int, dtype: type = np.uint8) -> np.ndarray:
    shape = (HEIGHT, WIDTH, samples) if samples > 1 else (HEIGHT, WIDTH)
    if dtype is np.float32:
        return RNG.normal(0, 1e4, shape).astype(dtype)
    return RNG.integers(0, np.iinfo(dtype).max, shape, endpoint=True).astype(dtype)


def pictures() -> dict[str, bytes]:
    exif = Image.Exif()
    colour = Image.fromarray(noise(3))
    palette = colour.quantize(16)
    gap = noise(1, np.float32)
    gap[3, 4], gap[5, 6] = np.nan, np.inf
    hot = noise(1, np.uint16) // 32
    hot[2, 3] = 65_535
    tails = (RNG.standard_cauchy((HEIGHT, WIDTH)) * 100).astype(np.float32)
    made = {
        "grey": saved(Image.fromarray(noise(1)), "PNG"),
        "one bit": saved(Image.fromarray(noise(1) > 99), "PNG"),
        "grey and alpha": saved(Image.fromarray(noise(2)), "PNG"),
        "colour": saved(colour, "PNG"),
        "colour and alpha": saved(Image.fromarray(noise(4)), "PNG"),
        "one transparent colour": saved(colour, "PNG", transparency=tuple(np.asarray(colour)[0, 0].tolist())),
        "palette": saved(palette, "PNG"),
        "palette and alpha": saved(palette, "PNG", transparency=bytes(range(0, 256, 16))),
        "16 bits": saved(Image.fromarray(noise(1, np.uint16)), "PNG"),
        "16 bits, TIFF": saved(Image.fromarray(noise(1, np.uint16)), "TIFF", compression="tiff_lzw"),
        "32 bits": saved(Image.fromarray(noise(1, np.int32)), "TIFF"),
        "float": saved(Image.fromarray(gap), "TIFF"),
        "a hot pixel": saved(Image.fromarray(hot), "PNG"),
        "heavy tails": saved(Image.fromarray(tails), "TIFF"),
        "heavy tails, 32 bits": saved(Image.fromarray(tails.astype(np.int32)), "TIFF"),
        "CMYK": saved(Image.fromarray(noise(4), "CMYK"), "TIFF"),
        "BMP": saved(colour, "BMP"),
    }
    for turn in range(1, 9):
        exif[0x0112] = turn
        made[f"JPEG turned {turn}"] = saved(colour, "JPEG", exif=exif)
        made[f"16 bits turned {turn}"] = saved(Image.fromarray(noise(1, np.uint16)), "PNG", exif=exif)
        made[f"TIFF turned {turn}"] = saved(colour, "TIFF", exif=exif)
        made[f"LZW turned {turn}"] = saved(colour, "TIFF", exif=exif, compression="tiff_lzw")
    return made


def dicoms() -> dict[str, bytes]:
    odd = image_files.element(0x28, 0x1052, b"DS", b"-1024.25") + image_files.element(0x28, 0x1053, b"DS", b"0.37")
    window = image_files.element(0x28, 0x1050, b"DS", b"-900") + image_files.element(0x28, 0x1051, b"DS", b"400")

    def made(bits: int, samples: int = 1, kind: str = "MONOCHROME2", **more) -> bytes:
        body = image_files.dicom_body(WIDTH, HEIGHT, bits, samples, kind, **more)
        pixels = RNG.bytes(WIDTH * HEIGHT * samples * bits // 8)
        pixels += bytes(len(pixels) % 2)
        return image_files.dicom_head() + body + image_files.element(0x7FE0, 0x10, b"OW", pixels)

    from pydicom import dcmread

    rle = {}
    for name, data in (("RLE", made(16, signed=1)), ("RLE colour", made(8, 3, "RGB"))):
        dataset = dcmread(io.BytesIO(data))
        dataset.compress(image_files.RLE)
        stream = io.BytesIO()
        dataset.save_as(stream)
        rle[name] = stream.getvalue()
    frame = saved(Image.fromarray(noise(3)), "JPEG")
    return rle | {
        "16 bits": made(16),
        "12 of 16 bits, signed": made(16, stored=12, signed=1),
        "32 bits": made(32),
        "8 bits, inverted": made(8, kind="MONOCHROME1"),
        "rescaled": made(16, signed=1, group28=odd),
        "rescaled, windowed": made(16, signed=1, stored=12, group28=window + odd),
        "table": made(16, kind="MONOCHROME1", group28=image_files.lookup()),
        "palette": made(8, kind="PALETTE COLOR", group28=image_files.palettes()),
        "colour": made(8, 3, "RGB"),
        "colour by plane": made(16, 3, "RGB", planar=1, stored=12),
        "YBR": made(8, 3, "YBR_FULL"),
        "JPEG": image_files.jpeg_dicom(WIDTH, HEIGHT, frame),
    }


@pytest.mark.parametrize("kind", pictures())
def test_pictures(kind: str) -> None:
    data = pictures()[kind]
    image = decode(data)
    np.testing.assert_array_equal(image, plain_picture(data))
    assert image.flags.c_contiguous
    assert image.flags.owndata or image.base is None


@pytest.mark.parametrize("kind", dicoms())
def test_dicom(kind: str) -> None:
    data = dicoms()[kind]
    np.testing.assert_array_equal(decode(data), plain_dicom(data))


@pytest.mark.parametrize("kind", ["16 bits", "12 of 16 bits, signed"])
def test_deflated_dicom_holds_the_same(kind: str) -> None:
    from pydicom import dcmread

    data = dicoms()[kind]
    dataset = dcmread(io.BytesIO(data))
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
    stream = io.BytesIO()
    dataset.save_as(stream)
    assert stream.getvalue() != data
    np.testing.assert_array_equal(decode(stream.getvalue()), decode(data))


@pytest.mark.parametrize("size", [(7, 9), (1, 1), (5, 2), (46, 60), (47, 61), (60, 90), (3, 30)])
@pytest.mark.parametrize("gap", [2.0, 3.0])
def test_resizing_in_strips(size: tuple[int, int], gap: float) -> None:
    pixels = noise(3)
    whole = Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC, reducing_gap=gap)
    np.testing.assert_array_equal(np.asarray(resized(pixels, size, gap)), np.asarray(whole))


@pytest.mark.parametrize("side", [1, 2, 5, 11, 30, 60, 61, 100])
@pytest.mark.parametrize("turned", [False, True])
def test_thumbnails_in_strips(side: int, turned: bool) -> None:
    pixels = noise(3).transpose(1, 0, 2).copy() if turned else noise(3)
    whole = Image.fromarray(pixels)
    whole.thumbnail((side, side))
    np.testing.assert_array_equal(np.asarray(within(pixels, side)), np.asarray(whole))
    stream = io.BytesIO()
    whole.save(stream, "JPEG", quality=88)
    assert thumbnail(pixels, side) == stream.getvalue()


def test_grey_and_squares_in_strips() -> None:
    pixels = noise(3)
    np.testing.assert_array_equal(np.asarray(grey(pixels)), np.asarray(Image.fromarray(pixels).convert("L")))
    inner = Image.fromarray(pixels).resize((15, 20), Image.Resampling.BICUBIC, reducing_gap=3.0)
    expected = np.pad(np.asarray(inner), ((0, 0), (2, 3), (0, 0)), mode="symmetric")
    np.testing.assert_array_equal(to_square(pixels, 20), expected)
