"""A protocol's finished runs as one result: a table a data set and backbone, a row a loss."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from riskcore.comparing.argmax import ArgmaxDifference, argmax_differences
from riskcore.comparing.chosen import ChosenDials, all_at_chosen_dials
from riskcore.comparing.comparison import ComparedRun, Comparison, compare
from riskcore.comparing.equal_accuracy import EqualAccuracy, equal_accuracies
from riskcore.comparing.paired import line_up
from riskcore.comparing.rate_differences import RATES
from riskcore.config import DataSettings, ModelSettings
from riskcore.data.registry import load_dataset
from riskcore.decision.absent import nothing_to_choose_on
from riskcore.decision.dial import Dial
from riskcore.decision.frontier import frontier, step_curve
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.errors import InputError, RunError
from riskcore.jobs.protocol import Protocol, ProtocolData
from riskcore.metrics import outcomes
from riskcore.predictions import RunPredictions
from riskcore.runs import results
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore
from riskcore.severity import RULES, SeverityMatrix
from riskcore.words.answer import document, sentence
from riskcore.workspace import Workspace


@dataclass(frozen=True)
class Spread:
    """Mean and sample standard deviation over seeds; `sd` is None of a single seed."""

    mean: float
    sd: float | None


@dataclass(frozen=True)
class Against:
    """A row beside one baseline.

    Attributes:
        argmax: at the likeliest class, p corrected for the number of losses.
        equal: is it better at equal accuracy.
        chosen: with the dials that validation chose.
        equal_over_seeds: "gap", "cer" and "baseline_cer" of each seed alone.
        chosen_over_seeds: `RATES` of each seed alone, of both sides; empty where nothing was chosen.
        sentence: what both answers say.
    """

    argmax: ArgmaxDifference
    equal: EqualAccuracy
    chosen: ChosenDials
    equal_over_seeds: Mapping[str, Spread]
    chosen_over_seeds: Mapping[str, Spread]
    sentence: str

    @property
    def argmax_cer_change(self) -> float | None:
        """Relative change of CER at argmax."""
        return relative_change(self.argmax.errors, self.argmax.baseline_errors)

    @property
    def argmax_accuracy_difference(self) -> float:
        return self.argmax.accuracy - self.argmax.baseline_accuracy

    @property
    def cer_change(self) -> float | None:
        """Relative change of CER at equal accuracy."""
        return relative_change(self.equal.cer, self.equal.baseline_cer)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "argmax": {
                "relative_cer_change": self.argmax_cer_change,
                "accuracy_difference": self.argmax_accuracy_difference,
                "p_value": self.argmax.p_value,
                "test": self.argmax.test,
            },
            "equal_accuracy": {
                **self.equal.as_dict(),
                "relative_cer_change": self.cer_change,
                "over_seeds": {name: asdict(spread) for name, spread in self.equal_over_seeds.items()},
            },
            "chosen": {
                **self.chosen.as_dict(),
                "over_seeds": {name: asdict(spread) for name, spread in self.chosen_over_seeds.items()},
            },
            "sentence": self.sentence,
        }


@dataclass(frozen=True)
class ProtocolRow:
    """A loss: its runs joined, "argmax" and "dial" over seeds, and beside each baseline but itself."""

    run: ComparedRun
    over_seeds: Mapping[str, Mapping[str, Spread]]
    against: Mapping[str, Against]


@dataclass(frozen=True)
class ProtocolTable:
    """One data set and backbone.

    Attributes:
        data: settings of the data set.
        model: the backbone.
        comparison: every loss beside the first baseline.
        warnings: what the runs warned of.
        rows: one a loss.
        frontiers: loss -> one curve a seed.
    """

    data: DataSettings
    model: ModelSettings
    comparison: Comparison
    warnings: tuple[str, ...]
    rows: tuple[ProtocolRow, ...]
    frontiers: Mapping[str, list[dict[str, list[float]]]]

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        shared = document(self.comparison)
        compared = {row["id"]: row for row in shared["runs"]}
        return {
            "data": self.data.name,
            "synthetic": self.comparison.synthetic,
            "folds": self.data.folds,
            "drop_leaks": self.data.drop_leaks,
            "model": self.model.model_dump(mode="json"),
            **{key: shared[key] for key in ("matrix", "n", "groups", "critical_cases", "majority_accuracy")},
            "warnings": list(self.warnings),
            "rows": [
                {
                    **compared[row.run.id],
                    "over_seeds": {
                        at: {name: asdict(spread) for name, spread in own.items()} for at, own in row.over_seeds.items()
                    },
                    "against": {name: beside.as_dict() for name, beside in row.against.items()},
                }
                for row in self.rows
            ],
            "frontiers": dict(self.frontiers),
        }


@dataclass(frozen=True)
class ProtocolResult:
    """What was planned, and a table for each data set and backbone."""

    protocol: Protocol
    tables: tuple[ProtocolTable, ...]

    def as_dict(self) -> dict[str, Any]:
        """What `riskcore reproduce --json` gives."""
        return {
            "title": self.protocol.title,
            "note": self.protocol.note,
            "wish": self.protocol.wish,
            "seeds": list(self.protocol.seeds),
            "train": self.protocol.train.model_dump(mode="json"),
            "baselines": list(self.protocol.baselines),
            "tables": [table.as_dict() for table in self.tables],
        }


def tabulate(workspace: Workspace, protocol: Protocol, ids: Sequence[str]) -> ProtocolResult:
    """Compare the runs of a protocol.

    Args:
        workspace: where the runs are.
        protocol: what was planned.
        ids: its runs, as `protocol.queue` gave them.

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
    tables = [
        _table(workspace, protocol, data, model, _own(runs, data, model))
        for data in protocol.data
        for model in protocol.of(data)[0]
    ]
    return ProtocolResult(protocol, tuple(tables))


