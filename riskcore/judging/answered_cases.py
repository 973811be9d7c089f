"""What the cases look like that a certificate lets the model answer, and those for a person."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from riskcore.decision.certificate import is_harm
from riskcore.decision.dial import decide
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.pooled import calibrate
from riskcore.decision.scored import scored
from riskcore.judging.certified import Certified


@dataclass(frozen=True)
class HandedCase:
    """A test case with whom it is answered by.

    Attributes:
        sample: names the image.
        truth, said: class names, said at the certificate's dial.
        risk: the score; probability of a critical error, or for harm the expected severity.
        answered: by the model; else for a person.
        critical: whether what the model says is a critical error.
    """

    sample: str
    truth: str
    said: str
    risk: float
    answered: bool
    critical: bool


def handed_cases(judged: JudgedRun, found: Certified) -> list[HandedCase]:
    """The test cases of a certificate's run, the least risky first.

    Args:
        judged: the run or pool that the certificate was made of.
        found: one of its certificates.

    Example:
        >>> from riskcore.decision.dial import Dial
        >>> from riskcore.judging.certified import certificates
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> from riskcore.severity import SeverityMatrix
        >>> def drawn(cases, name):
        ...     names = np.array([f"{name}{place}" for place in range(cases)])
        ...     truth = np.arange(cases) % 2
        ...     return Cases(np.eye(2)[truth] * 9.0 + np.arange(cases)[:, None] % 7 * [0.1, 0], truth, names, names)
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]])
        >>> member = Member(drawn(90, "v"), drawn(4, "t"), certify=drawn(300, "c"))
        >>> judged = JudgedRun(RunPredictions("demo", matrix.classes, [member]), matrix)
        >>> (found,) = certificates(judged, Dial("severity", 0.5), cap=0.1)
        >>> [(case.said, case.answered, case.critical) for case in handed_cases(judged, found)][-1]
        ('naevus', True, False)
    """
    matrix, classes = judged.matrix, judged.classes
    (own,) = (
        member for member in calibrate(judged.predictions) if (member.seed, member.fold) == (found.seed, found.fold)
    )
    truth, dial, harm = own.test.truth, found.dial, is_harm(found.per)
    scores = scored(truth, own.test_probabilities, matrix, dial, own.test.groups, harm=harm).scores
    calls = decide(own.test_probabilities, matrix, dial.aversion, dial.rule)
    answers = found.certificate.answers(scores)
    if own.test.strange is not None:
        answers &= ~own.test.strange
    return [
        HandedCase(
            sample=str(own.test.samples[place]),
            truth=classes[truth[place]],
            said=classes[calls[place]],
            risk=float(scores[place]) * (found.greatest if harm else 1),
            answered=bool(answers[place]),
            critical=bool(matrix.critical_cells[truth[place], calls[place]]),
        )
        for place in np.argsort(scores, kind="stable")
    ]


def spread(cases: Sequence[HandedCase], number: int) -> list[HandedCase]:
    """So many of them, or all where they are fewer: from the first to the last in even steps.

    Example:
        >>> spread("abcdefghijk", 3)
        ['a', 'f', 'k']
    """
    places = np.unique(np.linspace(0, len(cases) - 1, min(number, len(cases))).round().astype(int))
    return [cases[place] for place in places]
