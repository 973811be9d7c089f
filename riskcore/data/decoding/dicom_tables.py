"""Lookup tables of DICOM: what they hold decides, as their descriptors are often wrong about depth and length."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pydicom import Dataset


@dataclass(frozen=True)
class Table:
    """A lookup table.

    Attributes:
        first: the value that is given the first entry; smaller ones are given it, too, and greater ones the last.
        entries: whole numbers.
    """

    first: int
    entries: NDArray[Any]

    def of(self, values: NDArray[Any]) -> NDArray[Any]:
        """The entry of each value.

        >>> Table(10, np.array([5, 6, 9])).of(np.array([[0, 10, 11.2], [12, 13, 900]])).tolist()
        [[5, 5, 6], [9, 9, 9]]
        """
        places = np.clip(np.rint(values), self.first, self.first + len(self.entries) - 1)
        return self.entries[places.astype(np.int64) - self.first]


def table(dataset: "Dataset", descriptor: str, data: str, *, signed: bool, big: bool = False) -> Table | None:
    """A table; None where it is absent, or holds fewer entries than its descriptor says.

    Args:
        dataset: what holds the two elements, called `descriptor` and `data`.
        signed: values may be negative, and so may the first of the descriptor. big: words in big-endian order.

    Example:
        >>> from pydicom import Dataset
        >>> item = Dataset()
        >>> item.LUTDescriptor, item.LUTData = [3, 0, 16], bytes([7, 8, 9, 0])  # bytes, whatever is said
        >>> table(item, "LUTDescriptor", "LUTData", signed=False).entries.tolist()
        [7, 8, 9]

    Source: DICOM PS3.3 C.11.1.1 and C.7.6.3.1.5.
    """
    told, held = dataset.get(descriptor), dataset.get(data)
    if told is None or not hasattr(told, "__len__") or len(told) != 3 or held in (None, b"", ""):
        return None
    count, first = int(told[0]) or 65_536, int(told[1])
    if signed and first >= 32_768:
        first -= 65_536
    if not isinstance(held, bytes):
        entries = np.atleast_1d(np.asarray(held))
    elif count <= len(held) <= count + 1 and count > 1:
        entries = np.frombuffer(held, dtype=np.uint8)
    else:
        entries = np.frombuffer(held[: len(held) // 2 * 2], dtype=">u2" if big else "<u2").astype(np.uint16)
    return Table(first, entries[:count]) if len(entries) >= count else None
