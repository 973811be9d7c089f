"""Rates as people: of 1,000 cases, how many are missed, found or called dangerous without need."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import OperatingPoint
from riskcore.decision.pooled import Caution, calibrate, decide_tests, dials_for
from riskcore.errors import InputError
from riskcore.metrics import Rate, group_codes, outcomes, rates
from riskcore.predictions import RunPredictions
from riskcore.severity import SeverityMatrix

PEOPLE = 1000

DANGEROUS_OUTCOMES = {
    "missed": "dangerous case, missed dangerously",
    "dangerous_other": "dangerous case, another wrong call",
    "found": "dangerous case, called right",
}
HARMLESS_OUTCOMES = {
    "false_alarm": "harmless case, false alarm",
    "harmless_other": "harmless case, another wrong call",
    "cleared": "harmless case, called right",
}
OUTCOMES = DANGEROUS_OUTCOMES | HARMLESS_OUTCOMES
"""What can happen to a case -> how screens call it. Every case has exactly one of these outcomes."""


@dataclass(frozen=True)
class Frequencies:
    """What a set of decisions does to a round number of cases.

    Attributes:
        of: how many cases are imagined, e.g. 1,000.
        dangerous: how many of them are of dangerous (critical) classes.
        people: outcome of `OUTCOMES` -> whole number of cases; they sum to `of`, the first three to `dangerous`.
        missed, false_alarms, right: the (least, most) cases that the 95 % intervals allow; `right` are right calls.
        rates: as `riskcore.metrics.rates` gives them, at this share of dangerous cases.
        dangerous_cases, harmless_cases: different test cases that this was learnt from.
    """

    of: int
    dangerous: int
    people: Mapping[str, int]
    missed: tuple[int, int]
    false_alarms: tuple[int, int]
    right: tuple[int, int]
    rates: Mapping[str, Rate]
    dangerous_cases: int
    harmless_cases: int

    @property
    def sentence(self) -> str:
        """The dangerous mistakes and false alarms in words, with their intervals."""
        return self._in_words("", "")

    def sentence_beside(self, reference: "Frequencies", name: str) -> str:
        """The same with how many fewer or more that is than a reference called `name` does to these cases."""
        return self._in_words(
            *(
                f", {_more(self.people[outcome] - reference.people[outcome])} {name}"
                for outcome in ("missed", "false_alarm")
            )
        )

    def _in_words(self, missed_more: str, alarms_more: str) -> str:
        missed, alarms, harmless = self.people["missed"], self.people["false_alarm"], self.of - self.dangerous
        return (
            f"Of {self.of:,} cases like these, {self.dangerous:,} {_is(self.dangerous)} dangerous: "
            f"{missed:,} of them {_is(missed)} missed {_range(self.missed)}{missed_more}. "
            f"Of the {harmless:,} harmless {'one' if harmless == 1 else 'ones'}, "
            f"{alarms:,} {'raises' if alarms == 1 else 'raise'} a false alarm {_range(self.false_alarms)}{alarms_more}."
        )


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _more(number: int) -> str:
    return f"{abs(number):,} {'fewer' if number < 0 else 'more'} than" if number else "as many as"


def _range(ends: tuple[int, int]) -> str:
    return f"(95 % interval {ends[0]:,} to {ends[1]:,})"


def whole(shares: ArrayLike, total: int) -> NDArray[np.int64]:
    """Whole numbers in proportion to shares, with the right sum (largest remainder).

    Each gets the floor of its exact part; what is left goes one each to the largest remainders, the first of equals.

    Args:
        shares: (A,) ≥ 0 with a positive sum.
        total: what the result sums to.

    Returns:
        (A,) int64.

    Source: Hare's method of apportionment.

    Example:
        >>> whole([0.333, 0.333, 0.334], 100).tolist()
        [33, 33, 34]
    """
    given = np.asarray(shares, dtype=np.float64)
    exact = given / given.sum() * total
    # Rounded first: 1 / 3 * 3 must not fall to 0 because of binary fractions.
    floor = np.floor(exact.round(9)).astype(np.int64)
    left = total - int(floor.sum())
    floor[np.argsort(-(exact - floor).round(9), kind="stable")[:left]] += 1
    return floor


def frequencies(
    truth: ArrayLike,
    decisions: ArrayLike,
    matrix: SeverityMatrix,
    groups: ArrayLike,
    *,
    samples: ArrayLike | None = None,
    dangerous: int | None = None,
    of: int = PEOPLE,
) -> Frequencies:
    """What decisions do to a round number of cases, by the rates among dangerous and among harmless ones.

    missed = dangerous · critical miss rate; false alarms = (of − dangerous) · over-call rate; so do their intervals,
    whose ends are rounded outwards.

    Args:
        truth, decisions: (N,) int class index, in the order of the matrix.
        matrix: the severity matrix, with a critical cell.
        groups: (N,) patient, slide or lesion; integers are fastest.
        samples: (N,) names or codes, where seeds repeat a case.
        dangerous: how many of `of` are of dangerous classes, 1 to of − 1; None: the share of the cases given.
        of: how many cases to imagine.

    Raises:
        InputError: no critical cell, no case of dangerous or none of other classes, or `dangerous` out of range.

    Example:
        >>> M = SeverityMatrix(classes=["naevus", "melanoma"], values=[[0, 2], [10, 0]], critical=10)
        >>> found = frequencies([0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 0, 1], M, range(6), dangerous=100)
        >>> [found.people[name] for name in ("missed", "found", "false_alarm", "cleared")]
        [50, 50, 225, 675]
    """
    case = outcomes(truth, decisions, matrix)
    critical = case.critical_class
    if critical.all() or not critical.any():
        there, absent = ("dangerous", "harmless") if critical.any() else ("harmless", "dangerous")
        raise InputError(
            f"The test cases are all of {there} classes; frequencies need {absent} ones too: "
            "use another severity matrix or data set."
        )
    if dangerous is None:
        dangerous, prevalence = min(max(round(of * float(critical.mean())), 1), of - 1), None
    else:
        prevalence = dangerous / of
    if not 0 < dangerous < of:
        raise InputError(f"dangerous is {dangerous}, expected a number of cases from 1 to {of - 1:,}.")
    found = rates(truth, decisions, matrix, groups, prevalence=prevalence, samples=samples)
    distinct = np.arange(len(critical)) if samples is None else np.asarray(samples)
    counts = (case.critical, critical & ~case.critical & ~case.correct, critical & case.correct)
    others = (case.over_call, ~critical & ~case.over_call & ~case.correct, ~critical & case.correct)
    people = np.concatenate(
        [
            whole([part.sum() for part in counts], dangerous),
            whole([part.sum() for part in others], of - dangerous),
        ]
    )
    return Frequencies(
        of=of,
        dangerous=dangerous,
        people=dict(zip(OUTCOMES, people.tolist(), strict=True)),
        missed=_outwards(found["critical_miss_rate"], dangerous),
        false_alarms=_outwards(found["over_call_rate"], of - dangerous),
        right=_outwards(found["accuracy"], of),
        rates=found,
        dangerous_cases=group_codes(distinct[critical])[1],
        harmless_cases=group_codes(distinct[~critical])[1],
    )


def _outwards(rate: Rate, people: int) -> tuple[int, int]:
    # Rounded first: a bound of exactly 7 must not become 8.
    return math.floor(round(rate.low * people, 9)), math.ceil(round(rate.high * people, 9))


@dataclass(frozen=True)
class CautionEffect:
    """A run without caution and with a chosen one, on the same test cases.

    Attributes:
        argmax, on: what the likeliest class of the raw logits does, and what the chosen dials do.
        dials: one a member.
        seeds: how many seeds judged each test case.
    """

    argmax: Frequencies
    on: Frequencies
    dials: tuple[Dial, ...]
    seeds: int

    @property
    def reached(self) -> bool:
        """False where no setting fulfils the wish on some member's validation cases."""
        return all(dial.reached for dial in self.dials if isinstance(dial, OperatingPoint))

    @property
    def sentence(self) -> str:
        """What the chosen dials do to 1,000 cases, and how many fewer or more that is than without caution."""
        return self.on.sentence_beside(self.argmax, "without caution")

    @property
    def change(self) -> str:
        """What became of accuracy and average harm on test, in words."""
        before, after = self._values("accuracy")
        points = round(100 * (after - before), 1)
        accuracy = f"{abs(points):.1f} points {'lower' if points < 0 else 'higher'} than" if points else "the same as"
        old, new = (round(harm, 2) for harm in self._values("expected_severity"))
        harm = f"{'lower' if new < old else 'higher'} ({new:.2f} against {old:.2f})" if new != old else "the same"
        return f"accuracy is {accuracy} without caution and average harm is {harm}"

    @property
    def failures(self) -> list[str]:
        """Where the chosen dials did on test the opposite of what they are for: the ends of sentences."""
        found = []
        old, new = (round(harm, 2) for harm in self._values("expected_severity"))
        aims = {dial.wish.kind for dial in self.dials if isinstance(dial, OperatingPoint)}
        if aims == {"least_severity"} and new > old:
            found.append(
                "this caution failed its aim: it was chosen for the least average harm, but average harm is higher "
                f"than without caution ({new:.2f} against {old:.2f})."
            )
        old, new = (round(100 * rate, 1) for rate in self._values("critical_miss_rate"))
        if new > old and any(dial.aversion for dial in self.dials):
            found.append(
                "this caution misses more dangerous cases than the model without caution: "
                f"{new:.1f} % of them against {old:.1f} %."
            )
        return found

    def _values(self, rate: str) -> tuple[float, float]:
        """A rate without caution and with the chosen one."""
        return self.argmax.rates[rate].value, self.on.rates[rate].value


