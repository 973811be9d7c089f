"""Certificates on simulated models with known truth: `python -m research.simulations.certificates -o FOLDER`.

Groups have 1 to 20 cases, four of five of them of the group's own class, and share part of what makes a case go wrong.
Scores take 400 values, so that the true risk of answering every case up to each of them can be read off 200,000 groups.
"""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray
from scipy.special import expit

from riskcore.decision.certificate import certify
from riskcore.decision.scored import Scored
from riskcore.files import write_atomic
from riskcore.metrics.intervals import clopper_pearson
from riskcore.reports.markdown import markdown_table

LEVELS, MANY, VALIDATION = 400, 200_000, 300
CLASSES = ("first", "second")
SHARES = (0.25, 0.15)  # of groups whose cases are mostly of a critical class


@dataclass(frozen=True)
class Design:
    """One row of the table.

    Attributes:
        cap: critical errors per 1,000 answered. groups: of the certify part.
        times: the model's risk when it answers everything, in caps.
        joint: the two critical classes are claims of their own, beside all.
        by_image: groups are ignored: each image counts as a patient. single: every group has one case.
    """

    cap: int
    groups: int
    times: float = 2.0
    joint: bool = False
    by_image: bool = False
    single: bool = False


DESIGNS = [
    *(
        Design(cap, groups, joint=joint)
        for joint in (False, True)
        for cap in (100, 50, 10)
        for groups in (100, 300, 1000)
    ),
    *(Design(cap, groups, single=True) for cap, groups in ((100, 100), (50, 300), (10, 1000))),
    *(Design(cap, 1000, times=0.2) for cap in (100, 50, 10)),
    *(Design(cap, 20) for cap in (100, 50, 10)),
    *(Design(cap, 300, by_image=True) for cap in (100, 50)),
]


@dataclass(frozen=True)
class Drawn:
    """Cases: (N,) group, class (0: not critical), score in 1..LEVELS, loss."""

    group: NDArray[np.int64]
    kind: NDArray[np.int64]
    level: NDArray[np.int64]
    loss: NDArray[np.float64]

    def scored(self, joint: bool, by_image: bool) -> Scored:
        """As a certificate takes them."""
        claims = {name: self.kind == place for place, name in enumerate(CLASSES, start=1)} if joint else {}
        groups = np.arange(len(self.group)) if by_image else self.group
        return Scored(self.level / LEVELS, self.loss, groups, claims)


def draw(rng: np.random.Generator, groups: int, intercept: float, single: bool = False) -> Drawn:
    """So many groups; what a group shares goes into the errors of its cases and half into their scores."""
    sizes = np.ones(groups, dtype=int) if single else np.minimum(rng.geometric(0.25, groups), 20)
    group = np.repeat(np.arange(groups), sizes)
    main = rng.choice(3, groups, p=[1 - sum(SHARES), *SHARES])[group]
    kind = np.where(rng.random(len(group)) < 0.8, main, rng.choice(3, len(group), p=[1 - sum(SHARES), *SHARES]))
    shared, own = rng.normal(size=groups)[group], rng.normal(size=len(group))
    seen = 0.5 * shared + own + 0.5 * rng.normal(size=len(group)) + (kind > 0)
    level = np.clip(np.ceil(LEVELS * expit(seen - 1)), 1, LEVELS).astype(np.int64)
    wrong = (kind > 0) & (rng.random(len(group)) < expit(intercept + 1.5 * shared + 1.5 * own))
    return Drawn(group, kind, level, wrong.astype(np.float64))


def risks(drawn: Drawn, kind: int | None) -> NDArray[np.float64]:
    """(LEVELS,) mean over the groups with an answered case of the share of these that are wrong, up to each score."""
    inside = np.ones(len(drawn.group), dtype=bool) if kind is None else drawn.kind == kind
    found = np.empty(LEVELS)
    for level in range(1, LEVELS + 1):
        answered = inside & (drawn.level <= level)
        cases = np.bincount(drawn.group[answered])
        wrong = np.bincount(drawn.group[answered], drawn.loss[answered])
        found[level - 1] = (wrong[cases > 0] / cases[cases > 0]).mean() if answered.any() else 0.0
    return found


