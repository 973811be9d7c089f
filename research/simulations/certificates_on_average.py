"""Caps kept on average, on simulated models: `python -m research.simulations.certificates_on_average -o FOLDER`.

The models, groups and scores are those of `research.simulations.certificates`. The expected loss of a group at each of
the 400 scores is read off 200,000 groups; a certify part that allows no answer counts with a loss of 0, as nothing is
answered then.
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray

from research.simulations.certificates import LEVELS, MANY, VALIDATION, Drawn, draw
from riskcore.decision.certificate import certify
from riskcore.decision.on_average import keep_on_average
from riskcore.decision.scored import Scored
from riskcore.files import write_atomic
from riskcore.metrics.intervals import clopper_pearson
from riskcore.reports.markdown import markdown_table


@dataclass(frozen=True)
class Design:
    """One row of the table.

    Attributes:
        cap: of the expected loss, per 1,000 cases; for harm per 1,000 of the greatest cost.
        groups: of the certify part.
        joint: the two critical classes are claims of their own, beside all.
        harm: losses are severities: of the first critical class 1, of the second and of false alarms less.
    """

    cap: int
    groups: int
    joint: bool = False
    harm: bool = False

    @property
    def kinds(self) -> tuple[int | None, ...]:
        """The claims, by the class that each is about."""
        return (None, 1, 2) if self.joint else (None,)


SIZES = (100, 300, 1000)
DESIGNS = [
    *(Design(cap, groups, joint=joint) for joint in (False, True) for cap in (100, 50, 10) for groups in SIZES),
    *(Design(cap, groups, harm=True) for cap, groups in zip((100, 50, 10), SIZES, strict=True)),
    *(Design(cap, 20) for cap in (100, 50, 10)),
]


def lost(rng: np.random.Generator, drawn: Drawn, harm: bool) -> Drawn:
    """The cases as they are, or with severities from 0 to 1 in place of critical errors."""
    if not harm:
        return drawn
    alarm = (drawn.kind == 0) & (rng.random(len(drawn.kind)) < 0.1)
    severity = np.where(alarm, 0.2, drawn.loss * np.where(drawn.kind == 2, 0.6, 1.0))
    return Drawn(drawn.group, drawn.kind, drawn.level, severity)


def expected(drawn: Drawn, kind: int | None) -> NDArray[np.float64]:
    """(LEVELS,) mean over groups with a case of the kind of their loss per case, up to each score."""
    inside = np.ones(len(drawn.group), dtype=bool) if kind is None else drawn.kind == kind
    cases = np.bincount(drawn.group[inside])
    shares = drawn.loss[inside] / cases[drawn.group[inside]]
    by_level = np.bincount(drawn.level[inside] - 1, shares, LEVELS)
    return np.cumsum(by_level) / (cases > 0).sum()


@lru_cache(maxsize=32)
def truth(cap: int, joint: bool, harm: bool) -> tuple[float, NDArray[np.float64]]:
    """The intercept at which answering everything costs twice the cap in the worst claim; (claims, LEVELS) losses."""
    kinds = Design(cap, 0, joint, harm).kinds
    low, high = -15.0, 5.0
    for _ in range(25):
        intercept = (low + high) / 2
        drawn = lost(np.random.default_rng(3), draw(np.random.default_rng(1), MANY // 10, intercept), harm)
        worst = max(expected(drawn, kind)[-1] for kind in kinds)
        low, high = (intercept, high) if worst < 2 * cap / 1000 else (low, intercept)
    drawn = lost(np.random.default_rng(4), draw(np.random.default_rng(2), MANY, intercept), harm)
    return intercept, np.stack([expected(drawn, kind) for kind in kinds])


def one(design: Design, number: int) -> tuple[list[float], float, float]:
    """The true loss of each claim at the threshold, and the shares answered on average and with 95 % confidence."""
    intercept, losses = truth(design.cap, design.joint, design.harm)
    rng = np.random.default_rng([number, design.cap, design.groups])

    def part(groups: int) -> Scored:
        return lost(rng, draw(rng, groups, intercept), design.harm).scored(design.joint, by_image=False)

    validation, certification = part(VALIDATION), part(design.groups)
    cap = design.cap / 1000
    found = keep_on_average(validation, certification, cap=cap)
    sure = certify(validation, certification, cap=cap, per="case").answers(certification.scores).mean()
    if found.threshold is None:
        return [0.0] * len(losses), 0.0, float(sure)
    at = losses[:, round(found.threshold * LEVELS) - 1]
    return at.tolist(), float(found.answers(certification.scores).mean()), float(sure)


def row(design: Design, draws: int) -> dict[str, object]:
    """Means over the draws, per 1,000 cases, with Monte Carlo intervals of 95 %; of several claims the worst."""
    drawn = [one(design, number) for number in range(draws)]
    risks = 1000 * np.array([risk for risk, _, _ in drawn])
    answered, sure = (np.array([each[place] for each in drawn]) for place in (1, 2))
    worst = int(risks.mean(axis=0).argmax())
    error = 1.96 * float(risks[:, worst].std(ddof=1)) / draws**0.5
    mean, above = float(risks[:, worst].mean()), float((risks[:, worst] > design.cap).mean())
    low, high = clopper_pearson(above, draws)
    return {
        "cap per 1,000": design.cap,
        "certify groups": design.groups,
        "loss": "harm" if design.harm else "critical error",
        "claims": "all and two classes" if design.joint else "all",
        "mean true loss per 1,000": f"{mean:.1f} ({mean - error:.1f} to {mean + error:.1f})",
        "an answer %": round(100 * float((answered > 0).mean()), 1),
        "draws above the cap %": f"{100 * above:.1f} ({100 * low:.1f} to {100 * high:.1f})",
        "answered %": round(100 * float(answered.mean()), 1),
        "answered % with 95 % confidence": round(100 * float(sure.mean()), 1),
    }


def main(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for average.md and average.csv.")],
    draws: Annotated[int, typer.Option(help="Of each design.")] = 1000,
) -> None:
    """Whether the expected loss of what is answered is at most the cap."""
    started, rows = time.monotonic(), []
    for place, design in enumerate(DESIGNS, start=1):
        rows.append(row(design, draws))
        print(f"{place} of {len(DESIGNS)}: {time.monotonic() - started:.0f} s", flush=True)
    table = pd.DataFrame(rows)
    output.mkdir(parents=True, exist_ok=True)
    table.to_csv(output / "average.csv", index=False)
    write_atomic(output / "average.md", markdown(table, draws))


def markdown(table: pd.DataFrame, draws: int) -> str:
    """The table with what it means."""
    head = [
        "# Caps kept on average, on simulated models",
        "",
        f"SYNTHETIC. {draws:,} draws a row, {VALIDATION} validation groups, 1 to 20 cases a group, models that "
        "lose twice the cap when they answer everything. Mean true loss: of a group at the threshold, read off 200,000 "
        "groups, 0 where nothing is answered, with its Monte Carlo interval; of several claims the worst. It is "
        "promised to be at most the cap. Single draws may be above it: the promise is about the mean. Beside it what a "
        "95 % confidence leaves to answer. Written by `python -m research.simulations.certificates_on_average -o "
        "research/results/certificates`.",
        "",
    ]
    return "\n".join(
        [*head, *markdown_table(list(table), [list(map(str, row)) for row in table.itertuples(index=False)]), ""]
    )


if __name__ == "__main__":
    typer.run(main)