def _own(runs: Sequence[Run], data: ProtocolData, model: ModelSettings) -> list[Run]:
    """The runs of one table."""
    wanted = {
        "data": data.settings.model_dump(mode="json"),
        "matrix": data.matrix or data.name,
        "model": model.model_dump(mode="json"),
    }
    return [run for run in runs if all(run.config[key] == value for key, value in wanted.items())]


def _table(
    workspace: Workspace, protocol: Protocol, data: ProtocolData, model: ModelSettings, runs: Sequence[Run]
) -> ProtocolTable:
    by_loss: dict[str, list[Run]] = {}
    for run in runs:
        by_loss.setdefault(run.loss, []).append(run)
    loaded = {loss: results.load(own[0].pool, own) for loss, own in by_loss.items()}
    labels = {run.id: loss for loss, run in loaded.items()}
    matrix = SeverityMatrix.load(runs[0].folder / "matrix.json")
    wish, synthetic = Wish.parse(protocol.wish), load_dataset(workspace, data.name).synthetic
    comparisons = {
        name: compare(list(loaded.values()), loaded[name], matrix, labels=labels, wish=wish, synthetic=synthetic)
        for name in protocol.baselines
    }
    judged = {loss: JudgedRun(run, matrix) for loss, run in loaded.items()}
    beside: dict[str, dict[str, Against]] = {loss: {} for loss in loaded}
    for name, found in comparisons.items():
        others = [judged[row.loss] for row in found.others]
        for row, own in zip(found.others, against(found, others, judged[name]), strict=True):
            beside[row.loss][name] = own
    first = comparisons[protocol.baselines[0]]
    compared = {row.loss: row for row in first.runs}
    return ProtocolTable(
        data=data.settings,
        model=model,
        comparison=first,
        warnings=tuple(sorted({text for run in runs for text in run.record["result"]["warnings"]})),
        rows=tuple(ProtocolRow(compared[loss], over_seeds(run, wish), beside[loss]) for loss, run in judged.items()),
        frontiers={loss: frontier_curves(run) for loss, run in judged.items()},
    )


