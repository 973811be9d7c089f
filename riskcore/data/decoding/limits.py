"""What a file may ask for before any of its pixels is decoded, and the refusals of files that ask for more.

A file of a few kilobytes can promise gigabytes. Every limit here is checked against what the header declares, so
that the peak of memory of any one file stays under 600 MB above that of the process.
"""

from riskcore.errors import InputError

MAX_PIXELS = 89_478_485
"""Most pixels of an image that is decoded (Pillow's own threshold, 268 MB as RGB)."""

MAX_WORK = 560_000_000
"""Most bytes that decoding one file may hold at once; blocks of rows and the decoders' own tables come on top."""

MAX_FILE = 268_435_456
"""Most bytes of a file that is looked into; an RGB image of `MAX_PIXELS` without compression has as many."""

MAX_ASPECT = 100
"""How many times longer than the other a side may be: an ECG strip has 10 to 1, a whole body 4 to 1."""

MAX_METADATA = 32_000_000
"""Most bytes of everything in a file that is not the image: text, profiles, tables."""

RGB = 3
_SHRINK = "Cut or shrink it first."


def work_bytes(width: int, height: int, samples: float, bytes_per_sample: float) -> int:
    """Bytes that decoding an image holds at once: the decoder's own pixels, and the RGB that is made of them.

    Args:
        width, height: pixels.
        samples: a pixel, as the decoder keeps them: RGB has 4 in Pillow, as it pads to whole words.
        bytes_per_sample: of the decoder.

    Returns: bytes.

    Example:
        >>> work_bytes(1000, 1000, 1, 2)
        5000000
    """
    return int(width * height * (samples * bytes_per_sample + RGB))


def check_size(width: int, height: int, name: str) -> None:
    """InputError where an image has no pixels, too many, or is a line rather than an image.

    Example:
        >>> check_size(100_001, 1000, "scan.png")
        Traceback (most recent call last):
        ...
        riskcore.errors.InputError: scan.png: the image has 100,001 × 1,000 pixels, more than 89 million. Cut or \
shrink it first.
    """
    if width < 1 or height < 1:
        raise InputError(f"{name}: the image has no pixels; fetch or export it again.")
    if width * height > MAX_PIXELS:
        raise InputError(
            f"{name}: the image has {width:,} × {height:,} pixels, more than {MAX_PIXELS / 1e6:.0f} million. {_SHRINK}"
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise InputError(
            f"{name}: the image has {width:,} × {height:,} pixels; one side is more than {MAX_ASPECT} times the "
            "other. Cut it to the part to be judged."
        )


def check_work(work: float, width: int, height: int, name: str) -> None:
    """InputError where decoding would hold more than `MAX_WORK` bytes at once."""
    if work > MAX_WORK:
        raise InputError(
            f"{name}: the image of {width:,} × {height:,} pixels needs {work / 1e6:,.0f} MB of memory to be decoded, "
            f"more than {MAX_WORK / 1e6:.0f}. {_SHRINK}"
        )


def too_large_file(name: str) -> InputError:
    """The refusal of a file of more than `MAX_FILE` bytes."""
    return InputError(f"{name}: the file has more than {MAX_FILE / 1e6:.0f} MB. {_SHRINK}")


def too_much_metadata(name: str) -> InputError:
    """The refusal of a file whose text, profiles and tables are larger than any image needs."""
    return InputError(
        f"{name}: the file holds more than {MAX_METADATA / 1e6:.0f} MB, or far too many pieces, beside the image; "
        "export the image alone."
    )


def too_little_memory(name: str) -> InputError:
    """What a MemoryError becomes: an error of this file, after which the others go on."""
    return InputError(f"{name}: the image needs more memory than there is. {_SHRINK}")
