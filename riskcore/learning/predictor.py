"""Applying a bundle to images: probabilities, the harm of each possible call, and the decision."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from riskcore.config import ModelSettings
from riskcore.data.batches import mirror, normalise, to_float
from riskcore.data.cache import to_square
from riskcore.data.decoding.declared import NOTHING_DECLARED, Declared
from riskcore.data.decoding.limits import too_little_memory
from riskcore.data.images import BLANK, declared, decode, is_blank
from riskcore.decision.dial import decide
from riskcore.errors import InputError
from riskcore.learning import network
from riskcore.learning.bundle import Bundle, described, load_weights
from riskcore.learning.description import DETECTOR, FRONT, TRAINED
from riskcore.learning.detector import Detector
from riskcore.learning.detector_file import load_detector
from riskcore.learning.prediction import Call, Neighbour, RiskPrediction, not_judged
from riskcore.progress import OnProgress

BATCH = 64
PLAUSIBLE = 0.05
"""A miss is called plausible when the probability of its truth is at least this."""

_NOT_FINITE = "the model gives no finite numbers for {}; the bundle or the image is damaged."


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

    def __init__(
        self,
        bundle: Bundle,
        classifier: network.Network,
        device: torch.device,
        detector: Detector | None = None,
    ) -> None:
        self.bundle = bundle
        self._classifier = classifier
        self._device = device
        self._detector = detector

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
        detector = None
        if description.limit is not None:
            detector = load_detector(folder / DETECTOR, description.checksum(DETECTOR), len(description.classes))
        return cls(description, classifier, torch.device(device), detector)

    @property
    def classifier(self) -> network.Network:
        """The network, in evaluation mode, on the device of the weights."""
        return self._classifier

    @property
    def size(self) -> int:
        """Side in pixels of the square images that `logits` takes."""
        return self._classifier.preprocessing.size

    def logits(self, images: NDArray[np.uint8], progress: OnProgress | None = None) -> NDArray[np.float64]:
        """(N, K) float64 logits of square images (N, S, S, 3) uint8, averaged over image and mirror image.

        Raises:
            InputError: the logits of an image are not finite.
        """
        return self.logits_and_features(images, progress)[0]

    def strange(
        self,
        images: NDArray[np.uint8],
        declarations: Sequence[Declared],
        shapes: Sequence[tuple[int, ...] | None],
        progress: OnProgress | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Logits of square images as above, and whether each is not of the kind that the model knows.

        Blank images are not looked for.

        Args:
            declarations: what the file of each image declares.
            shapes: (H, W) of each image as decoded; None where it is not far smaller than training images.
        """
        logits, features = self.logits_and_features(images, progress)
        far = self._far(features, len(images))
        found = [bool(self._why(*each)) for each in zip(images, far, declarations, shapes, strict=True)]
        return logits, np.array(found, dtype=bool)

    def logits_and_features(
        self, images: NDArray[np.uint8], progress: OnProgress | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Logits, and the features that the detector compares, of the image as it is; None without a detector."""
        preprocessing = self._classifier.preprocessing
        parts, features = [], []
        with torch.inference_mode():
            for start in range(0, len(images), BATCH):
                batch = torch.from_numpy(np.array(images[start : start + BATCH])).to(self._device)
                clean = normalise(to_float(batch), preprocessing.mean, preprocessing.std)
                if self._detector is None:
                    own = self._classifier(clean)
                else:
                    own, pooled = self._classifier.with_features(clean)
                    features.append(pooled.double().cpu().numpy())
                both = own.double() + self._classifier(mirror(clean)).double()
                parts.append((both / 2).cpu().numpy())
                if progress is not None:
                    progress(start + len(batch), len(images), "predictions")
        logits = np.concatenate(parts)
        if bad := int((~np.isfinite(logits)).any(axis=1).sum()):
            raise InputError(
                _NOT_FINITE.format("this image" if len(images) == 1 else f"{bad:,} of {len(images):,} images")
            )
        return logits, np.concatenate(features) if features else None

    def distances(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N,) how far features (N, D) are from the training images, as `bundle.limit` counts it."""
        assert self._detector is not None
        return self._detector.distances(features)

    def _far(self, features: NDArray[np.float64] | None, images: int) -> NDArray[np.bool_]:
        """(N,) which images are further from the training images than the limit; none without a detector."""
        limit = self.bundle.limit
        if limit is None or features is None:
            return np.zeros(images, dtype=bool)
        return limit.exceeded(self.distances(features))

    def _why(
        self, pixels: NDArray[np.uint8], far: bool, declares: Declared, shape: tuple[int, ...] | None = None
    ) -> list[str]:
        """Why an image that is not blank is not of the kind that the model knows; nothing where it is."""
        kind, limit = self.bundle.kind, self.bundle.limit
        found = [] if kind is None else list(kind.strange(pixels, self.size, declares, shape))
        if far and limit is not None:
            found.append(limit.beyond)
        return found

    def __call__(
        self, image: str | Path | bytes | NDArray[np.uint8], frame: int = 1, declares: Declared = NOTHING_DECLARED
    ) -> RiskPrediction:
        """Judge one image: a path, the bytes of a file, or an RGB array (H, W, 3) uint8.

        Args:
            frame: which image of a DICOM file with several, from 1.
            declares: of an array, what its file declares (`riskcore.data.images.declared`).

        Returns: a `Call`, or `not_judged` where the image is not of the kind that the model knows.

        Raises:
            InputError: the image cannot be read, or the model gives no finite numbers for it.
        """
        pixels = image if isinstance(image, np.ndarray) else decode(image, frame=frame)
        if not isinstance(image, np.ndarray):
            declares = declared(image)
        try:
            return self._judged(pixels, declares)
        except InputError as error:
            if isinstance(image, str | Path):
                raise InputError(f"{image}: {error}") from error
            raise

    def _judged(self, pixels: NDArray[np.uint8], declares: Declared) -> RiskPrediction:
        answered = None if self.bundle.answer_rule is None else False
        if is_blank(pixels):  # whatever it is like, it shows nothing
            return not_judged([BLANK], answered=answered)
        logits, features = self.logits_and_features(to_square(pixels, self.size)[None])
        nearest: tuple[Neighbour, ...] = ()
        if self._detector is not None and features is not None:
            classes = self.bundle.classes
            nearest = tuple(Neighbour(row, classes[label]) for row, label in self._detector.nearest(features[0]))
        if why := self._why(pixels, bool(self._far(features, 1)[0]), declares):
            return not_judged(why, nearest, answered)
        return self._call(logits[0], nearest)

    def many(self, images: Iterable[Path], frame: int = 1) -> Iterator[tuple[Path, RiskPrediction | InputError]]:
        """Judge many images; one that cannot be read gives its error, and the rest go on."""
        for path in images:
            try:
                yield path, self(path, frame)
            except InputError as error:
                yield path, error
            except MemoryError:
                yield path, too_little_memory(str(path))

    def _call(self, logits: NDArray[np.float64], nearest: tuple[Neighbour, ...]) -> Call:
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
        return Call(
            predicted=classes[int(logits.argmax())],
            decision=classes[decision],
            probabilities=dict(zip(classes, p[0].tolist(), strict=True)),
            expected_severity=dict(zip(classes, harm[0].tolist(), strict=True)),
            worst_miss=None if dangers[worst] < PLAUSIBLE else classes[worst],
            critical_probability=risk,
            answered=None if rule is None else rule.answers(risk, float(harm[0, decision]), greatest),
            nearest=nearest,
        )
