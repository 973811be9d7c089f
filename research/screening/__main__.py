"""Which ideas make fewer critical errors than cross-entropy at equal accuracy, on features of a frozen backbone?

``python -m research.screening isic2018 -o research/results/search`` (a data set that is registered in the workspace;
its matrix preset is of the same name). Every idea is trained like a run of ``train.backbone=frozen`` (or, with
``--backbone last:N`` and ``--only``, of that one), over folds by group and several seeds, and judged on the pooled test
parts at three places that are set on validation. Ideas that prove themselves go into riskcore; the others live on here,
so that nobody has to try them again. What was trained is kept by name in ``cache/screening`` of the workspace; delete
that folder when the data set, its matrix or the code of an idea changes.
"""

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from research.screening.ideas import CE, FOCAL, HEADS, IDEAS
from research.screening.judging import against_argmax, judged, write
from research.screening.training import fold_of, member
from riskcore.config import TrainSettings
from riskcore.data.registry import load_dataset
from riskcore.predictions import RunPredictions
from riskcore.severity.store import load_matrix
from riskcore.workspace import Workspace


def main(argv: Sequence[str] | None = None) -> None:
    """Train what is asked for and write the table."""
    parser = argparse.ArgumentParser("python -m research.screening", description=__doc__)
    parser.add_argument("data")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--backbone", default="frozen", help="frozen, or last:N for ideas that are losses")
    parser.add_argument("--train", nargs="*", default=[], help="settings of training, such as epochs=6")
    parser.add_argument("--judged-folds", type=int, help="only so many of the folds are trained and judged")
    parser.add_argument("--name", help="of the table; default: data set and backbone")
    parser.add_argument("--only", nargs="*", help="names of the ideas to try, beside ce and focal; default: all heads")
    given = parser.parse_args(argv)
    root, began = Workspace.default().root.absolute(), time.monotonic()
    pairs = (text.split("=", 1) for text in given.train)
    settings = TrainSettings.model_validate({"backbone": given.backbone, **{key: float(value) for key, value in pairs}})
    train, stages = settings.model_dump(exclude={"device"}), settings.trained_stages or 0
    judged_folds = range(given.judged_folds or given.folds)
    fold_of(root, given.data, given.folds, 0, stages)  # fills the cache before the workers ask for it
    wanted = given.only if given.only is not None else [idea.name for idea in (() if stages else HEADS)]
    if stages and any(idea.head is not IDEAS[CE].head for idea in HEADS if idea.name in wanted):
        parser.error("ideas with a head of their own are for --backbone frozen")
    names = [idea.name for idea in IDEAS]
    wanted = {names[CE], names[FOCAL], *wanted, *(idea.against for idea in IDEAS if idea.name in wanted)}
    numbers = [number for number, idea in enumerate(IDEAS) if idea.name in wanted]
    classes = load_dataset(Workspace(root), given.data).classes
    matrix = load_matrix(Workspace(root), given.data).reordered(classes)
    seeds = f"{given.seeds} seed{'s' * (given.seeds > 1)}"
    title = f"{given.data}, {given.backbone}, {seeds}, {len(judged_folds)} of {given.folds} folds"
    file = given.output / (given.name or f"{given.data}_{given.backbone.replace(':', '')}")
    rows: list[dict[str, Any]] = []
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        jobs = {
            number: [
                executor.submit(member, root, given.data, given.folds, fold, seed, number, train)
                for seed in range(given.seeds)
                for fold in judged_folds
            ]
            for number in numbers
        }

        def pools(number: int) -> list[RunPredictions]:
            """The seeds apart, and averaged where there are several."""
            pool = RunPredictions(IDEAS[number].name, classes, [job.result() for job in jobs[number]])
            joined = replace(pool.averaged(), id=f"{pool.id}, {given.seeds} joined")
            return [pool, joined] if given.seeds > 1 else [pool]

        for number in numbers:
            against = names.index(IDEAS[number].against)
            for own, baseline, usual in zip(pools(number), pools(against), pools(FOCAL), strict=True):
                rows.append(judged(own, baseline, matrix) | against_argmax(own, usual, matrix))
            print(f"{time.monotonic() - began:.0f} s: {rows[-1]}", flush=True)
            write(rows, file, title)


if __name__ == "__main__":
    main()