@lru_cache(maxsize=8)
def truth(cap: int, times: float, joint: bool, single: bool) -> tuple[float, NDArray[np.float64]]:
    """The intercept at which answering everything costs `times` the cap in the worst claim; the risk at each score."""
    kinds = [None, 1, 2] if joint else [None]
    low, high = -15.0, 5.0
    for _ in range(30):
        intercept = (low + high) / 2
        drawn = draw(np.random.default_rng(1), MANY // 10, intercept, single)
        everything = [_mean_of_groups(drawn, kind) for kind in kinds]
        low, high = (intercept, high) if max(everything) < times * cap / 1000 else (low, intercept)
    drawn = draw(np.random.default_rng(2), MANY, intercept, single)
    return intercept, np.max([risks(drawn, kind) for kind in kinds], axis=0)


def _mean_of_groups(drawn: Drawn, kind: int | None) -> float:
    inside = np.ones(len(drawn.group), dtype=bool) if kind is None else drawn.kind == kind
    cases = np.bincount(drawn.group[inside])
    wrong = np.bincount(drawn.group[inside], drawn.loss[inside])
    return float((wrong[cases > 0] / cases[cases > 0]).mean())


def one(design: Design, number: int) -> tuple[bool, bool, float]:
    """Whether a threshold was certified, whether the true risk there is above the cap, and the share answered."""
    intercept, risk = truth(design.cap, design.times, design.joint, design.single)
    rng = np.random.default_rng([number, design.cap, design.groups])
    validation = draw(rng, VALIDATION, intercept, design.single).scored(design.joint, design.by_image)
    certification = draw(rng, design.groups, intercept, design.single).scored(design.joint, design.by_image)
    found = certify(validation, certification, cap=design.cap / 1000)
    if found.threshold is None:
        return False, False, 0.0
    level = round(found.threshold * LEVELS)
    return True, bool(risk[level - 1] > design.cap / 1000), float(found.answers(certification.scores).mean())


def main(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for table.md and table.csv.")],
    draws: Annotated[int, typer.Option(help="Of each design.")] = 1000,
    workers: Annotated[int, typer.Option(help="Processes.")] = 2,
) -> None:
    """How often the true risk of what is answered is above its certified cap."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    started, rows = time.monotonic(), []
    with ProcessPoolExecutor(workers) as pool:
        for place, design in enumerate(DESIGNS, start=1):
            found = np.array(list(pool.map(partial(one, design), range(draws), chunksize=-(-draws // workers))))
            rows.append(row(design, found))
            print(f"{place} of {len(DESIGNS)}: {(time.monotonic() - started) / 60:.0f} minutes", flush=True)
    table = pd.DataFrame(rows)
    output.mkdir(parents=True, exist_ok=True)
    table.to_csv(output / "table.csv", index=False)
    write_atomic(output / "table.md", markdown(table, draws))


def row(design: Design, found: NDArray[np.float64]) -> dict[str, object]:
    """Shares in percent, with exact 95 % intervals."""
    certified, above, answered = found.T
    low, high = clopper_pearson(float(above.mean()), len(above))
    return {
        "cap per 1,000": design.cap,
        "certify groups": design.groups,
        "risk of answering all": f"{design.times:g} × cap",
        "claims": "all and two classes" if design.joint else "all",
        "unit": "image, groups ignored" if design.by_image else "group of one case" if design.single else "group",
        "certified %": round(100 * certified.mean(), 1),
        "above the cap %": f"{100 * above.mean():.1f} ({100 * low:.1f} to {100 * high:.1f})",
        "answered % where certified": round(100 * answered[certified > 0].mean(), 1) if certified.any() else "–",
    }


def markdown(table: pd.DataFrame, draws: int) -> str:
    """The table with what it means."""
    head = [
        "# Certificates on simulated models",
        "",
        f"SYNTHETIC. {draws:,} draws a row, confidence 95 %, {VALIDATION} validation groups, 1 to 20 cases a group. "
        "Above the cap: the share of draws in which a threshold was returned whose true risk, read off 200,000 groups, "
        "is above the cap for any claim; at most 5 % are promised. Where groups are ignored the promise does not hold. "
        "Written by `python -m research.simulations.certificates -o research/results/certificates`.",
        "",
    ]
    return "\n".join(
        [*head, *markdown_table(list(table), [list(map(str, row)) for row in table.itertuples(index=False)]), ""]
    )


if __name__ == "__main__":
    typer.run(main)
