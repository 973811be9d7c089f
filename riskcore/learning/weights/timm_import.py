"""timm, also where torchvision's compiled operators cannot be loaded."""

import importlib
from types import ModuleType

import torch

_schemas: list[torch.library.Library] = []  # kept alive: a dropped Library takes its schemas with it


def import_timm() -> ModuleType:
    """timm; where torchvision's compiled operators cannot be loaded, as with torch's CPU build beside the
    CUDA wheel of torchvision, its import fails for want of two operators' schemas: they are declared then."""
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
        library = torch.library.Library("torchvision", "DEF")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _schemas.append(library)
        importlib.import_module("torchvision")
    return importlib.import_module("timm")
