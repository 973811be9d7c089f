"""Kinds of image that are not read, told by their first bytes, so that a sound file is not called anything else."""

import re

from riskcore.errors import InputError

HEAD = 352
"""Bytes by which a kind is told; NIfTI has its sign at their end."""

_SIGNS = (
    (rb"\xff\xd8\xff\xf7", "JPEG-LS"),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "JPEG 2000"),
    (rb"\0\0\0\x0cJXL |\xff\x0a", "JPEG XL"),
    (rb"....ftyp(?:heic|heix|heim|heis|hevc|hevx|mif1|msf1)", "HEIC"),
    (rb"....ftypavi[fs]", "AVIF"),
    (rb"II\xbc\x01", "JPEG XR"),
    (rb".{344}n[i+]1\0|\x5c\x01\0\0.{340}|\0\0\x01\x5c.{340}|\x1c\x02\0\0n[i+]2\0", "NIfTI"),
    (rb"NRRD000", "NRRD"),
    (rb"(?:ObjectType|NDims) *=", "MetaImage"),
    (rb"P[1-7]\s", "PNM"),
    (rb"\x1f\x8b", "gzip"),
    (rb"PK\x03\x04", "ZIP"),
    (rb"%PDF-", "PDF"),
)


def no_image(head: bytes, name: str) -> InputError:
    """The refusal of a file that Pillow does not know.

    Args:
        head: its first `HEAD` bytes. name: what messages call it.

    Example:
        >>> str(no_image(b"\\0\\0\\0\\x18ftypheic", "a.heic"))
        'a.heic: this is a file of the kind HEIC, which is not read; convert or unpack it to PNG, TIFF or DICOM.'
    """
    for sign, kind in _SIGNS:
        if re.match(sign, head, flags=re.DOTALL):
            return InputError(
                f"{name}: this is a file of the kind {kind}, which is not read; convert or unpack it to PNG, TIFF or "
                "DICOM."
            )
    return InputError(f"{name}: the file is not an image; expected PNG, JPEG, TIFF, BMP, GIF, WebP or DICOM content.")


def unusual(kind: str, name: str) -> InputError:
    """The refusal of a file that begins as a kind that is read, but is of an unusual sort, or damaged."""
    return InputError(
        f"{name}: this {kind} file is of an unusual sort or damaged; save it again as an ordinary PNG or TIFF."
    )
