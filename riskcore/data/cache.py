"""Decoded images: every image is decoded once, kept as uint8 squares in one file, and mapped into memory.

A cache file is an ordinary .npy, followed by a checksum of its pixels. Its name is a digest of the content of
the images, the size and the recipe below, so that it can never be stale; it may be deleted at any time.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count, fsync, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from riskcore.data.images import decode, read_image_file
from riskcore.data.manifest import Manifest
from riskcore.data.resizing import resized
from riskcore.errors import InputError, RunError
from riskcore.progress import OnProgress

RECIPE = 2  # to be raised whenever `decode` or `to_square` gives other pixels
_CHUNK = 256  # images decoded before they are written
_CHECKSUM = struct.Struct("<I")


def to_square(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """An image reduced (or enlarged) to fit a square, its short side filled up by mirroring.

    Not cropped, as lesions reach the border; not squashed, as shape is a sign of malignancy; not filled with
    one colour, as bars would tell the network the format, which often goes with the class.

    Args:
        image: (H, W, 3) uint8. size: S, pixels.
    Returns: (S, S, 3) uint8; bicubic, with antialiasing.

    >>> to_square(np.zeros((30, 40, 3), dtype=np.uint8), 20).shape
    (20, 20, 3)
    """
    rows, columns = square_part(image.shape, size)
    picture = resized(image, (columns.stop - columns.start, rows.stop - rows.start), 3.0)
    borders = ((rows.start, size - rows.stop), (columns.start, size - columns.stop), (0, 0))
    return np.pad(np.asarray(picture), borders, mode="symmetric")


def square_part(shape: tuple[int, ...], size: int) -> tuple[slice, slice]:
    """Rows and columns of the square of `to_square` that show the image itself, not what was mirrored.

    Args:
        shape: of the image, (H, W, ...). size: S.

    >>> square_part((30, 40, 3), 20)
    (slice(2, 17, None), slice(0, 20, None))
    """
    scale = size / max(shape[:2])
    height, width = (max(1, round(side * scale)) for side in shape[:2])
    top, left = (size - height) // 2, (size - width) // 2
    return slice(top, top + height), slice(left, left + width)


def decoded(
    manifest: Manifest,
    samples: Sequence[str],
    size: int,
    folder: Path,
    progress: OnProgress | None = None,
) -> np.memmap:
    """The images of `samples` as squares, from the cache or decoded now on all cores.

    Ask for all images of a data set at once and index the rows: each list of samples has a file of its own.
    Processes that need the same file wait for the one that builds it.

    Args:
        manifest: where the samples' files are. samples: N sample names.
        size: S, pixels a side. folder: of the cache; made when absent.
        progress: called as progress(done, N, label) while images are decoded.
    Returns: (N, S, S, 3) uint8 memory map, read-only, rows in the order of `samples`.
    Raises:
        InputError: a file is absent or cannot be decoded. RunError: the cache cannot be written (disk full).

    >>> import tempfile
    >>> from riskcore.data.manifest import register
    >>> from riskcore.data.synthetic import write_synthetic
    >>> folder = Path(tempfile.mkdtemp())
    >>> manifest = register("toy", write_synthetic(folder / "toy", images=5, size=32))
    >>> decoded(manifest, list(manifest.table["sample"]), 24, folder / "cache").shape
    (5, 24, 24, 3)
    """
    file = folder / f"{_key(manifest, samples, size)}.npy"
    shape = (len(samples), size, size, 3)
    if (found := _open(file, shape)) is None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(file.with_suffix(".lock")):
                if (found := _open(file, shape)) is None:
                    _build(file, shape, _squares(manifest, samples, size, progress))
                    found = _open(file, shape)
        except OSError as error:
            needed = f"{np.prod(shape, dtype=float) / 1e6:,.0f} MB are needed"
            raise RunError(
                f"{folder}: the decoded images cannot be stored ({error.strerror}; {needed}); "
                "free some space or move RISKCORE_HOME to a larger disk."
            ) from error
    if found is None:
        raise RunError(f"{file}: the cache reads back other bytes than were written; check this disk.")
    return found


def _read(manifest: Manifest, sample: str) -> bytes:
    try:
        return read_image_file(manifest.path(sample), sample)
    except InputError as error:
        raise _unusable(manifest, sample, str(error).removeprefix(f"{sample}: ")) from None


def _unusable(manifest: Manifest, sample: str, reason: str) -> InputError:
    remedy = f"`riskcore data audit {manifest.name}` lists every such file"
    return InputError(f"{manifest.name}: {sample}: {reason.rstrip('.')}; {remedy}.")


def _key(manifest: Manifest, samples: Sequence[str], size: int) -> str:
    digest = hashlib.blake2b(f"{RECIPE} {size}".encode(), digest_size=16)
    with ThreadPoolExecutor(cpu_count()) as pool:
        for own in pool.map(lambda sample: hashlib.blake2b(_read(manifest, sample)).digest(), samples):
            digest.update(own)
    return digest.hexdigest()


def _squares(
    manifest: Manifest,
    samples: Sequence[str],
    size: int,
    progress: OnProgress | None,
) -> Iterator[NDArray[np.uint8]]:
    def square(sample: str) -> NDArray[np.uint8]:
        try:
            return to_square(decode(_read(manifest, sample), sample), size)
        except MemoryError:
            raise _unusable(
                manifest, sample, "the image needs more memory than there is; cut or shrink it first"
            ) from None
        except InputError as error:
            reason = str(error).removeprefix(f"{sample}: ")
            raise _unusable(manifest, sample, reason) from None

    with ThreadPoolExecutor(cpu_count()) as pool:
        for start in range(0, len(samples), _CHUNK):
            for done, own in enumerate(pool.map(square, samples[start : start + _CHUNK]), start=start + 1):
                yield own
                if progress:
                    progress(done, len(samples), "decoding images")


def _build(file: Path, shape: tuple[int, ...], rows: Iterator[NDArray[np.uint8]]) -> None:
    """Write rows one after another; not through a memory map, which a full disk would kill with a signal."""
    unfinished = file.with_suffix(".part")
    try:
        with open(unfinished, "wb") as stream:
            _write(stream, shape, rows)
        replace(unfinished, file)
    finally:
        unfinished.unlink(missing_ok=True)


def _write(stream: BinaryIO, shape: tuple[int, ...], rows: Iterator[NDArray[np.uint8]]) -> None:
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    checksum = 0
    for row in rows:
        stream.write(row.data)
        checksum = zlib.crc32(row.data, checksum)
    stream.write(_CHECKSUM.pack(checksum))
    stream.flush()
    fsync(stream.fileno())


def _open(file: Path, shape: tuple[int, ...]) -> np.memmap | None:
    """The mapped cache file, or None when there is none or it is damaged."""
    try:
        images = np.lib.format.open_memmap(file, mode="r")
        if images.shape != shape or images.dtype != np.uint8:
            return None
        checksum = 0
        for start in range(0, len(images), _CHUNK):
            checksum = zlib.crc32(images[start : start + _CHUNK].tobytes(), checksum)
        with open(file, "rb") as stream:
            stream.seek(images.offset + images.nbytes)
            return images if stream.read() == _CHECKSUM.pack(checksum) else None
    except (OSError, ValueError):
        return None
