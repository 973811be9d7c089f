"""Training losses: a family that reads the severity matrix, and the baselines it is compared with.

z are logits, p = softmax(z), y the true class, M~ the normalised matrix (`SeverityMatrix.normalised`), s the
strength. Everything is computed and returned in float32 (float64 stays float64) and starts from
log p = log_softmax(z), which keeps values and gradients finite for any finite logits. `docs/losses.md`
tells the forms apart.
"""

import math
from collections.abc import Sequence

import torch
import torch.distributed as distributed
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from riskcore.config import BASELINES, BASES, FORMS, GAMMA
from riskcore.errors import InputError
from riskcore.severity import SeverityMatrix

LABEL_SMOOTHING = 0.1
CONFUSION_MOMENTUM = 0.99
"""Weight of the past in the running confusion counts: about the last hundred batches count."""


class RiskCalibratedLoss(nn.Module):
    """Mean over a batch of a base loss that is made to fear severe confusions.

    Per sample, with M~ = `matrix.normalised()`:

    ==========  =============================================================
    margin      base(z + s M~[y, .], y)
    expected    base(z, y) + s sum_j M~[y, j] p_j
    barrier     base(z, y) - s sum_j M~[y, j] log(1 - p_j)
    log_harm    base(z, y) - s log(1 - sum_j M~[y, j] p_j)
    reweight    (1 + s sum_j M~[y, j] p_j, without gradient) base(z, y)
    ==========  =============================================================

    Confusion-aware (beta > 0): M~ becomes M~ (1 + beta C) / (1 + beta), where C in 0..1 are the running soft
    confusion counts of the training batches (sum of p by true class; exponential average, no gradient;
    diagonal zero; divided by the maximum), so that confusions which do happen weigh more. The counts change
    in training mode only, are shared between distributed processes, and travel in `state_dict`.

    Args:
        matrix: the severity matrix; its class order is that of the logit columns and of the target indices.
        form: one of `FORMS`.
        strength: s >= 0; 0 gives exactly the base loss.
        confusion: beta >= 0; 0 turns the confusion-aware costs off.
        base: "ce" or "focal".
        gamma: focusing parameter of the focal base, >= 0.

    Call with:
        logits: (N, K) float tensor of any precision, N >= 1.
        targets: (N,) int64 tensor of class indices.

    Returns:
        scalar tensor, float32 (float64 for float64 logits).

    Raises:
        InputError: a setting, a shape or a target is out of range.

    Sources: Gimpel & Smith, NAACL 2010 (margin); Galdran et al., MICCAI 2020 (expected); Resheff et al., 2017
    (barrier); log-loss of "no harm", see `docs/losses.md` (log_harm); severity-weighted cross-entropy
    (reweight).

    Example:
        >>> import torch
        >>> m = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]])
        >>> loss = RiskCalibratedLoss(m, form="margin", strength=1.0)
        >>> loss(torch.zeros(2, 2), torch.tensor([0, 1]))  # (log 2 + log(1 + e)) / 2
        tensor(1.0032)
    """

    normalised: Tensor
    confusion_counts: Tensor

    def __init__(
        self,
        matrix: SeverityMatrix,
        form: str = "log_harm",
        strength: float = 3.0,
        confusion: float = 0.0,
        base: str = "ce",
        gamma: float = GAMMA,
    ) -> None:
        super().__init__()
        _require_one_of("form", form, FORMS)
        _require_one_of("base", base, BASES)
        self.form = form
        self.strength = _not_negative("strength", strength)
        self.confusion = _not_negative("confusion", confusion)
        self.gamma = _not_negative("gamma", gamma) if base == "focal" else 0.0
        size = matrix.number_of_classes
        # float64 stays off the buffers: not every device has it.
        self._exact = torch.from_numpy(matrix.normalised())
        self.register_buffer("normalised", self._exact.float(), persistent=False)
        self.register_buffer("confusion_counts", torch.zeros(size, size))

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        z = _checked_logits(logits, targets, len(self.normalised))
        log_p = F.log_softmax(z, dim=1)
        if self.training and self.confusion > 0:
            self._count(log_p.detach().exp(), targets)
        cost = self._costs(z)[targets]
        if self.form == "margin":
            return _focal(F.log_softmax(z + self.strength * cost, dim=1), targets, self.gamma).mean()
        base = _focal(log_p, targets, self.gamma)
        if self.form == "expected":
            return (base + self.strength * (cost * log_p.exp()).sum(1)).mean()
        if self.form == "barrier":
            return (base - self.strength * (cost * _log_of_the_others(log_p)).sum(1)).mean()
        if self.form == "log_harm":
            # 1 - sum_j M~ p_j = sum_j (1 - M~) p_j; log(1 - M~) may be -inf, yet never at the true class.
            return (base - self.strength * torch.logsumexp(log_p + torch.log1p(-cost), dim=1)).mean()
        weight = 1 + self.strength * (cost * log_p.detach().exp()).sum(1)
        return (weight * base).mean()

    def _count(self, p: Tensor, targets: Tensor) -> None:
        """Moves the running counts towards this batch's: row = truth, column = probability given to it."""
        counts = torch.zeros_like(self.confusion_counts)
        counts.index_add_(0, targets, p.to(counts.dtype))
        if distributed.is_available() and distributed.is_initialized():
            distributed.all_reduce(counts)
        self.confusion_counts.lerp_(counts.fill_diagonal_(0), 1 - CONFUSION_MOMENTUM)

    def _costs(self, z: Tensor) -> Tensor:
        """M~ in the precision of z, confusion-aware where asked for: (K, K) in 0..1."""
        normalised = self._exact.to(z.device) if z.dtype == torch.float64 else self.normalised
        if self.confusion == 0:
            return normalised
        share = self.confusion_counts / self.confusion_counts.max().clamp(min=1e-12)
        # Rounding may lift the quotient above 1, where log_harm's log(1 - M~) is not defined.
        return normalised * ((1 + self.confusion * share) / (1 + self.confusion)).clamp(max=1).to(z.dtype)

    def extra_repr(self) -> str:
        return f"form={self.form}, strength={self.strength}, confusion={self.confusion}, gamma={self.gamma}"


