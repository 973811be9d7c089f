"""Images from outside, judged one by one: what is kept of each, their order by risk, and the table of all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.data.images import count_frames, declared, decode, thumbnail
from riskcore.errors import InputError
from riskcore.foreign_text import spreadsheet_safe
from riskcore.learning.bundle import Bundle
from riskcore.learning.prediction import is_call
from riskcore.words.images.risk_level import risk_level
from riskcore.words.images.risk_note import advice

if TYPE_CHECKING:
    from riskcore.learning.prediction import RiskPrediction

PREVIEW = 480
"""Greatest side in pixels of what is kept of an image."""


@dataclass(frozen=True)
class Judged:
    """What is kept of an image once it was judged; its own bytes are not.

    Attributes:
        name: the file's name.
        prediction: None where the file could not be read; of another kind of image one that is not `judged`.
        preview: a small JPEG without the file's metadata; empty where there is none.
        error: one line that starts with the name, where the file could not be read.
        note: what else is to be known of the file; empty for most.
    """

    name: str
    prediction: "RiskPrediction | None"
    preview: bytes = b""
    error: str | None = None
    note: str = ""


def judge(predict: Callable[..., "RiskPrediction"], name: str, content: bytes) -> Judged:
    """Decode and judge one file; whatever is wrong with it becomes its `error`.

    Args:
        predict: a `riskcore.learning.predictor.Predictor`.
        name: the file's name, for messages.
        content: the file's bytes, of any format that `riskcore.data.images.decode` reads.

    Example:
        >>> judge(lambda pixels, declares: None, "scan.png", b"no image").error[:30]
        'scan.png: the file is not an i'
    """
    try:
        pixels = decode(content, name)
        frames = count_frames(content, name)
        note = f"One of {frames:,} images in this file: the first." if frames > 1 else ""
        return Judged(name, _predicted(predict, pixels, content, name), thumbnail(pixels, PREVIEW), note=note)
    except InputError as error:
        return Judged(name, None, error=str(error))
    except MemoryError:
        return Judged(name, None, error=f"{name}: there is not enough memory for this image; shrink it first.")


def _predicted(
    predict: Callable[..., "RiskPrediction"], pixels: NDArray[np.uint8], content: bytes, name: str
) -> "RiskPrediction":
    try:
        return predict(pixels, declares=declared(content))
    except InputError as error:  # unlike the decoder, the model does not know the name
        raise InputError(f"{name}: {error}") from error


def by_risk(judged: Sequence[Judged], bundle: Bundle) -> list[int]:
    """Places in the order in which a person should look at them.

    By level (first what is not the kind of image that the model knows), then by the probability of a critical error,
    then by that of a critical class; equal ones as they came, and files that could not be read last.
    """
    critical = [name for name, danger in zip(bundle.classes, bundle.matrix.critical_classes, strict=True) if danger]

    def urgency(place: int) -> tuple[float, ...]:
        prediction = judged[place].prediction
        if prediction is None:
            return (1.0,)
        if not is_call(prediction):
            return (-risk_level(prediction, bundle.matrix).rank,)
        danger = sum(prediction.probabilities[name] for name in critical)
        return (-risk_level(prediction, bundle.matrix).rank, -prediction.critical_probability, -danger)

    return sorted(range(len(judged)), key=urgency)


def table(judged: Sequence[Judged], bundle: Bundle) -> pd.DataFrame:
    """One row an image, in the order given.

    Columns: `image`, `judged` (bool; False: of another kind, or could not be read), `why` it is not, `risk` (words),
    `decision`, `class` (likeliest by raw logits), `probability` of the decision,
    `critical_probability`, `expected_severity` of the decision, `worst_miss`, `answered` (False: for a person, by the
    bundle's certificate), `advice`, `error`, `run`, and `probability NAME` of each class; what does not apply is
    missing.
    """
    rows = [_row(one, bundle) for one in judged]
    classes = [f"probability {name}" for name in bundle.classes]
    return pd.DataFrame(rows, columns=[*_COLUMNS, *classes])


_COLUMNS = (
    *(
        "image",
        "judged",
        "why",
        "risk",
        "decision",
        "class",
        "probability",
        "critical_probability",
        "expected_severity",
    ),
    *("worst_miss", "answered", "advice", "error", "run"),
)


def csv(frame: pd.DataFrame) -> str:
    """A table as CSV in which no text is a formula to a spreadsheet: those that start like one get an apostrophe.

    Example:
        >>> csv(pd.DataFrame({"image": ["=1+1.png", "a.png"], "probability": [-0.5, 0.5]})).splitlines()
        ['image,probability', "'=1+1.png,-0.5", 'a.png,0.5']
    """
    return frame.rename(columns=spreadsheet_safe).map(spreadsheet_safe).to_csv(index=False)


def _row(one: Judged, bundle: Bundle) -> dict[str, Any]:
    prediction = one.prediction
    row: dict[str, Any] = {
        "image": one.name,
        "judged": is_call(prediction),
        "run": bundle.provenance["run"],
        "error": one.error,
    }
    if prediction is None:
        return row
    row |= {"risk": risk_level(prediction, bundle.matrix).words, "answered": prediction.answered}
    if not is_call(prediction):
        return row | {"why": "; ".join(prediction.why)}
    return row | {
        "decision": prediction.decision,
        "class": prediction.predicted,
        "probability": prediction.probabilities[prediction.decision],
        "critical_probability": prediction.critical_probability,
        "expected_severity": prediction.expected_severity[prediction.decision],
        "worst_miss": prediction.worst_miss,
        "advice": advice(prediction, bundle.matrix),
        **{f"probability {name}": share for name, share in prediction.probabilities.items()},
    }
