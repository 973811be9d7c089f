"""What came of an idea, on pooled test parts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from research.screening.ideas import HIDDEN
from riskcore.comparing.chosen import ChosenDials, all_at_chosen_dials
from riskcore.comparing.paired import line_up
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.metrics import bootstrap_weights, critical_auroc, group_codes, outcomes
from riskcore.predictions import RunPredictions
from riskcore.severity import SeverityMatrix

MARGINS = (0.01, 0.03)
OVER_CALLS = Wish("over_call_ceiling", 0.2)


def judged(run: RunPredictions, baseline: RunPredictions, matrix: SeverityMatrix) -> dict[str, Any]:
    """One row of the table: shares, on pooled test cases; differences to the baseline with 95 % intervals."""
    decided = pooled_decisions(JudgedRun(run, matrix), OVER_CALLS)
    argmax, dial = outcomes(decided.truth, decided.argmax, matrix), outcomes(decided.truth, decided.dial, matrix)
    harmless = ~matrix.critical_classes[decided.truth]
    called = matrix.critical_classes[decided.dial]
    row: dict[str, Any] = {
        "idea": run.id,
        "against": baseline.id,
        "critical_auroc": critical_auroc(decided.truth, decided.probabilities, matrix),
        "argmax_accuracy": argmax.correct.mean(),
        "argmax_cer": argmax.critical.mean(),
    }
    for margin in MARGINS:
        found = _chosen(run, baseline, matrix, margin, resamples=1000)
        cer = found.difference["cer"]
        row |= {
            f"accuracy_at_-{100 * margin:g}": found.rates["accuracy"].value,
            f"cer_at_-{100 * margin:g}": found.rates["cer"].value,
            f"difference_at_-{100 * margin:g}": cer.value,
            f"low_at_-{100 * margin:g}": cer.low,
            f"high_at_-{100 * margin:g}": cer.high,
        }
    row |= {"over_calls": called[harmless].mean(), "cer_at_over_calls": dial.critical.mean()}
    return row


def against_argmax(run: RunPredictions, usual: RunPredictions, matrix: SeverityMatrix) -> dict[str, float]:
    """A run whose dial keeps the other's validation accuracy, against the other's likeliest class, on test.

    Seeds are averaged a case, groups resampled; the dials stay as chosen.
    """
    chosen = _chosen(run, usual, matrix, margin=0.0, resamples=2)
    ours, theirs = pooled_decisions(JudgedRun(run, matrix), chosen.dials), pooled_decisions(JudgedRun(usual, matrix))
    frames = [
        pd.DataFrame({"sample": each.samples, "group": each.groups, "correct": case.correct, "critical": case.critical})
        .groupby("sample")
        .agg({"group": "first", "correct": "mean", "critical": "mean"})
        for each, case in (
            (ours, outcomes(ours.truth, ours.dial, matrix)),
            (theirs, outcomes(theirs.truth, theirs.argmax, matrix)),
        )
    ]
    codes, groups = group_codes(frames[0]["group"])
    weights = np.vstack([np.ones(groups), bootstrap_weights(groups, 2000, 0)])
    sums = {
        (name, side): weights @ np.bincount(codes, frame[name], groups)
        for side, frame in enumerate(frames)
        for name in ("correct", "critical")
    }
    gained = (sums["correct", 0] - sums["correct", 1]) / (weights @ np.bincount(codes, minlength=groups))
    change = sums["critical", 0] / sums["critical", 1] - 1
    row: dict[str, float] = {}
    for name, values in (("accuracy_gain_on_focal", gained), ("cer_change_on_focal", change)):
        low, high = np.quantile(values[1:], (0.025, 0.975))
        row |= {name: float(values[0]), f"{name}_low": float(low), f"{name}_high": float(high)}
    return row


def write(rows: Sequence[dict[str, Any]], file: Path, title: str) -> None:
    """The table as CSV, and as Markdown in per cent."""
    file.parent.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame(rows)
    frame.to_csv(file.with_suffix(".csv"), index=False, float_format="%.5f")

    def spread(row: "pd.Series[Any]", name: str, low: str, high: str) -> str:
        if pd.isna(row.get(name)):
            return ""
        return f"{100 * row[name]:+.1f} ({100 * row[low]:+.1f} to {100 * row[high]:+.1f})"

    lines = []
    for _, row in frame.iterrows():
        cells = [
            row["idea"] + (f" (against {row['against']})" if row["against"].startswith(HIDDEN) else ""),
            f"{row['critical_auroc']:.3f}",
            f"{100 * row['argmax_cer']:.1f} at {100 * row['argmax_accuracy']:.1f}",
        ]
        for margin in MARGINS:
            at = f"at_-{100 * margin:g}"
            cells += [
                f"{100 * row[f'cer_{at}']:.1f} at {100 * row[f'accuracy_{at}']:.1f}",
                spread(row, f"difference_{at}", f"low_{at}", f"high_{at}"),
            ]
        cells.append(f"{100 * row['cer_at_over_calls']:.1f} at {100 * row['over_calls']:.1f}")
        for name in ("accuracy_gain_on_focal", "cer_change_on_focal"):
            cells.append(spread(row, name, f"{name}_low", f"{name}_high"))
        lines.append(f"| {' | '.join(cells)} |")
    heads = ["idea", "critical AUROC", "argmax: CER at accuracy"]
    for margin in MARGINS:
        heads += [f"CER, ce's accuracy −{100 * margin:g}: at accuracy", "difference to ce"]
    heads += ["CER at over-calls", "accuracy − focal's argmax", "CER against focal's argmax, %"]
    top = [f"# {title}", "", f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    file.with_suffix(".md").write_text("\n".join([*top, *lines, ""]))


def _chosen(
    run: RunPredictions, baseline: RunPredictions, matrix: SeverityMatrix, margin: float, resamples: int
) -> ChosenDials:
    lineup = line_up([JudgedRun(run, matrix)], JudgedRun(baseline, matrix), resamples=resamples)
    return all_at_chosen_dials(lineup, margin=margin)[0]
