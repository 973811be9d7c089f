"""A protocol: data sets × backbones × losses × seeds (× folds) becomes runs, and the runs one table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BeforeValidator, Field, model_validator
from typing_extensions import Annotated

from riskcore import results
from riskcore.comparison import compare
from riskcore.config import (
    DataSettings,
    LossSettings,
    ModelSettings,
    RunConfig,
    Settings,
    TrainSettings,
    read_yaml,
    validated,
)
from riskcore.equal_accuracy import equal_accuracy
from riskcore.errors import InputError
from riskcore.metrics import group_codes, holm, outcomes, paired_test
from riskcore.operating import Wish
from riskcore.pooled import pooled_decisions
from riskcore.predictions import RunPredictions
from riskcore.run_folder import Run
from riskcore.runs import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.submit import check_backbone, submit
from riskcore.workspace import Workspace


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class ProtocolData(DataSettings):
    """A data set of a protocol, and the matrix it is judged by (default: the one of the same name)."""

    matrix: str = ""

    @property
    def settings(self) -> DataSettings:
        return DataSettings.model_validate(self.model_dump(exclude={"matrix"}))


class Protocol(Settings):
    """The content of a protocol file.

    Attributes:
        title: heading of the table.
        note: what a reader must know about the figures, printed under the title.
        data: data sets, each with its own folds and matrix.
        models: backbones.
        losses: forms with strengths; the baselines must be among them.
        seeds: how many (0, 1, …) or which.
        train: settings of training, the same for all.
        baselines: labels of the losses that every other is compared with; the first one leads the table.
        wish: for operating points.
    """

    title: str
    note: str = ""
    data: Annotated[tuple[Annotated[ProtocolData, BeforeValidator(_named)], ...], BeforeValidator(_listed)]
    models: Annotated[tuple[Annotated[ModelSettings, BeforeValidator(_named)], ...], BeforeValidator(_listed)] = (
        ModelSettings(),
    )
    losses: tuple[LossSettings, ...]
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = (0,)
    train: TrainSettings = TrainSettings.model_validate({})
    baselines: tuple[str, ...] = ("focal", "ce")
    wish: str = "accuracy_loss=0.01"

    @model_validator(mode="before")
    @classmethod
    def _count_of_seeds(cls, values: Any) -> Any:
        if isinstance(values, dict) and isinstance(values.get("seeds"), int):
            return {**values, "seeds": list(range(values["seeds"]))}
        return values

    @model_validator(mode="after")
    def _baselines_are_trained(self) -> "Protocol":
        Wish.parse(self.wish)
        labels = [loss.label for loss in self.losses]
        for name in self.baselines:
            if name not in labels:
                raise ValueError(f"The baseline {name!r} is none of the losses ({', '.join(labels)}); add it to them.")
        if len(set(labels)) < len(labels):
            raise ValueError(f"A loss is listed twice ({', '.join(labels)}); list each once.")
        return self


def read_protocol(path: Path) -> Protocol:
    """A protocol file. InputError with one line when it is not valid."""
    return validated(Protocol, read_yaml(path))


def demo_protocol() -> Protocol:
    """What `riskcore demo` trains: three losses, two seeds, on the synthetic set."""
    return validated(
        Protocol,
        {
            "title": "Demo on synthetic images",
            "data": "demo",
            "models": {"name": "tf_efficientnet_lite0", "size": 96},
            "losses": ["ce", "focal", {"form": "log_harm", "strength": 3}],
            "seeds": 2,
            "train": {"backbone": "frozen", "views": 2},
            "baselines": ["ce"],
        },
    )


def configs(protocol: Protocol, published_folds: int = 0) -> list[RunConfig]:
    """The settings of every run: losses change fastest, so that comparisons are complete early."""
    plans = []
    for data in protocol.data:
        count = published_folds if data.folds == "published" else data.folds
        first = 1 if data.folds == "published" else 0
        folds = [None] if count is None else list(range(first, first + count))
        for model in protocol.models:
            for seed in protocol.seeds:
                for fold in folds:
                    for loss in protocol.losses:
                        plans.append(
                            RunConfig(
                                data=data.settings,
                                matrix=data.matrix or data.name,
                                model=model,
                                loss=loss,
                                train=protocol.train,
                                seed=seed,
                                fold=fold,
                                wish=protocol.wish,
                            )
                        )
    return plans


def queue(workspace: Workspace, protocol: Protocol) -> list[Run]:
    """Queue the runs that are missing; finished ones of the same settings and data are taken as they are.

    Raises:
        InputError: an unknown data set, matrix or backbone, before anything is queued.
    """
    plans = []
    for data in protocol.data:
        published = set(workspace.load_dataset(data.name).table["fold"]) - {-1}
        plans += configs(protocol.model_copy(update={"data": (data,)}), len(published))
    for model in protocol.models:
        check_backbone(next(plan for plan in plans if plan.model == model))
    return [submit(workspace, plan, reuse=True) for plan in plans]


def tabulate(workspace: Workspace, protocol: Protocol, ids: Sequence[str]) -> dict[str, Any]:
    """The finished protocol as one document: a table a data set and backbone, a row a loss.

    Args:
        workspace: where the runs are.
        protocol: what was planned.
        ids: its runs.

    Raises:
        InputError: a run did not finish.
    """
    store = RunStore(workspace)
    runs = [store.get(id) for id in ids]
    failed = [run for run in runs if run.state != "finished"]
    if failed:
        raise InputError(
            f"{len(failed)} of {len(runs)} runs did not finish, first {failed[0].id} ({failed[0].state}"
            f"{': ' + failed[0].record['error'] if failed[0].record['error'] else ''}); "
            "mend the cause and run the same command again: finished runs are kept."
        )
    tables = []
    for data in protocol.data:
        for model in protocol.models:
            pools = {
                run.loss: run.pool
                for run in runs
                if run.config["data"] == data.settings.model_dump(mode="json")
                and run.config["model"] == model.model_dump(mode="json")
            }
            tables.append(_table(workspace, store, protocol, data, model, pools))
    return {
        "title": protocol.title,
        "note": protocol.note,
        "wish": protocol.wish,
        "seeds": list(protocol.seeds),
        "train": protocol.train.model_dump(mode="json"),
        "baselines": list(protocol.baselines),
        "tables": tables,
    }


def _table(
    workspace: Workspace,
    store: RunStore,
    protocol: Protocol,
    data: ProtocolData,
    model: ModelSettings,
    pools: dict[str, str],
) -> dict[str, Any]:
    manifest = workspace.load_dataset(data.name)
    loaded = {loss: results.predictions(store, pool) for loss, pool in pools.items()}
    labels = {run.id: loss for loss, run in loaded.items()}
    first = loaded[protocol.baselines[0]]
    matrix = results.fit_matrix(results.own_matrix(store, first.id), first.classes)
    wish = Wish.parse(protocol.wish)
    against = {
        name: compare(list(loaded.values()), loaded[name], matrix, labels=labels, wish=wish)
        for name in protocol.baselines
    }
    by_id = {name: {row["id"]: row for row in found["runs"]} for name, found in against.items()}
    rows = []
    for loss, run in loaded.items():
        own = by_id[protocol.baselines[0]][run.id]
        rows.append(
            {
                "loss": loss,
                "pool": run.id,
                "seeds": len(run.seeds),
                "argmax": own["argmax"],
                "dial": own["dial"],
                "over_seeds": _over_seeds(run, matrix, wish),
                "against": {
                    name: _against(by_id[name][run.id], by_id[name][loaded[name].id], run, loaded[name], matrix)
                    for name in protocol.baselines
                    if name != loss
                },
            }
        )
    for name in protocol.baselines:
        _correct(rows, name)
    return {
        "data": data.name,
        "synthetic": manifest.synthetic,
        "folds": data.folds,
        "drop_leaks": data.drop_leaks,
        "model": model.model_dump(mode="json"),
        "matrix": matrix.to_dict(),
        "n": against[protocol.baselines[0]]["n"],
        "groups": against[protocol.baselines[0]]["groups"],
        "majority_accuracy": against[protocol.baselines[0]]["majority_accuracy"],
        "critical_cases": own["argmax"]["critical_miss_rate"]["n"] // max(1, len(first.seeds)),
        "warnings": sorted({text for run in store.resolve(first.id) for text in run.record["result"]["warnings"]}),
        "rows": rows,
        "frontiers": {loss: frontier_curves(run, matrix) for loss, run in loaded.items()},
    }


def seed_parts(run: RunPredictions) -> list[RunPredictions]:
    """A pool taken apart by seed."""
    return [
        RunPredictions(run.id, run.classes, [member for member in run.members if member.seed == seed])
        for seed in run.seeds
    ]


def _over_seeds(run: RunPredictions, matrix: SeverityMatrix, wish: Wish) -> dict[str, Any]:
    """Mean and standard deviation over seeds of accuracy and CER, at argmax and at the operating point."""
    values: dict[str, list[float]] = {}
    for part in seed_parts(run):
        decided = pooled_decisions(part, matrix, wish)
        for point, decisions in (("argmax", decided.argmax), ("dial", decided.dial)):
            case = outcomes(decided.truth, decisions, matrix)
            values.setdefault(f"{point}_accuracy", []).append(float(case.correct.mean()))
            values.setdefault(f"{point}_cer", []).append(float(case.critical.mean()))
    return {name: _mean_sd(found) for name, found in values.items()}


def _mean_sd(values: Sequence[float]) -> dict[str, float | None]:
    """Mean and sample standard deviation; none from a single seed."""
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
        equal_accuracy(ours, theirs, matrix, resamples=2)
        for ours, theirs in zip(seed_parts(run), seed_parts(baseline), strict=True)
    ]
    return {
        "argmax": {
            "relative_cer_change": _relative(row["argmax"]["cer"]["value"], baseline_row["argmax"]["cer"]["value"]),
            "accuracy_difference": row["argmax"]["accuracy"]["value"] - baseline_row["argmax"]["accuracy"]["value"],
            **_argmax_test(run, baseline, matrix),
        },
        "equal_accuracy": {
            **equal,
            "relative_cer_change": _relative(equal["cer"]["value"], equal["baseline_cer"]["value"]),
            "over_seeds": {
                "accuracy": _mean_sd([result.accuracy.value for result in per_seed]),
                "cer": _mean_sd([result.cer.value for result in per_seed]),
                "cer_difference": _mean_sd([result.difference["cer"].value for result in per_seed]),
            },
        },
        "frontier_area": row["frontier_area"],
        "sentence": row["sentence"],
    }


def _relative(value: float, baseline: float) -> float | None:
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
    return np.concatenate([np.full(len(m.test), run.seeds.index(m.seed)) for m in run.members])


def _correct(rows: list[dict[str, Any]], baseline: str) -> None:
    """Holm's correction of the argmax tests against one baseline (those at equal accuracy have theirs)."""
    tested = [row["against"][baseline]["argmax"] for row in rows if baseline in row["against"]]
    if tested:
        for found, adjusted in zip(tested, holm([found["p_value"] for found in tested]), strict=True):
            found["p_value"] = float(adjusted)


def frontier_curves(run: RunPredictions, matrix: SeverityMatrix) -> list[dict[str, list[float]]]:
    """One least-CER curve a seed on test, both rules joined: accuracies and CERs, ascending."""
    from riskcore.curves import frontier, step_curve
    from riskcore.dial import RULES

    curves = []
    for part in seed_parts(run):
        decided = pooled_decisions(part, matrix)
        found = [frontier(decided.truth, decided.probabilities, matrix, rule) for rule in RULES]
        accuracy, cer = step_curve(
            np.concatenate([curve.accuracy for curve in found]), np.concatenate([curve.cer for curve in found])
        )
        curves.append({"accuracy": accuracy.tolist(), "cer": cer.tolist()})
    return curves