def caution_effect(
    judged: JudgedRun, caution: Caution, dangerous: int | None = None, of: int = PEOPLE
) -> CautionEffect:
    """What caution does to 1,000 cases: the dial of each member, chosen on its validation part, on its test part.

    Args:
        judged: stored predictions and their matrix.
        caution: as for `pooled_decisions`.
        dangerous, of: as for `frequencies`.

    Raises:
        InputError: as `frequencies`; a wish meets an empty validation part.

    Example:
        >>> from riskcore.predictions import Cases, Member
        >>> logits = np.log([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.6, 0.4]])
        >>> names = np.array(["a", "b", "c", "d"])
        >>> cases = Cases(logits, np.array([0, 0, 1, 1]), names, names)
        >>> M = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> run = RunPredictions("demo", M.classes, [Member(Cases.empty(2), cases)])
        >>> effect = caution_effect(JudgedRun(run, M), Dial("critical", 1.0))
        >>> effect.argmax.people["missed"], effect.on.people["missed"], effect.on.people["false_alarm"]
        (250, 0, 500)
    """
    run, matrix = judged.predictions, judged.matrix
    members = calibrate(run)
    truth, groups, samples = _coded(run)
    dials = dials_for(members, matrix, caution)
    likeliest = np.concatenate([member.test.logits.argmax(axis=1) for member in members])
    argmax, on = (
        frequencies(truth, decided, matrix, groups, samples=samples, dangerous=dangerous, of=of)
        for decided in (likeliest, decide_tests(members, dials, matrix))
    )
    return CautionEffect(argmax, on, dials, len(run.seeds))


@lru_cache(maxsize=64)
def _coded(run: RunPredictions) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Truth, and numbers for groups and samples: sorting their names would take longer than all the rest."""
    tests = [member.test for member in run.members]
    names = (np.concatenate([getattr(test, name) for test in tests]) for name in ("groups", "samples"))
    groups, samples = (group_codes(given)[0] for given in names)
    return np.concatenate([test.truth for test in tests]), groups, samples
