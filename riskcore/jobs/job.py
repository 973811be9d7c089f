"""One training run from its folder to its results: ``python -m riskcore.jobs.job RUN_FOLDER``.

Several processes may work on one run: ``torchrun --nproc_per_node 2 -m riskcore.jobs.job RUN_FOLDER``; the first
one owns the run's folder.
"""

import json
import math
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from riskcore.config import RunConfig
from riskcore.data.cache import decoded
from riskcore.data.manifest import Manifest
from riskcore.data.prepare import Prepared, prepare
from riskcore.data.registry import load_dataset
from riskcore.decision.absent import absent_critical, nothing_to_choose_on
from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import calibrate
from riskcore.errors import InputError, RunError
from riskcore.files import write_atomic
from riskcore.formats import NOTHING
from riskcore.jobs.lifeline import end_with_parent
from riskcore.jobs.submit import pool_of
from riskcore.judging.report import summary
from riskcore.learning import bundle
from riskcore.learning.bundle import Bundle
from riskcore.learning.detector_file import save_detector
from riskcore.learning.loop import BatchSource, Callbacks, Task, TrainingStopped, predict_logits
from riskcore.learning.recognition import Recognition, recognition
from riskcore.learning.teachers import taught
from riskcore.learning.trainer import Trainer
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import PREDICTIONS, write_predictions
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace

PROGRESS_EVERY = 1.0  # seconds between notes of progress in run.json
CHECKPOINT = "checkpoint.pt"
TEACHERS = "teachers"  # the folder of what they have said so far


def main(folder: Path) -> int:
    """Claim and carry out a run; exit code 0 finished or stopped, 2 wrong input, 1 anything else."""
    end_with_parent()
    run = Run(folder)
    asked_to_stop = False

    def stop(signal_number: int, frame: FrameType | None) -> None:
        nonlocal asked_to_stop
        asked_to_stop = True

    signal.signal(signal.SIGTERM, stop)
    try:
        if int(os.environ.get("RANK", "0")) == 0:
            _own(run, lambda: asked_to_stop or run.stop_requested)
        else:  # torchrun's other processes train along and write nothing
            with suppress(TrainingStopped):
                _carry_out(run, None, lambda: asked_to_stop)
    except (InputError, RunError) as error:
        print(f"Failed: {error}", file=sys.stderr, flush=True)
        return 2 if isinstance(error, InputError) else 1
    finally:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()
    return 0


def _own(run: Run, should_stop: Callable[[], bool]) -> None:
    with run.claim():
        try:
            _carry_out(run, _Reporter(run), should_stop)
        except TrainingStopped:
            run.end("stopped")
            print("Stopped; `riskcore runs resume` goes on from the last finished epoch.", flush=True)
        except InputError:
            run.update(result={"exit_code": 2})  # whoever waits can tell wrong input from bad luck
            raise
        except torch.OutOfMemoryError as error:
            raise RunError("The GPU's memory is full; lower train.batch_size or model.size and start again.") from error
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise RunError(
                f"{error.filename or run.folder}: cannot be used ({reason}); see to it and resume."
            ) from error
        else:
            run.end("finished")
            (run.folder / CHECKPOINT).unlink(missing_ok=True)
            shutil.rmtree(run.folder / TEACHERS, ignore_errors=True)


