"""Severity matrices of the supported data sets, as plain tables. `docs/severity.md` gives the reasoning.

They are starting points for a clinician's review, not medical advice. Rows are the truth, columns what
the model says, both in the order of `classes`.
"""

from typing import NamedTuple


class Preset(NamedTuple):
    """A severity matrix as data; `groups`: clinical group -> its classes, in order of danger."""

    classes: tuple[str, ...]
    groups: dict[str, tuple[str, ...]]
    critical: float
    values: tuple[tuple[float, ...], ...]


PRESETS: dict[str, Preset] = {
    "brain_mri": Preset(
        classes=("glioma_tumor", "meningioma_tumor", "no_tumor", "pituitary_tumor"),
        groups={
            "no tumour": ("no_tumor",),
            "tumour": ("glioma_tumor", "meningioma_tumor", "pituitary_tumor"),
        },
        critical=10,
        values=(
            (0, 4, 10, 4),
            (1, 0, 10, 1),
            (3, 3, 0, 3),
            (1, 1, 10, 0),
        ),
    ),
    "isic2018": Preset(
        classes=("MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC"),
        groups={"benign": ("NV", "BKL", "DF", "VASC"), "malignant": ("MEL", "BCC", "AKIEC")},
        critical=10,
        values=(
            (0, 10, 2, 5, 10, 10, 10),
            (3, 0, 3, 3, 1, 1, 1),
            (1, 10, 0, 2, 10, 10, 10),
            (1, 10, 1, 0, 10, 10, 10),
            (3, 1, 3, 3, 0, 1, 1),
            (3, 1, 3, 3, 1, 0, 1),
            (3, 1, 3, 3, 1, 1, 0),
        ),
    ),
    "breakhis": Preset(
        classes=(
            "adenosis",
            "fibroadenoma",
            "phyllodes_tumor",
            "tubular_adenoma",
            "ductal_carcinoma",
            "lobular_carcinoma",
            "mucinous_carcinoma",
            "papillary_carcinoma",
        ),
        groups={
            "benign": ("adenosis", "fibroadenoma", "phyllodes_tumor", "tubular_adenoma"),
            "malignant": (
                "ductal_carcinoma",
                "lobular_carcinoma",
                "mucinous_carcinoma",
                "papillary_carcinoma",
            ),
        },
        critical=10,
        values=(
            (0, 1, 1, 1, 5, 5, 5, 5),
            (1, 0, 1, 1, 5, 5, 5, 5),
            (3, 3, 0, 3, 5, 5, 5, 5),
            (1, 1, 1, 0, 5, 5, 5, 5),
            (10, 10, 10, 10, 0, 1, 2, 2),
            (10, 10, 10, 10, 1, 0, 2, 2),
            (10, 10, 10, 10, 1, 1, 0, 1),
            (10, 10, 10, 10, 1, 1, 1, 0),
        ),
    ),
    "sicapv2": Preset(
        classes=("NC", "G3", "G4", "G5"),
        groups={"non-cancerous": ("NC",), "cancer": ("G3", "G4", "G5")},
        critical=10,
        values=(
            (0, 3, 4, 5),
            (10, 0, 2, 3),
            (15, 4, 0, 1),
            (20, 6, 2, 0),
        ),
    ),
    "demo": Preset(
        classes=("naevus", "keratosis", "vascular", "melanoma", "carcinoma"),
        groups={"benign": ("naevus", "keratosis", "vascular"), "malignant": ("melanoma", "carcinoma")},
        critical=10,
        values=(
            (0, 1, 1, 3, 3),
            (1, 0, 1, 3, 3),
            (1, 1, 0, 3, 3),
            (10, 10, 10, 0, 1),
            (10, 10, 10, 1, 0),
        ),
    ),
}