def against(comparison: Comparison, runs: Sequence[JudgedRun], baseline: JudgedRun) -> list[Against]:
    """Each run of a comparison beside its baseline; `runs` in the order of `found.others`."""
    beside = []
    for row, run, at_argmax in zip(comparison.others, runs, argmax_differences(runs, baseline), strict=True):
        assert row.equal_accuracy is not None
        assert row.chosen is not None
        spreads = _answers_over_seeds(run, baseline, row.chosen.floor is not None)
        beside.append(Against(at_argmax, row.equal_accuracy, row.chosen, *spreads, sentence(row, comparison)))
    return beside


def seed_parts(run: JudgedRun) -> list[JudgedRun]:
    """A pool taken apart by seed."""
    members = run.predictions.members
    return [
        JudgedRun(RunPredictions(run.id, run.classes, [each for each in members if each.seed == seed]), run.matrix)
        for seed in run.seeds
    ]


def over_seeds(run: JudgedRun, wish: Wish) -> dict[str, dict[str, Spread]]:
    """Mean and deviation over seeds of what the table shows, at argmax and at the operating point.

    Where no dial can be chosen "dial" is empty.
    """
    blind = nothing_to_choose_on(run) is not None
    values: dict[str, dict[str, list[float]]] = {"argmax": {}, "dial": {}}
    for part in seed_parts(run):
        decided = pooled_decisions(part, Dial("severity", 0.0) if blind else wish)
        for at, decisions in (("argmax", decided.argmax), *(() if blind else (("dial", decided.dial),))):
            case = outcomes(decided.truth, decisions, run.matrix)
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
        Spread(mean=0.2, sd=0.1414213562373095)
        >>> mean_sd([0.1])
        Spread(mean=0.1, sd=None)
    """
    return Spread(float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else None)


def _answers_over_seeds(
    run: JudgedRun, baseline: JudgedRun, choosing: bool
) -> tuple[dict[str, Spread], dict[str, Spread]]:
    """The values of both answers of each seed alone; the intervals are those of the pool."""
    lineups = [
        line_up([ours], theirs, resamples=1) for ours, theirs in zip(seed_parts(run), seed_parts(baseline), strict=True)
    ]
    equal = [equal_accuracies(lineup)[0] for lineup in lineups]
    chosen = [all_at_chosen_dials(lineup)[0] for lineup in lineups] if choosing else []
    of_equal = {
        "gap": mean_sd([found.gap.value for found in equal]),
        "cer": mean_sd([found.cer for found in equal]),
        "baseline_cer": mean_sd([found.baseline_cer for found in equal]),
    }
    of_chosen = {}
    for name in RATES if choosing else ():
        of_chosen[name] = mean_sd([found.rates[name].value for found in chosen])
        of_chosen[f"baseline_{name}"] = mean_sd([found.baseline_rates[name].value for found in chosen])
    return of_equal, of_chosen


def relative_change(value: float, baseline: float) -> float | None:
    """(value − baseline) / baseline; None against a baseline of 0.

    Example:
        >>> relative_change(0.25, 0.5)
        -0.5
    """
    return (value - baseline) / baseline if baseline else None


def frontier_curves(run: JudgedRun) -> list[dict[str, list[float]]]:
    """One least-CER curve a seed on test, both rules joined: accuracies and CERs, ascending; and the argmax point."""
    curves = []
    for part in seed_parts(run):
        decided = pooled_decisions(part, Dial("severity", 0.0))
        found = [frontier(decided.truth, decided.probabilities, run.matrix, rule) for rule in RULES]
        accuracy, cer = step_curve(
            np.concatenate([curve.accuracy for curve in found]), np.concatenate([curve.cer for curve in found])
        )
        case = outcomes(decided.truth, decided.argmax, run.matrix)
        argmax = [float(case.correct.mean()), float(case.critical.mean())]
        curves.append({"accuracy": accuracy.tolist(), "cer": cer.tolist(), "argmax": argmax})
    return curves
