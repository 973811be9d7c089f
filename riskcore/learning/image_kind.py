"""What kind of images a model was trained on, as far as it shows without statistics: colour, size, DICOM tags."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from riskcore.data.decoding.declared import NOTHING_DECLARED, Declared
from riskcore.data.images import is_grey

FAR_SMALLER = 2
"""An image is far smaller where its longer side is less than this part of the least of training, or of what the
network sees, whichever is less: enlarged so much it is blurred as no training image is."""


@dataclass(frozen=True)
class ImageKind:
    """What all training images have in common.

    Attributes:
        colour: "grey" or "colour"; None where there were both.
        least_side: pixels; no training image has a shorter longer side. 0: not known.
        modalities, body_parts: that DICOM training images declared; an image that declares another is strange.
    """

    colour: Literal["grey", "colour"] | None = None
    least_side: int = 0
    modalities: tuple[str, ...] = ()
    body_parts: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The JSON form; `from_dict` gives the same back."""
        return {**asdict(self), "modalities": list(self.modalities), "body_parts": list(self.body_parts)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "ImageKind":
        """What `as_dict` gave.

        Example:
            >>> kind = ImageKind("grey", 256, ("MR",), ("HEAD",))
            >>> ImageKind.from_dict(kind.as_dict()) == kind
            True
        """
        return cls(data["colour"], data["least_side"], tuple(data["modalities"]), tuple(data["body_parts"]))

    def far_smaller(self, longer_side: int, size: int) -> bool:
        """Whether an image of this longer side is enlarged as no training image is; size: of what the network sees."""
        return FAR_SMALLER * longer_side < min(self.least_side, size)

    def strange(
        self,
        pixels: NDArray[np.uint8],
        size: int,
        declares: Declared = NOTHING_DECLARED,
        shape: tuple[int, ...] | None = None,
    ) -> tuple[str, ...]:
        """Why an image cannot be of this kind, a phrase each; none where nothing speaks against it.

        Args:
            pixels: (H, W, 3) uint8, as decoded or as the network sees them.
            size: side in pixels of what the network sees.
            declares: what its file declares.
            shape: (H, W) of the image as decoded; None: that of `pixels`.

        Example:
            >>> kind = ImageKind("colour", least_side=450)
            >>> slice_of_a_head = np.arange(128 * 128, dtype=np.uint16).astype(np.uint8).reshape(128, 128, 1)
            >>> kind.strange(np.repeat(slice_of_a_head, 3, axis=2), 160)
            ('grey, while every training image is in colour',)
        """
        found = []
        if self.colour == "colour" and is_grey(pixels):
            found.append("grey, while every training image is in colour")
        if self.colour == "grey" and not is_grey(pixels):
            found.append("in colour, while every training image is grey")
        height, width = (pixels.shape if shape is None else shape)[:2]
        if self.far_smaller(max(height, width), size):
            found.append(
                f"far smaller than the training images: {width} × {height} pixels, while none of these has a longer "
                f"side of less than {self.least_side:,}"
            )
        # What is declared is not repeated: a tag may hold what nobody expects there.
        if self.modalities and declares.modality and declares.modality not in self.modalities:
            found.append(
                f"declared as another modality than that of the training images ({', '.join(self.modalities)})"
            )
        if self.body_parts and declares.body_part and declares.body_part not in self.body_parts:
            found.append(
                f"declared as another body part than that of the training images ({', '.join(self.body_parts)})"
            )
        return tuple(found)


def kind_of(squares: NDArray[np.uint8], least_side: int, declarations: Iterable[Declared]) -> ImageKind:
    """The kind of training images.

    Args:
        squares: (N, S, S, 3) uint8, as the network sees them. least_side: pixels.
        declarations: of their files.

    Example:
        >>> kind_of(np.zeros((2, 8, 8, 3), dtype=np.uint8), 60, [Declared("MR", "HEAD"), Declared("MR")])
        ImageKind(colour='grey', least_side=60, modalities=('MR',), body_parts=('HEAD',))
    """
    seen = [is_grey(square) for square in squares]
    known = list(declarations)
    return ImageKind(
        "grey" if all(seen) else None if any(seen) else "colour",
        least_side,
        tuple(sorted({each.modality for each in known if each.modality})),
        tuple(sorted({each.body_part for each in known if each.body_part})),
    )
