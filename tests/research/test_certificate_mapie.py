"""The certificate against MAPIE, an independent implementation of the same tail bounds and of Learn then Test."""

import numpy as np
import pytest
from mapie.risk_control import BinaryClassificationController, BinaryRisk, accuracy, control_fwer
from mapie.risk_control.methods import compute_hoeffding_bentkus_p_value

from riskcore.decision.certificate import certify, needed_groups, p_value
from riskcore.decision.scored import Scored

CAPS = (0.3, 0.1, 0.05, 0.01)
CONFIDENCE = 0.9


def mapie_p(losses: np.ndarray, cap: float) -> float:
    n = len(losses)
    mean = losses.sum() / n
    binary = bool(np.isin(losses, (0.0, 1.0)).all())
    # MAPIE rounds n · mean up as it is: of 7 errors that may be 7.000000000000001, which it takes for 8.
    below = max(mean - 1e-13, 0.0)
    return min(1.0, compute_hoeffding_bentkus_p_value(np.array([below]), n, cap, binary=binary).item())


@pytest.mark.parametrize("cap", CAPS)
@pytest.mark.parametrize("n", [1, 20, 59, 300, 2000])
def test_p_of_shares_is_hoeffding_bentkus(n: int, cap: float) -> None:
    rng = np.random.default_rng([n, int(1000 * cap)])
    for spread in (0.1, 0.5, 1.0, 2.0):
        losses = np.minimum(rng.beta(0.2, 0.2 / cap, n) * spread, 0.999)
        assert p_value(losses, cap) == pytest.approx(mapie_p(losses, cap), rel=1e-8)


@pytest.mark.parametrize("cap", CAPS)
@pytest.mark.parametrize("n", [1, 20, 59, 300, 2000])
def test_p_of_zeros_and_ones_is_the_exact_binomial(n: int, cap: float) -> None:
    for errors in {0, 1, 2, round(cap * n / 2), round(cap * n), n} & set(range(n + 1)):
        losses = np.zeros(n)
        losses[:errors] = 1
        if errors <= cap * n:  # above, MAPIE takes the trivial 1 for the lesser of its bounds
            assert p_value(losses, cap) == pytest.approx(mapie_p(losses, cap), rel=1e-9)
        else:
            assert p_value(losses, cap) > 0.5


def part(groups: int, seed: int, size: int) -> Scored:
    """Cases of a group share half of what makes them go wrong; scores take 200 values."""
    rng = np.random.default_rng([seed, size])
    owner = np.repeat(np.arange(groups), size)
    level = np.ceil(200 * np.clip(rng.beta(1, 4, groups)[owner] * rng.uniform(0.5, 1.5, groups * size), 0.005, 1))
    return Scored(level / 200, (rng.random(groups * size) < level / 800).astype(float), owner)


def losses_at(cases: Scored, threshold: float, per: str) -> np.ndarray:
    found = []
    for group in np.unique(cases.groups):
        inside = cases.groups == group
        answered = inside & (cases.scores <= threshold)
        if per == "case" or answered.any():
            found.append(cases.losses[answered].sum() / (inside if per == "case" else answered).sum())
    return np.array(found)


@pytest.mark.parametrize("per", ["answered", "case"])
@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize(("cap", "seed"), [(0.06, 0), (0.06, 1), (0.09, 2), (0.04, 3), (0.04, 4)])
def test_the_threshold_is_the_last_that_mapies_fixed_sequence_rejects(
    cap: float, seed: int, size: int, per: str
) -> None:
    groups = 180 // size  # of so few cases every score is a threshold
    validation, certification = part(groups, seed, size), part(400, 50 + seed, size)
    thresholds = np.unique(validation.scores)
    wanted = 2 * needed_groups(cap, CONFIDENCE)
    answered = [len(np.unique(validation.groups[validation.scores <= threshold])) for threshold in thresholds]
    first = next(place for place, each in enumerate(answered) if 400 * each / groups >= wanted)
    tested = thresholds[first:]
    p = np.array([mapie_p(losses_at(certification, threshold, per), cap) for threshold in tested])
    rejected = control_fwer(p, 1 - CONFIDENCE, "fixed_sequence")
    found = certify(validation, certification, cap=cap, confidence=CONFIDENCE, per=per)
    assert found.threshold == (tested[rejected[-1]] if len(rejected) else None)


@pytest.mark.filterwarnings("ignore:Fixed sequence testing requires a monotonic risk")  # it only loses answers
def test_mapies_own_procedure_for_precision_gives_the_same_threshold_and_p() -> None:
    """Of single cases: the share of errors among those answered is 1 - precision, with its own n a threshold."""
    validation, certification = part(180, 7, 1), part(1000, 8, 1)
    cap = 0.05
    thresholds = np.unique(validation.scores)
    needed = 2 * needed_groups(cap, CONFIDENCE)
    tested = [t for t in thresholds if 1000 * (validation.scores <= t).mean() >= needed]
    controller = BinaryClassificationController(
        predict_function=lambda scores: np.stack([scores, 1 - scores], axis=1),
        risk=BinaryRisk(lambda wrong, _: wrong == 1, lambda _, answered: answered == 1, higher_is_better=False),
        target_level=cap,
        confidence_level=CONFIDENCE,
        best_predict_param_choice=accuracy,
        list_predict_params=1 - np.array(tested) - 1e-9,
        fwer_method="fixed_sequence",
    ).calibrate(certification.scores, certification.losses.astype(int))
    found = certify(validation, certification, cap=cap, confidence=CONFIDENCE)
    assert found.threshold is not None
    assert found.threshold == pytest.approx(1 - controller.valid_predict_params.min())
    place = tested.index(found.threshold)
    assert controller.p_values is not None
    assert found.claims[0].p_value == pytest.approx(controller.p_values[place].item(), rel=1e-9)
