"""Cases that a model is judged on and knew before, by group, by name and by image: they flatter every figure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.errors import InputError
from riskcore.predictions import RunPredictions


@dataclass(frozen=True)
class Overlap:
    """How many of the cases that a model is judged on it was trained on, or its calibration and dial were chosen on.

    Attributes:
        cases, of: different judged cases that it knew, by group, name or image; and all judged ones.
        groups: different groups of the judged cases that stand in its training or validation part, too.
        images: judged cases whose image is known to it, pixel by pixel.
        alike: judged cases of another data set that share no more than a name with what it knew, maybe by chance.
        unknown: why it cannot be told what the model was trained on; "" where it can.
    """

    cases: int = 0
    of: int = 0
    groups: int = 0
    images: int = 0
    alike: int = 0
    unknown: str = ""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a reader must know, the worst first; none where there is nothing to say.

        Example:
            >>> Overlap(cases=12, of=60, groups=5).sentences
            ('12 of 60 judged cases (5 groups) were seen in training or validation: the figures flatter.',)
        """
        said = []
        if self.cases:
            said.append(f"{self._known}: the figures flatter.")
        if self.alike:
            said.append(
                f"{self.alike:,} of {self.of:,} judged cases {'has' if self.alike == 1 else 'have'} the name of an "
                "image or group that the model was trained on in another data set; names may be equal by chance, and "
                "the images are others."
            )
        if self.unknown:
            said.append(f"Whether the model was trained on these images cannot be told: {self.unknown}.")
        return tuple(said)

    @property
    def _known(self) -> str:
        groups = f"{self.groups:,} group{'' if self.groups == 1 else 's'}" if self.groups else ""
        images = f"{self.images:,} by the image" if self.images else ""
        counted = ", ".join(part for part in (groups, images) if part)
        verb = "was" if self.cases == 1 else "were"
        return f"{self.cases:,} of {self.of:,} judged cases ({counted}) {verb} seen in training or validation"

    def check(self, name: str, allowed: bool = False) -> None:
        """InputError where the model knew any of the cases, unless that is allowed.

        Args:
            name: what the error calls the predictions.
            allowed: to judge all the same; the sentences then stand beside the figures.
        """
        if self.cases and not allowed:
            raise InputError(
                f"{name}: {self._known}, so the figures would flatter; leave them out, or pass --allow-overlap to "
                "judge all the same."
            )

    def as_dict(self) -> dict[str, Any]:
        """The JSON form: the numbers and the sentences."""
        return {**asdict(self), "sentences": list(self.sentences)}


@dataclass(frozen=True)
class Known:
    """N images by what they can be told by.

    Attributes:
        samples, groups: (N,) str names.
        images: (N,) digests of the pixels; None where the images cannot be read.
    """

    samples: NDArray[np.str_]
    groups: NDArray[np.str_]
    images: NDArray[np.bytes_] | None = None


def overlap_of(predictions: RunPredictions) -> Overlap:
    """Test cases whose group stands in the validation or training part of the same member, too.

    Args:
        predictions: whose parts are of one data set; of training, `Member.training_groups` tells the groups.

    Example:
        >>> from riskcore.predictions import Cases, Member
        >>> def part(samples, groups):
        ...     n = len(samples)
        ...     return Cases(np.zeros((n, 2)), np.zeros(n, dtype=np.int64), np.array(samples), np.array(groups))
        >>> member = Member(part(["a", "b"], ["p", "q"]), part(["c", "d", "e"], ["p", "p", "r"]))
        >>> found = overlap_of(RunPredictions("vendor.csv", ("naevus", "melanoma"), [member]))
        >>> found.cases, found.of, found.groups
        (2, 3, 1)
    """
    cases: set[str] = set()
    groups: set[str] = set()
    judged: set[str] = set()
    for member in predictions.members:
        known = member.training_groups.union(member.validation.groups.tolist())
        judged.update(member.test.samples.tolist())
        for sample, group in zip(member.test.samples.tolist(), member.test.groups.tolist(), strict=True):
            if group in known:
                cases.add(sample)
                groups.add(group)
    return Overlap(cases=len(cases), of=len(judged), groups=len(groups))


def overlap_with(judged: Known, known: Sequence[Known], *, same_data: bool) -> Overlap:
    """What some images have in common with those that a run, or any member of a pool, knew.

    Within one data set groups, names and images count. In another one only images do, since names such as
    "patient 1" are given everywhere; equal names alone are `alike`.

    Args:
        judged: N images.
        known: training and validation parts, one a member.
        same_data: whether all are of one data set.

    Example:
        >>> judged = Known(np.array(["1.png", "2.png"]), np.array(["p", "q"]), np.array([b"x", b"y"]))
        >>> trained = Known(np.array(["1.png", "3.png"]), np.array(["p", "r"]), np.array([b"z", b"y"]))
        >>> overlap_with(judged, [trained], same_data=True).cases
        2
        >>> found = overlap_with(judged, [trained], same_data=False)
        >>> found.cases, found.images, found.alike
        (1, 1, 1)
    """
    nothing = np.zeros(len(judged.samples), dtype=bool)
    by_name, by_group, by_image = nothing.copy(), nothing.copy(), nothing.copy()
    for each in known:
        by_name |= np.isin(judged.samples, each.samples)
        by_group |= np.isin(judged.groups, each.groups)
        if judged.images is not None and each.images is not None:
            by_image |= np.isin(judged.images, each.images)
    named = by_name | by_group
    return Overlap(
        cases=int((named | by_image if same_data else by_image).sum()),
        of=len(judged.samples),
        groups=len(np.unique(judged.groups[by_group])) if same_data else 0,
        images=int(by_image.sum()),
        alike=0 if same_data else int((named & ~by_image).sum()),
    )