class FocalLoss(nn.Module):
    """Focal loss, mean over a batch of (1 - p_y)^gamma (-log p_y); gamma 0 is cross-entropy.

    Args:
        gamma: focusing parameter >= 0.

    Call with logits (N, K) float and targets (N,) int64; returns a scalar, float32 (float64 stays).

    Source: Lin et al., Focal Loss for Dense Object Detection, ICCV 2017 (without its class weights).

    Example:
        >>> import torch
        >>> FocalLoss()(torch.zeros(1, 2), torch.tensor([0]))  # 0.5^2 log 2
        tensor(0.1733)
    """

    def __init__(self, gamma: float = GAMMA) -> None:
        super().__init__()
        self.gamma = _not_negative("gamma", gamma)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        z = _checked_logits(logits, targets, None)
        return _focal(F.log_softmax(z, dim=1), targets, self.gamma).mean()

    def extra_repr(self) -> str:
        return f"gamma={self.gamma}"


class CrossEntropyLoss(nn.Module):
    """`torch.nn.functional.cross_entropy` with the checks and the precision of this family.

    Args:
        class_weights: one weight a class; the mean is then the weighted one. None weighs all the same.
        label_smoothing: share of the target spread evenly over all classes (Szegedy et al., CVPR 2016).

    Call with logits (N, K) float and targets (N,) int64; returns a scalar, float32 (float64 stays).

    Example:
        >>> import torch
        >>> CrossEntropyLoss()(torch.zeros(1, 2), torch.tensor([0]))
        tensor(0.6931)
    """

    class_weights: Tensor | None

    def __init__(self, class_weights: Tensor | None = None, label_smoothing: float = 0.0) -> None:
        super().__init__()
        self.label_smoothing = label_smoothing
        self.register_buffer("class_weights", class_weights, persistent=False)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        weights = self.class_weights
        z = _checked_logits(logits, targets, None if weights is None else len(weights))
        weights = None if weights is None else weights.to(z.dtype)
        return F.cross_entropy(z, targets, weight=weights, label_smoothing=self.label_smoothing)

    def extra_repr(self) -> str:
        return f"label_smoothing={self.label_smoothing}"


