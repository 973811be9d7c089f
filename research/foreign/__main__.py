"""Foreign images before trained models: `python -m research.foreign RUN [RUN …] -o research/results/foreign`.

Each run is asked about at least 100 images of every kind that is not its own: what packages carry
(`research.foreign.kinds`), and the data sets that are registered in the workspace. Judged is what was let through.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from research.foreign.candidates import candidates
from research.foreign.kinds import Item, write_kinds
from riskcore.data.cache import decoded, to_square
from riskcore.data.images import declared, decode
from riskcore.data.manifest import Manifest
from riskcore.data.registry import load_dataset
from riskcore.errors import InputError
from riskcore.files import write_atomic, write_json
from riskcore.formats import percent
from riskcore.learning.predictor import Predictor
from riskcore.metrics import proportion
from riskcore.readers import read_json
from riskcore.reports.markdown import markdown_table
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace

MOST = 400
"""Images of a registered data set, or of a run's test images, that are shown, evenly spread."""

LEARNT = 2_500
"""Training images that candidates are fitted on, drawn with a fixed seed."""

SETS = {
    "isic2018": "dermoscopy, ISIC 2018",
    "isic2017": "dermoscopy, ISIC 2017",
    "brain_mri": "brain MRI",
    "breakhis": "breast tissue",
    "gleason_tma": "prostate tissue",
}
SAME = {"isic2018": {"isic2018", "isic2017"}, "brain_mri": {"brain_mri"}}
"""Sets of a run's own kind; another source of it is no foreign kind, and what is turned away of it is drift."""


def main(
    runs: Annotated[list[str], typer.Argument(help="Finished runs.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the tables.")],
) -> None:
    """Which share of foreign images is let through, and of genuine ones turned away."""
    here = Workspace.default()
    store = RunStore(here)
    kinds = write_kinds(here.cache / "foreign")
    for name, words in SETS.items():
        kinds[words] = _items(load_dataset(here, name))
    judged, compared = [], []
    for id in runs:
        (run,) = store.resolve(id)
        kept = output / "runs" / f"{run.data}-{run.config['train']['backbone'].replace(':', '')}.json"
        if not kept.exists():  # a stopped table goes on
            write_json(kept, dict(zip(("judged", "compared"), _shown(run, here, kinds), strict=True)))
        found = read_json(kept)
        judged += found["judged"]
        compared += found["compared"]
    pd.DataFrame(judged).to_csv(output / "table.csv", index=False)
    pd.DataFrame(compared).to_csv(output / "candidates.csv", index=False)
    write_atomic(output / "table.md", _markdown(judged, compared))


def _items(manifest: Manifest, samples: Sequence[str] | None = None) -> list[Item]:
    table = manifest.table if samples is None else manifest.table[manifest.table["sample"].isin(samples)]
    table = table.iloc[np.unique(np.linspace(0, len(table) - 1, min(MOST, len(table))).astype(int))]
    return [Item(manifest.path(name), group) for name, group in zip(table["sample"], table["group"], strict=True)]


def _name(run: Run) -> str:
    return f"{run.data}, {run.config['train']['backbone']}"


@dataclass(frozen=True)
class Seen:
    """Images as a model sees them: `judged` by all of it, rules included; features and logits for candidates."""

    judged: NDArray[np.bool_]
    sources: NDArray[np.str_]
    features: NDArray[np.float64]
    logits: NDArray[np.float64]


def _seen(predictor: Predictor, items: list[Item]) -> Seen:
    pictures = [decode(item.path, frame=item.frame) for item in items]
    judged = [
        predictor(pixels, declares=declared(item.path)).judged for pixels, item in zip(pictures, items, strict=True)
    ]
    logits, features = predictor.logits_and_features(
        np.stack([to_square(pixels, predictor.size) for pixels in pictures])
    )
    assert features is not None
    return Seen(np.array(judged), np.array([item.source for item in items]), features, logits)