class _Reporter:
    """Writes metrics and progress into the run's folder, and epochs into its log."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.epoch: dict[str, Any] | None = None  # the last that was finished
        self._written = -PROGRESS_EVERY
        self._phase: tuple[str, int, float] = ("", 0, 0.0)  # its name, what was done of it when first reported, when

    def __call__(self, values: dict[str, Any]) -> None:
        if values["kind"] == "phase":
            values = values | {"remaining": self._remaining(values["phase"], values["done"], values["total"])}
        else:
            self.run.append_metrics(values)
        if values["kind"] == "epoch":
            self.epoch = values
            cer = NOTHING if math.isnan(values["validation_cer"]) else f"{values['validation_cer']:.3f}"
            print(
                f"epoch {values['epoch']}/{values['epochs']}  loss {values['train_loss']:.4f}  "
                f"validation accuracy {values['validation_accuracy']:.3f}  CER {cer}  "
                f"{values['images_per_second']:.0f} images/s",
                flush=True,
            )
        if time.monotonic() - self._written >= PROGRESS_EVERY:
            self.run.update(progress=values)
            self._written = time.monotonic()

    def _remaining(self, phase: str, done: int, total: int) -> float | None:
        """Seconds until a phase ends, at its pace since it was first reported; None at that report."""
        now = time.monotonic()
        name, first, since = self._phase
        if name != phase or done <= first:
            self._phase = (phase, done, now)
            return None
        return (total - done) * (now - since) / (done - first)

    def begins(self, epochs: int) -> None:
        """Drop what a killed process reported of later epochs: they are trained, and reported, again."""
        lines = self.run.metrics()
        kept = [line for line in lines if line.get("epoch", 0) <= epochs]
        if len(kept) < len(lines):
            write_atomic(self.run.folder / "metrics.jsonl", "".join(json.dumps(line) + "\n" for line in kept))


def _carry_out(run: Run, reporter: _Reporter | None, should_stop: Callable[[], bool]) -> None:
    """Data, training, evaluation. Without a reporter, as one of several processes, only the training."""
    report: Callable[[dict[str, Any]], None] = reporter or (lambda values: None)
    config = RunConfig.build(run.config)
    workspace = Workspace(run.folder.parent.parent)
    given = SeverityMatrix.load(run.folder / "matrix.json")
    registered = load_dataset(workspace, config.data.name)
    if pool_of(config, given, registered) != run.pool:
        raise InputError(f"The data set {config.data.name} changed after this run was queued; train it again.")
    sharing = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    torch.set_num_threads(config.train.threads or max(1, (os.cpu_count() or 1) // sharing))

    def progress(done: int, total: int, label: str) -> None:
        if should_stop():
            raise TrainingStopped
        report({"kind": "phase", "phase": label, "done": done, "total": total})

    prepared = prepare(workspace, config.data, given, config.fold, progress)
    for warning in prepared.warnings if reporter else ():
        print(f"Note: {warning}", flush=True)
    manifest, matrix = prepared.manifest, prepared.matrix
    samples = manifest.table["sample"].tolist()
    images = decoded(manifest, samples, config.model.size, workspace.cache, progress)
    trainer = Trainer.of(config, workspace, images, len(manifest.classes), progress)
    task = Task(manifest.targets, prepared.rows("train"), prepared.rows("validation"), matrix, config.seed)
    callbacks = Callbacks(report, should_stop, reporter.begins if reporter else lambda epochs: None)
    if config.train.teachers:
        groups = manifest.table["group"].to_numpy(dtype=np.str_)
        task = replace(task, teachings=taught(trainer, task, groups, run.folder / TEACHERS, callbacks))
    model = trainer.train(task, config.model.members, run.folder / CHECKPOINT, callbacks)
    if reporter is None:
        return
    recognised = recognition(trainer, model, prepared, registered, images, workspace)
    parts = {
        part: _cases(
            prepared,
            part,
            model,
            trainer.source,
            recognised.strange,
            lambda done, total: progress(done, total, "evaluation"),
        )
        for part in ("validation", "test", *(["certify"] if config.data.certify else []))
    }
    save_detector(recognised.detector, run.folder / "bundle", workspace.cache)
    result = _conclude(run, config, registered, prepared, parts, model, trainer, recognised)
    run.update(progress=reporter.epoch or run.record["progress"], result=result)


def _conclude(
    run: Run,
    config: RunConfig,
    registered: Manifest,
    prepared: Prepared,
    parts: dict[str, Cases],
    model: nn.Module,
    trainer: Trainer,
    recognised: Recognition,
) -> dict[str, Any]:
    """Store logits and bundle; return the figures that lists show."""
    manifest = prepared.manifest
    write_predictions(run.folder / PREDICTIONS, manifest.classes, parts)
    predictions = RunPredictions(
        run.id, manifest.classes, [Member(parts["validation"], parts["test"], config.seed, config.fold)]
    )
    judged, wish = JudgedRun(predictions, prepared.matrix), Wish.parse(config.wish)
    note, absent = nothing_to_choose_on(judged), absent_critical(judged)
    member = calibrate(predictions)[0]
    folder = run.folder / "bundle"
    bundle.save_weights(folder / bundle.TRAINED, model)
    if trainer.front_file is not None:
        bundle.link_shared(trainer.front_file, folder, bundle.FRONT)
    Bundle(
        classes=manifest.classes,
        matrix=prepared.matrix,
        model=config.model.name,
        hidden=config.model.hidden,
        members=config.model.members,
        stages=config.train.trained_stages,
        preprocessing=bundle.describe(trainer.preprocessing),
        calibration=member.calibration,
        dial=member.dial(judged.matrix, wish) if note is None else Dial("severity", 0.0),
        absent=absent,
        note=note,
        limit=recognised.limit,
        kind=recognised.kind,
        provenance={
            "run": run.id,
            "data": config.data.name,
            "data_hash": registered.hash,
            "synthetic": registered.synthetic,
            "matrix_hash": prepared.matrix.hash,
            "weights": config.model.weights,
            "seed": config.seed,
            "fold": config.fold,
            "versions": {name: version(name) for name in ("riskcore", "torch", "timm")},
        },
    ).save(folder)
    return {**summary(judged, wish), "warnings": list(prepared.warnings), "flow": prepared.flow}


def _cases(
    prepared: Prepared,
    part: str,
    model: nn.Module,
    source: BatchSource,
    strange: NDArray[np.bool_],
    progress: Callable[[int, int], None],
) -> Cases:
    rows = prepared.rows(part)
    table = prepared.manifest.table.iloc[rows]
    return Cases(
        logits=predict_logits(model, source, rows, progress=progress),
        truth=prepared.manifest.targets[rows],
        samples=table["sample"].to_numpy(dtype=np.str_),
        groups=table["group"].to_numpy(dtype=np.str_),
        subgroups={name: table[name].to_numpy(dtype=np.str_) for name in prepared.manifest.subgroups},
        strange=strange[rows],
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
