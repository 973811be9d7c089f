"""Applying a bundle to images: probabilities, the harm of each possible call, and the decision."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from riskcore.config import ModelSettings
from riskcore.data.batches import mirror, normalise, to_float
from riskcore.data.cache import to_square
from riskcore.data.decoding.limits import too_little_memory
from riskcore.data.images import decode, require_content
from riskcore.decision.dial import decide
from riskcore.errors import InputError
from riskcore.learning import network
from riskcore.learning.bundle import Bundle, described, load_weights
from riskcore.learning.description import FRONT, TRAINED
from riskcore.progress import OnProgress

BATCH = 64
PLAUSIBLE = 0.05
"""A miss is called plausible when the probability of its truth is at least this."""

_NOT_FINITE = "the model gives no finite numbers for {}; the bundle or the image is damaged."


@dataclass(frozen=True)
class RiskPrediction:
    """What the model says of one image.

    Attributes:
        predicted: the likeliest class by the raw logits (argmax).
        decision: the class called at the bundle's dial.
        probabilities: class -> calibrated probability.
        expected_severity: class -> mean harm of calling that class, Σᵢ pᵢ·M[i, class].
        worst_miss: the truth that would make the decision a critical error, likeliest first, or None when no
            such truth has a probability of at least 5 %.
        critical_probability: probability that the decision is a critical error.
        answered: whether the model may answer by itself, by the bundle's certificate; False: for a person. None where
            the bundle has no certificate.
    """

    predicted: str
    decision: str
    probabilities: dict[str, float]
    expected_severity: dict[str, float]
    worst_miss: str | None
    critical_probability: float
    answered: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        """The fields of `riskcore predict --json`, without image and error."""
        return {
            "class": self.predicted,
            "probabilities": self.probabilities,
            "expected_severity": self.expected_severity,
            "decision": self.decision,
            "worst_miss": self.worst_miss,
            "critical_probability": self.critical_probability,
            "answered": self.answered,
        }


class Predictor:
    """A bundle ready for images; `Predictor.load(folder)` reads one that a run left.

    Example:
        >>> from riskcore.decision.calibration import Calibration
        >>> from riskcore.decision.dial import Dial
        >>> from riskcore.severity import SeverityMatrix
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]])
        >>> settings = ModelSettings(name="test_efficientnet", weights="none", size=32)
        >>> untrained = network.build(settings, stages=0, number_of_classes=2)
        >>> bundle = Bundle(
        ...     classes=matrix.classes,
        ...     matrix=matrix,
        ...     model=settings.name,
        ...     stages=0,
        ...     preprocessing={},
        ...     calibration=Calibration.identity(2),
        ...     dial=Dial("severity", 1.0),
        ...     provenance={},
        ... )
        >>> predictor = Predictor(bundle, untrained, torch.device("cpu"))
        >>> judged = predictor(np.arange(7200, dtype=np.uint16).astype(np.uint8).reshape(40, 60, 3))
        >>> judged.probabilities, judged.expected_severity, judged.decision
        ({'naevus': 0.5, 'melanoma': 0.5}, {'naevus': 5.0, 'melanoma': 1.0}, 'melanoma')
    """

    def __init__(self, bundle: Bundle, classifier: network.Network, device: torch.device) -> None:
        self.bundle = bundle
        self._classifier = classifier
        self._device = device

    @classmethod
    def load(cls, bundle: str | Path, device: str = "cpu") -> "Predictor":
        """Read a bundle folder.

        Raises:
            InputError: the folder holds no bundle, or one that was damaged or changed: a checksum, a value or a weight
                is not as it has to be. Without checksums (`bundle.sealed`) not every damage can be seen.
        """
        folder = Path(bundle)
        description = Bundle.load(folder)
        preprocessing = described(description.preprocessing)
        settings = ModelSettings(
            name=description.model,
            weights="none",
            size=preprocessing.size,
            hidden=description.hidden,
            members=description.members,
        )
        classifier = network.build(settings, description.stages, len(description.classes))
        classifier.preprocessing = preprocessing
        load_weights(folder / TRAINED, classifier.trained, description.checksum(TRAINED))
        classifier.trained.eval().to(device)
        if classifier.front is not None:
            load_weights(folder / FRONT, classifier.front, description.checksum(FRONT))
            classifier.front.eval().to(device)
        return cls(description, classifier, torch.device(device))

    @property
    def size(self) -> int:
        """Side in pixels of the square images that `logits` takes."""
        return self._classifier.preprocessing.size

    def logits(self, images: NDArray[np.uint8], progress: OnProgress | None = None) -> NDArray[np.float64]:
        """(N, K) float64 logits of square images (N, S, S, 3) uint8, averaged over image and mirror image.

        Raises:
            InputError: the logits of an image are not finite.
        """
        preprocessing = self._classifier.preprocessing
        parts = []
        with torch.inference_mode():
            for start in range(0, len(images), BATCH):
                batch = torch.from_numpy(np.array(images[start : start + BATCH])).to(self._device)
                clean = normalise(to_float(batch), preprocessing.mean, preprocessing.std)
                both = self._classifier(clean).double() + self._classifier(mirror(clean)).double()
                parts.append((both / 2).cpu().numpy())
                if progress is not None:
                    progress(start + len(batch), len(images), "predictions")
        logits = np.concatenate(parts)
        if bad := int((~np.isfinite(logits)).any(axis=1).sum()):
            raise InputError(
                _NOT_FINITE.format("this image" if len(images) == 1 else f"{bad:,} of {len(images):,} images")
            )
        return logits

    def __call__(self, image: str | Path | bytes | NDArray[np.uint8], frame: int = 1) -> RiskPrediction:
        """Judge one image: a path, the bytes of a file, or an RGB array (H, W, 3) uint8.

        Args:
            frame: which image of a DICOM file with several, from 1.

        Raises:
            InputError: the image cannot be read or shows nothing, or the model gives no finite numbers for it.
        """
        pixels = image if isinstance(image, np.ndarray) else decode(image, frame=frame)
        try:
            require_content(pixels)
            square = to_square(pixels, self.size)
            return self._judge(self.logits(square[None])[0])
        except InputError as error:
            if isinstance(image, str | Path):
                raise InputError(f"{image}: {error}") from error
            raise

    def many(self, images: Iterable[Path], frame: int = 1) -> Iterator[tuple[Path, RiskPrediction | InputError]]:
        """Judge many images; one that cannot be read gives its error, and the rest go on."""
        for path in images:
            try:
                yield path, self(path, frame)
            except InputError as error:
                yield path, error
            except MemoryError:
                yield path, too_little_memory(str(path))

    def _judge(self, logits: NDArray[np.float64]) -> RiskPrediction:
        classes, matrix = self.bundle.classes, self.bundle.matrix
        p = self.bundle.calibration.apply(logits[None])
        harm = p @ matrix.values
        if not (np.isfinite(p).all() and np.isfinite(harm).all()):
            raise InputError(_NOT_FINITE.format("this image"))
        decision = int(decide(p, matrix, self.bundle.dial.aversion, self.bundle.dial.rule)[0])
        critical = matrix.critical_cells[:, decision]
        dangers = np.where(critical, p[0], 0.0)
        worst = int(dangers.argmax())
        rule, risk = self.bundle.answer_rule, float(dangers.sum())
        greatest = float(matrix.values.max())
        return RiskPrediction(
            predicted=classes[int(logits.argmax())],
            decision=classes[decision],
            probabilities=dict(zip(classes, p[0].tolist(), strict=True)),
            expected_severity=dict(zip(classes, harm[0].tolist(), strict=True)),
            worst_miss=None if dangers[worst] < PLAUSIBLE else classes[worst],
            critical_probability=risk,
            answered=None if rule is None else rule.answers(risk, float(harm[0, decision]), greatest),
        )