def _shown(
    run: Run, here: Workspace, kinds: dict[str, list[Item]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of both tables."""
    predictor, manifest = Predictor.load(run.folder / "bundle"), load_dataset(here, run.data)
    same = {SETS[name] for name in SAME.get(run.data, set())}
    _, parts = read_predictions(run.folder / PREDICTIONS)
    test = _seen(predictor, _items(manifest, parts["test"].samples.tolist()))
    rows, others = [_judged(run, "its own test images", True, test, predictor, test)], {}
    for kind, items in kinds.items():
        if kind != SETS.get(run.data):
            others[kind] = _seen(predictor, items)
            rows.append(_judged(run, kind, kind in same, others[kind], predictor, test))
            print(f"{run.data}: {kind}, {rows[-1]['judged']} of {rows[-1]['images']} judged", flush=True)
    return rows, _compared(run, here, predictor, test, others, same)


def _judged(run: Run, kind: str, genuine: bool, seen: Seen, predictor: Predictor, test: Seen) -> dict[str, Any]:
    through = proportion(seen.judged, np.ones(len(seen.judged), dtype=bool), seen.sources)
    auroc = None
    if seen is not test:
        truth = np.repeat([0, 1], [len(test.judged), len(seen.judged)])
        auroc = roc_auc_score(truth, predictor.distances(np.concatenate([test.features, seen.features])))
    return {
        "model": _name(run),
        "kind": kind,
        "genuine": genuine,
        "images": through.n,
        "sources": through.groups,
        "judged": through.events,
        "share": through.value,
        "low": through.low,
        "high": through.high,
        "auroc": auroc,
    }


def _compared(
    run: Run, here: Workspace, predictor: Predictor, test: Seen, others: dict[str, Seen], same: set[str]
) -> list[dict[str, Any]]:
    """One row a candidate: its threshold turns away 2 % of the validation images."""
    manifest = load_dataset(here, run.data)
    _, parts = read_predictions(run.folder / PREDICTIONS)
    later = [name for part in parts.values() for name in part.samples]
    learnt = np.flatnonzero(~manifest.table["sample"].isin(later).to_numpy())
    learnt = np.random.default_rng(0).permutation(learnt)[:LEARNT]
    checked = np.flatnonzero(manifest.table["sample"].isin(parts["validation"].samples).to_numpy())
    images = decoded(manifest, manifest.table["sample"].tolist(), predictor.size, here.cache, None)
    _, features = predictor.logits_and_features(images[learnt])
    z, f = predictor.logits_and_features(images[checked])
    assert features is not None
    assert f is not None
    rows = []
    for name, score in candidates(features, manifest.targets[learnt]):
        limit = np.quantile(score(f, z), 0.98, method="higher")
        away = {kind: float((score(seen.features, seen.logits) > limit).mean()) for kind, seen in others.items()}
        through = {kind: 1 - share for kind, share in away.items() if kind not in same}
        drift = [share for kind, share in away.items() if kind in same]
        worst = max(through, key=through.__getitem__)
        rows.append(
            {
                "model": _name(run),
                "candidate": name,
                "test_turned_away": float((score(test.features, test.logits) > limit).mean()),
                "drift": max(drift, default=None),
                "let_through": float(np.mean(list(through.values()))),
                "worst_kind": worst,
                "worst_let_through": through[worst],
            }
        )
        print(f"{rows[-1]}", flush=True)
    return rows


def _markdown(rows: list[dict[str, Any]], compared: list[dict[str, Any]]) -> str:
    def shown(value: float | None) -> str:
        return "–" if value is None else percent(value)

    judged = [
        [
            row["model"],
            row["kind"],
            f"{row['images']:,} of {row['sources']:,}",
            f"{percent(row['share'])} ({percent(row['low'])} to {percent(row['high'])})",
            "–" if row["auroc"] is None else f"{row['auroc']:.4f}",
        ]
        for row in rows
    ]
    chosen = [
        [
            row["model"],
            row["candidate"],
            *(shown(row[name]) for name in ("test_turned_away", "drift", "let_through", "worst_let_through")),
            row["worst_kind"],
        ]
        for row in compared
    ]
    return (
        "\n\n".join(
            [
                "# Foreign images",
                "Judged: let through by the model, rules (grey, colour, size, what DICOM declares) included, with "
                "intervals by source (a patient, or the picture that windows were cut from). AUROC of the distance "
                "alone, against the model's own test images.",
                "\n".join(markdown_table(["model", "images", "n, of sources", "judged", "AUROC"], judged)),
                "# Candidates",
                "Without the rules, on 2,500 training images or all there are, at the threshold that turns away 2 % of "
                "the validation images. Drift: turned away of ISIC 2017 by models of ISIC 2018. Let through: mean over "
                "the foreign kinds. The detector and its rank were chosen by looking at images of these kinds and at "
                "ISIC 2017, so that both tables flatter it a little.",
                "\n".join(
                    markdown_table(
                        ["model", "candidate", "test turned away", "drift", "let through", "worst", "kind"], chosen
                    )
                ),
            ]
        )
        + "\n"
    )


if __name__ == "__main__":
    try:
        typer.run(main)
    except InputError as error:
        raise SystemExit(f"Error: {error}") from None
