"""What others report: dangerous mistakes of the likeliest class, side by side; not at equal accuracy, so no "safer"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.judged_run import JudgedRun
from riskcore.metrics import group_codes, holm, outcomes, paired_test


@dataclass(frozen=True)
class ArgmaxDifference:
    """Two runs at argmax on the same test cases.

    Attributes:
        run, baseline: ids.
        n: different test cases.
        errors, baseline_errors: critical errors, mean over seeds.
        accuracy, baseline_accuracy: shares.
        p_value: two-sided, that both make equally many critical errors; Holm's where several are compared.
        test: "McNemar" or "sign-flip".
    """

    run: str
    baseline: str
    n: int
    errors: float
    baseline_errors: float
    accuracy: float
    baseline_accuracy: float
    p_value: float
    test: str

    def sentence(self, labels: Mapping[str, str]) -> str:
        """The difference in words; `labels`: id -> name."""
        fewer = round(self.baseline_errors - self.errors)
        change = "no fewer" if not fewer else f"{abs(fewer):,} {'fewer' if fewer > 0 else 'more'}"
        mistakes = "mistake" if abs(fewer) == 1 else "mistakes"
        p = "p < 0.001" if self.p_value < 0.001 else f"p = {self.p_value:.2g}"
        return (
            f"{labels[self.run]} against {labels[self.baseline]}: {change} dangerous {mistakes} in {self.n:,} cases "
            f"({self.errors:.4g} against {self.baseline_errors:.4g}; {p}, {self.test} test), but accuracy is "
            f"{100 * self.accuracy:.1f} % against {100 * self.baseline_accuracy:.1f} %."
        )


def argmax_differences(runs: Sequence[JudgedRun], baseline: JudgedRun) -> list[ArgmaxDifference]:
    """Compare the argmax decisions of runs with those of a baseline, case by case.

    Seeds of a case count together: the unit of the test is the group (patient, slide or lesion).

    Args:
        runs: with the same seeds and test cases as the baseline (`riskcore.runs.comparable.why_not`).
        baseline: what they are compared with.

    Returns:
        One difference a run, p values corrected for their number (Holm).

    Example:
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> from riskcore.severity import SeverityMatrix
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> def model(id, said):
        ...     names = np.array(list("abcdef"))
        ...     cases = Cases(np.eye(2)[said], np.array([0, 1, 1, 1, 1, 1]), names, names)
        ...     return JudgedRun(RunPredictions(id, matrix.classes, [Member(cases, cases)]), matrix)
        >>> (found,) = argmax_differences([model("new", [1] * 6)], model("old", [0] * 6))
        >>> found.errors, found.baseline_errors, found.p_value
        (0.0, 5.0, 0.0625)
    """
    reference = _sorted(baseline)
    found = []
    for run in runs:
        ours = _sorted(run)
        p_value, test = paired_test(ours.critical, reference.critical, reference.groups)
        found.append(
            ArgmaxDifference(
                run=run.id,
                baseline=baseline.id,
                n=reference.distinct,
                errors=float(ours.critical.sum()) / len(run.seeds),
                baseline_errors=float(reference.critical.sum()) / len(baseline.seeds),
                accuracy=float(ours.correct.mean()),
                baseline_accuracy=float(reference.correct.mean()),
                p_value=p_value,
                test=test,
            )
        )
    adjusted = holm([difference.p_value for difference in found])
    return [replace(difference, p_value=float(p)) for difference, p in zip(found, adjusted, strict=True)]


@dataclass(frozen=True)
class _Sorted:
    """Outcomes at argmax by sample and seed, so that those of two runs belong together."""

    critical: NDArray[np.bool_]
    correct: NDArray[np.bool_]
    groups: NDArray[np.int64]
    distinct: int


def _sorted(judged: JudgedRun) -> _Sorted:
    members = judged.predictions.members
    tests = [member.test for member in members]
    samples = np.concatenate([test.samples for test in tests])
    seeds = np.concatenate([np.full(len(member.test), member.seed) for member in members])
    order = np.lexsort((seeds, samples))
    case = outcomes(
        np.concatenate([test.truth for test in tests]),
        np.concatenate([test.logits.argmax(axis=1) for test in tests]),
        judged.matrix,
    )
    groups = group_codes(np.concatenate([test.groups for test in tests]))[0]
    return _Sorted(case.critical[order], case.correct[order], groups[order], len(np.unique(samples)))
