"""Image sides that fit a backbone: a vision transformer looks at whole squares (patches) only."""

import re

USUAL = 160
"""Pixels, where nothing else is asked for."""

_PATCH = re.compile(r"patch(\d+)")


def is_transformer(model: str) -> bool:
    """Whether a timm model is a vision transformer, as its name tells.

    Example:
        >>> is_transformer("vit_small_patch14_dinov2"), is_transformer("resnet50")
        (True, False)
    """
    return bool(_PATCH.search(model))


def fitting_sizes(model: str, size: int) -> tuple[int, int]:
    """The nearest sides that fit, at most `size` and at least `size`; both `size` where it fits.

    Args:
        model: a timm model; the patches of a transformer stand in its name.
        size: side in pixels.

    Example:
        >>> fitting_sizes("vit_small_patch14_dinov2", 160), fitting_sizes("vit_small_patch16_224", 160)
        ((154, 168), (160, 160))
        >>> fitting_sizes("resnet50", 97)
        (97, 97)
    """
    found = _PATCH.search(model)
    patch = int(found[1]) if found else 1
    return size // patch * patch, -(-size // patch) * patch


def fitted_size(model: str, size: int = USUAL) -> int:
    """`size`, or the next smaller side that fits, or the least.

    Example:
        >>> fitted_size("vit_small_patch14_dinov2"), fitted_size("tf_efficientnet_lite0")
        (154, 160)
    """
    smaller, larger = fitting_sizes(model, size)
    return smaller or larger
