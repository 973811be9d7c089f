"""Images that are not of the kind that a model knows: why, how many genuine ones that costs, what older models lack."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskcore.formats import percent
from riskcore.words.images.risk_level import STRANGE

if TYPE_CHECKING:
    from riskcore.learning.bundle import Bundle
    from riskcore.learning.prediction import RiskPrediction
    from riskcore.metrics import Rate

LACKS = (
    "This model comes from a version that did not tell other kinds of images apart: it judges whatever it is given. "
    "Train it again to have them turned away."
)

NEAREST = "Most alike of its training images, with their labels"
NEAREST_OF_STRANGE = "What it learnt from instead: the training images least unlike this one"

FOR_A_PERSON = "For a person: the model says nothing of it."
"""Of an image that is not judged, by a model that may answer some by itself."""


def why_not_judged(prediction: "RiskPrediction") -> str:
    """One sentence for an image that is not judged.

    Example:
        >>> from riskcore.learning.prediction import not_judged
        >>> why_not_judged(not_judged(["grey, while every training image is in colour", "far smaller"]))
        'Not judged: it is grey, while every training image is in colour; far smaller.'
    """
    return f"Not judged: it is {'; '.join(prediction.why)}."


def turned_away(bundle: "Bundle") -> str:
    """How many genuine images are turned away, or that the model cannot tell.

    Example:
        >>> from types import SimpleNamespace
        >>> from riskcore.learning.detector import Limit
        >>> turned_away(SimpleNamespace(limit=Limit(0.3, 1_203, 915, 0.02, 0.013, 0.029, 0.031)))
        'Images unlike its training images are not judged. That turned away 2.0 % (1.3 % to 2.9 %) of 1,203 validation \
images; with 95 % confidence at most 3.1 % of a new group (a patient, lesion or slide), on average.'
    """
    limit = bundle.limit
    if limit is None:
        return LACKS
    return (
        f"Images unlike its training images are not judged. That turned away {percent(limit.share)} "
        f"({percent(limit.low)} to {percent(limit.high)}) of {limit.images:,} validation images; with 95 % confidence "
        f"at most {percent(limit.bound)} of a new group (a patient, lesion or slide), on average."
    )


def lacking_note(*bundles: "Bundle") -> str | None:
    """The sentence where one of the bundles cannot tell other kinds of images apart; None where all can."""
    return LACKS if any(bundle.limit is None for bundle in bundles) else None


def elsewhere(share: "Rate") -> str:
    """How many images of another data set are not judged: its drift, in one sentence.

    Example:
        >>> from riskcore.metrics import proportion
        >>> elsewhere(proportion([True] + [False] * 49, [True] * 50, range(50)))
        'Not the kind of image this model knows, so not judged: 1 of 50 images (2.0 %, 95 % interval 0.1 % to 10.6 %); \
the rates over all images, as if judged, stand beside.'
    """
    interval = f"{percent(share.value)}, 95 % interval {percent(share.low)} to {percent(share.high)}"
    return (
        f"{STRANGE.words}, so not judged: {share.events:,} of {share.n:,} images ({interval}); the rates over all "
        "images, as if judged, stand beside."
    )


def counted(judged: "Sequence[RiskPrediction]") -> str | None:
    """How many of some images are not judged; None where all are.

    Example:
        >>> from riskcore.learning.prediction import not_judged
        >>> counted([not_judged(["blank"])])
        'Not the kind of image this model knows, so not judged: 1 of 1.'
    """
    away = sum(not prediction.judged for prediction in judged)
    if not away:
        return None
    return f"{STRANGE.words}, so not judged: {away:,} of {len(judged):,}."
