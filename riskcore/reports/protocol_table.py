"""A protocol's finished runs as one document: a table a data set and backbone, a row a loss."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from riskcore.config import ModelSettings
from riskcore.data.registry import load_dataset
from riskcore.decision.frontier import frontier, step_curve
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.errors import InputError, RunError
from riskcore.jobs.protocol import Protocol, ProtocolData
from riskcore.judging.comparison import compare
from riskcore.judging.equal_accuracy import equal_accuracy
from riskcore.metrics import group_codes, holm, outcomes, paired_test
from riskcore.predictions import RunPredictions
from riskcore.runs import results
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore
from riskcore.severity import RULES, SeverityMatrix
from riskcore.workspace import Workspace

Spread = dict[str, float | None]


def tabulate(workspace: Workspace, protocol: Protocol, ids: Sequence[str]) -> dict[str, Any]:
    """What `riskcore reproduce --json` gives.

    Args:
        workspace: where the runs are.
        protocol: what was planned.
        ids: its runs, as `protocol.queue` gave them.

    Returns:
        ``{"title", "note", "wish", "seeds", "train", "baselines", "tables": [{"data", "synthetic", "folds",
        "drop_leaks", "model", "matrix", "n", "groups", "critical_cases", "majority_accuracy", "warnings", "rows",
        "frontiers"}]}``. A row is one of `compare` against the first baseline, with `over_seeds` (mean and
        standard deviation) and `against` (baseline -> relative changes, paired tests, `equal_accuracy`).

    Raises:
        InputError, RunError: a run did not finish, because its input was wrong or for another reason.
    """
    store = RunStore(workspace)
    runs = [store.get(id) for id in ids]
    failed = [run for run in runs if run.state != "finished"]
    if failed:
        first = failed[0]
        reason = f"{first.state}: {first.record['error']}".removesuffix(": None").rstrip(".")
        wrong_input = (first.record["result"] or {}).get("exit_code") == 2
        raise (InputError if wrong_input else RunError)(
            f"{len(failed)} of {len(runs)} runs did not finish, first {first.id} ({reason}); "
            "mend the cause and run the same command again: finished runs are kept."
        )
    return {
        "title": protocol.title,
        "note": protocol.note,
        "wish": protocol.wish,
        "seeds": list(protocol.seeds),
        "train": protocol.train.model_dump(mode="json"),
        "baselines": list(protocol.baselines),
        "tables": [
            _table(workspace, protocol, data, model, _own(runs, data, model))
            for data in protocol.data
            for model in protocol.models
        ],
    }


def _own(runs: Sequence[Run], data: ProtocolData, model: ModelSettings) -> list[Run]:
    """The runs of one table."""
    wanted = {
        "data": data.settings.model_dump(mode="json"),
        "matrix": data.matrix or data.name,
        "model": model.model_dump(mode="json"),
    }
    return [run for run in runs if all(run.config[key] == value for key, value in wanted.items())]


def _table(
    workspace: Workspace,
    protocol: Protocol,
    data: ProtocolData,
    model: ModelSettings,
    runs: Sequence[Run],
) -> dict[str, Any]:
    by_loss: dict[str, list[Run]] = {}
    for run in runs:
        by_loss.setdefault(run.loss, []).append(run)
    loaded = {loss: results.load(own[0].pool, own) for loss, own in by_loss.items()}
    labels = {run.id: loss for loss, run in loaded.items()}
    leading = loaded[protocol.baselines[0]]
    matrix = results.fit_matrix(SeverityMatrix.load(runs[0].folder / "matrix.json"), leading.classes)
    wish = Wish.parse(protocol.wish)
    against = {
        name: compare(list(loaded.values()), loaded[name], matrix, labels=labels, wish=wish)
        for name in protocol.baselines
    }
    by_id = {name: {row["id"]: row for row in found["runs"]} for name, found in against.items()}
    rows = [
        {
            **by_id[protocol.baselines[0]][run.id],
            "over_seeds": over_seeds(run, matrix, wish),
            "against": {
                name: _against(by_id[name][run.id], by_id[name][loaded[name].id], run, loaded[name], matrix)
                for name in protocol.baselines
                if name != loss
            },
        }
        for loss, run in loaded.items()
    ]
    for name in protocol.baselines:
        _correct(rows, name)
    shared = against[protocol.baselines[0]]
    return {
        "data": data.name,
        "synthetic": load_dataset(workspace, data.name).synthetic,
        "folds": data.folds,
        "drop_leaks": data.drop_leaks,
        "model": model.model_dump(mode="json"),
        **{key: shared[key] for key in ("matrix", "n", "groups", "critical_cases", "majority_accuracy")},
        "warnings": sorted({text for run in runs for text in run.record["result"]["warnings"]}),
        "rows": rows,
        "frontiers": {loss: frontier_curves(run, matrix) for loss, run in loaded.items()},
    }


def seed_parts(run: RunPredictions) -> list[RunPredictions]:
    """A pool taken apart by seed."""
    return [
        RunPredictions(run.id, run.classes, [member for member in run.members if member.seed == seed])
        for seed in run.seeds
    ]


def over_seeds(run: RunPredictions, matrix: SeverityMatrix, wish: Wish) -> dict[str, dict[str, Spread]]:
    """Mean and deviation over seeds of what the table shows, at argmax and at the operating point."""
    values: dict[str, dict[str, list[float]]] = {"argmax": {}, "dial": {}}
    for part in seed_parts(run):
        decided = pooled_decisions(part, matrix, wish)
        for at, decisions in (("argmax", decided.argmax), ("dial", decided.dial)):
            case = outcomes(decided.truth, decisions, matrix)
            found = {
                "accuracy": case.correct.mean(),
                "cer": case.critical.mean(),
                "critical_miss_rate": case.critical[case.critical_class].mean(),
                "over_call_rate": case.over_call[case.noncritical_class].mean(),
                "expected_severity": case.severity.mean(),
            }
            for name, value in found.items():
                values[at].setdefault(name, []).append(float(value))
    return {at: {name: mean_sd(found) for name, found in own.items()} for at, own in values.items()}


def mean_sd(values: Sequence[float]) -> Spread:
    """Mean and sample standard deviation; none from a single seed.

    Example:
        >>> mean_sd([0.1, 0.3])
        {'mean': 0.2, 'sd': 0.1414213562373095}
        >>> mean_sd([0.1])
        {'mean': 0.1, 'sd': None}
    """
    return {"mean": float(np.mean(values)), "sd": float(np.std(values, ddof=1)) if len(values) > 1 else None}


def _against(
    row: dict[str, Any],
    baseline_row: dict[str, Any],
    run: RunPredictions,
    baseline: RunPredictions,
    matrix: SeverityMatrix,
) -> dict[str, Any]:
    """A row against one baseline: relative change of CER at argmax and at equal accuracy, with paired tests."""
    equal = row["equal_accuracy"]
    per_seed = [
        equal_accuracy(ours, theirs, matrix, resamples=1)  # the values; the intervals are those of the pool
        for ours, theirs in zip(seed_parts(run), seed_parts(baseline), strict=True)
    ]
    spreads = {
        name: mean_sd([getattr(result, name).value for result in per_seed])
        for name in ("accuracy", "cer", "baseline_accuracy", "baseline_cer")
    }
    return {
        "argmax": {
            "relative_cer_change": relative_change(
                row["argmax"]["cer"]["value"], baseline_row["argmax"]["cer"]["value"]
            ),
            "accuracy_difference": row["argmax"]["accuracy"]["value"] - baseline_row["argmax"]["accuracy"]["value"],
            **_argmax_test(run, baseline, matrix),
        },
        "equal_accuracy": {
            **equal,
            "relative_cer_change": relative_change(equal["cer"]["value"], equal["baseline_cer"]["value"]),
            "over_seeds": spreads,
        },
        "frontier_area": row["frontier_area"],
        "sentence": row["sentence"],
    }


def relative_change(value: float, baseline: float) -> float | None:
    """(value − baseline) / baseline; None against a baseline of 0.

    Example:
        >>> relative_change(0.25, 0.5)
        -0.5
    """
    return (value - baseline) / baseline if baseline else None


def _argmax_test(run: RunPredictions, baseline: RunPredictions, matrix: SeverityMatrix) -> dict[str, Any]:
    """Paired test of critical errors at argmax over groups; seeds of a case count together."""
    critical, groups = [], np.zeros(0, dtype=np.str_)
    for side in (run, baseline):
        decided = pooled_decisions(side, matrix)
        order = np.lexsort((_seeds(side), decided.samples))
        critical.append(outcomes(decided.truth, decided.argmax, matrix).critical[order])
        groups = decided.groups[order]
    p_value, test = paired_test(critical[0], critical[1], group_codes(groups)[0])
    return {"p_value": p_value, "test": test}


def _seeds(run: RunPredictions) -> np.ndarray:
    """The place of each pooled test case's seed among the run's seeds."""
    return np.concatenate([np.full(len(member.test), run.seeds.index(member.seed)) for member in run.members])


def _correct(rows: list[dict[str, Any]], baseline: str) -> None:
    """Holm's correction of the argmax tests against one baseline (those at equal accuracy have theirs)."""
    tested = [row["against"][baseline]["argmax"] for row in rows if baseline in row["against"]]
    for found, adjusted in zip(tested, holm([found["p_value"] for found in tested]), strict=True):
        found["p_value"] = float(adjusted)


def frontier_curves(run: RunPredictions, matrix: SeverityMatrix) -> list[dict[str, list[float]]]:
    """One least-CER curve a seed on test, both rules joined: accuracies and CERs, ascending; and the argmax point."""
    curves = []
    for part in seed_parts(run):
        decided = pooled_decisions(part, matrix)
        found = [frontier(decided.truth, decided.probabilities, matrix, rule) for rule in RULES]
        accuracy, cer = step_curve(
            np.concatenate([curve.accuracy for curve in found]), np.concatenate([curve.cer for curve in found])
        )
        case = outcomes(decided.truth, decided.argmax, matrix)
        argmax = [float(case.correct.mean()), float(case.critical.mean())]
        curves.append({"accuracy": accuracy.tolist(), "cer": cer.tolist(), "argmax": argmax})
    return curves