def build_loss(
    form: str,
    matrix: SeverityMatrix,
    *,
    strength: float = 3.0,
    confusion: float = 0.0,
    base: str = "ce",
    gamma: float = GAMMA,
    class_counts: Sequence[int] | NDArray | None = None,
) -> nn.Module:
    """The loss of a name in `FORMS` or `BASELINES`; baselines ignore matrix, strength, confusion and base.

    Args:
        form, matrix, strength, confusion, base, gamma: see `RiskCalibratedLoss`.
        class_counts: (K,) training images a class, in the matrix's order; `class_weighted_ce` needs them.

    Raises:
        InputError: an unknown name, a setting out of range, or class counts that are missing or wrong.

    Example:
        >>> build_loss("focal", SeverityMatrix.preset("demo"))
        FocalLoss(gamma=2.0)
    """
    _require_one_of("form", form, FORMS + BASELINES)
    if form in FORMS:
        return RiskCalibratedLoss(matrix, form, strength, confusion, base, gamma)
    if form == "focal":
        return FocalLoss(gamma)
    if form == "label_smoothing":
        return CrossEntropyLoss(label_smoothing=LABEL_SMOOTHING)
    if form == "class_weighted_ce":
        return CrossEntropyLoss(balanced_weights(class_counts, matrix.classes))
    return CrossEntropyLoss()


def balanced_weights(class_counts: Sequence[int] | NDArray | None, classes: Sequence[str]) -> Tensor:
    """Weights n / (K n_c) of K classes with n_c training images (scikit-learn's "balanced"): (K,) float32.

    A class without training images, as can happen in a fold of few patients, counts as if it had one.
    """
    if class_counts is None:
        raise InputError("class_weighted_ce needs `class_counts`, the training images a class.")
    counts = torch.as_tensor(class_counts, dtype=torch.float64)
    if counts.shape != (len(classes),) or not bool(((counts >= 0) & counts.isfinite()).all()) or counts.sum() == 0:
        raise InputError(
            f"Expected `class_counts` to be {len(classes)} counts, one for each of {', '.join(classes)}, "
            f"but got {counts.tolist()}."
        )
    return (counts.sum() / (len(classes) * counts.clamp(min=1))).float()


def _focal(log_p: Tensor, targets: Tensor, gamma: float) -> Tensor:
    """(N,) focal loss from log-probabilities; gamma 0 is cross-entropy."""
    cross_entropy = F.nll_loss(log_p, targets, reduction="none")
    if gamma == 0:
        return cross_entropy
    # (1 - p_y)^gamma through its logarithm: a power of 0 has no finite gradient for gamma below 1.
    log_rest = log_p.scatter(1, targets[:, None], -math.inf).logsumexp(1)
    return (gamma * log_rest).exp() * cross_entropy


def _log_of_the_others(log_p: Tensor) -> Tensor:
    """(N, K) log(1 - p_j), as the logsumexp of the log-probabilities of all classes but j."""
    itself = torch.eye(log_p.shape[1], dtype=torch.bool, device=log_p.device)
    return log_p.unsqueeze(1).masked_fill(itself, -math.inf).logsumexp(2)


def _checked_logits(logits: Tensor, targets: Tensor, number_of_classes: int | None) -> Tensor:
    """The logits in float32 (float64 stays), once shapes, types and targets are right."""
    columns = "K >= 2" if number_of_classes is None else number_of_classes
    fits = logits.ndim == 2 and len(logits) > 0 and logits.is_floating_point()
    if not fits or (logits.shape[1] < 2 if number_of_classes is None else logits.shape[1] != number_of_classes):
        raise InputError(
            f"Expected `logits` to be a float tensor of shape (N >= 1, {columns}), "
            f"but got {logits.dtype} of shape {tuple(logits.shape)}."
        )
    if targets.shape != logits.shape[:1] or targets.dtype != torch.int64:
        raise InputError(
            f"Expected `targets` to be an int64 tensor of shape ({len(logits)},), "
            f"but got {targets.dtype} of shape {tuple(targets.shape)}."
        )
    low, high = (int(bound) for bound in targets.aminmax())
    if low < 0 or high >= logits.shape[1]:
        raise InputError(f"Expected `targets` between 0 and {logits.shape[1] - 1}, but got {low if low < 0 else high}.")
    return logits if logits.dtype == torch.float64 else logits.float()


def _require_one_of(argument: str, value: str, names: tuple[str, ...]) -> None:
    if value not in names:
        raise InputError(f"Expected `{argument}` to be one of {', '.join(names)}, but got {value!r}.")


def _not_negative(argument: str, value: float) -> float:
    if not (math.isfinite(value) and value >= 0):
        raise InputError(f"Expected `{argument}` to be a number of at least 0, but got {value}.")
    return float(value)
