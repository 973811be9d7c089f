"""How long runs will take: from like runs that finished, from the speed of others, or from a measurement."""

import json
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from riskcore.config import DataSettings, RunConfig
from riskcore.data.readiness import part_sizes
from riskcore.errors import InputError
from riskcore.jobs.speed import Speed, kept_speed
from riskcore.jobs.submit import Plan
from riskcore.runs.folder import Run
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace

NOT_MEASURED = "not measured yet"
TIMED = "timed on this machine"


@dataclass(frozen=True)
class Estimate:
    """Seconds that a run will take, and where the figure comes from; None where nothing comparable was measured."""

    seconds: float | None
    basis: str


def estimates(
    workspace: Workspace,
    plans: Sequence[Plan],
    finished: Sequence[Run],
    sizes: Mapping[DataSettings, dict[str, int]] | None = None,
) -> list[Estimate]:
    """An estimate for each run, by the first of these that is known:

    1. the median of finished runs of the same data set, backbone and training settings, whatever their loss, seed
       and fold;
    2. finished runs on other data that did the same work. Where the whole network is trained: epochs × training images
       at their speed, start and validation included. Where cached features are: what they took, longer where there are
       more training images; and for the first run on images that were not prepared yet, what the longest of them took
       beyond the others, by image;
    3. the speed that `riskcore.jobs.speed` measured on this machine. Decoding and features count for the first run that
       needs them only; later ones find them in the cache.

    Args:
        workspace: where data sets, matrices and measurements are.
        plans: the runs, in the order in which they will be trained.
        finished: runs that can be learned from; those in other states are passed over.
        sizes: numbers of images by part (`readiness.part_sizes`) where they are known already.
    """
    ended = [
        run
        for run in finished
        if run.state == "finished" and "seconds" in run.record["timings"] and run.config.keys() >= set(_COMPARED)
    ]
    alike: dict[str, list[float]] = defaultdict(list)
    for run in ended:
        alike[_settings(run.config)].append(run.record["timings"]["seconds"])
    counted = _Sizes(workspace, dict(sizes or {}))
    cached: set[str] = set()
    found: dict[str, Estimate] = {}
    preparing: dict[str, float] = {}
    results = []
    for own in plans:
        settings = _settings(own.config.model_dump(mode="json"))
        if seconds := alike.get(settings):
            results.append(Estimate(statistics.median(seconds), f"median of {_runs(len(seconds))} like this one"))
            continue
        if settings not in found and own.config.train.trained_stages is None:
            found[settings] = _from_others(own, ended, counted)
        elif settings not in found:
            found[settings], preparing[settings] = _from_cached(own, ended, counted)
        estimate = found[settings]
        if estimate.seconds is not None and (first := preparing.pop(settings, 0.0)):
            estimate = replace(estimate, seconds=estimate.seconds + first)
        if estimate.seconds is None and (speed := kept_speed(workspace, own.config)):
            estimate = _from_speed(own, speed, counted, cached)
        results.append(estimate)
    return results


def total(estimated: Sequence[Estimate]) -> float | None:
    """Seconds of all runs, one after the other; None when one of them is unknown.

    Example:
        >>> total([Estimate(2.0, ""), Estimate(3.5, "")]), total([Estimate(2.0, ""), Estimate(None, "")])
        (5.5, None)
    """
    known = [estimate.seconds for estimate in estimated if estimate.seconds is not None]
    return sum(known) if len(known) == len(estimated) else None


def duration(seconds: float) -> str:
    """A length of time in words, no finer than an estimate deserves.

    Example:
        >>> duration(0.4), duration(75), duration(600), duration(9000), duration(200_000)
        ('1 second', '75 seconds', '10 minutes', '2.5 hours', '2.3 days')
    """
    if seconds < 90:
        whole = max(1, round(seconds))
        return f"{whole} second{'' if whole == 1 else 's'}"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} minutes"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.1f} hours"
    return f"{seconds / 86400:.1f} days"


_COMPARED = ("data", "model", "train")
_ALONG = ("epochs", "views")
"""What else makes runs on cached features take as long."""


def _settings(config: Mapping[str, Any]) -> str:
    return json.dumps([config[group] for group in _COMPARED], sort_keys=True)


class _Sizes:
    """Numbers of images by part, looked up once for each data set and division."""

    def __init__(self, workspace: Workspace, known: dict[DataSettings, dict[str, int]]) -> None:
        self.workspace = workspace
        self.known: dict[DataSettings, dict[str, int] | None] = {**known}
        self.pools: dict[str, dict[str, int] | None] = {}

    def of(self, data: DataSettings, matrix: SeverityMatrix, fold: int | None) -> dict[str, int] | None:
        """None where the data set is gone or can no longer be divided so. Folds are about equal: one is looked at."""
        if data not in self.known:
            try:
                self.known[data] = part_sizes(self.workspace, data, matrix, fold)
            except InputError:
                self.known[data] = None
        return self.known[data]

    def of_run(self, run: Run) -> dict[str, int] | None:
        """Of the data that a run was trained on; the runs of a pool share them."""
        if run.pool not in self.pools:
            try:
                config = RunConfig.build(run.config)
                matrix = SeverityMatrix.load(run.folder / "matrix.json")
                self.pools[run.pool] = self.of(config.data, matrix, config.fold)
            except InputError:  # of another version, or damaged
                self.pools[run.pool] = None
        return self.pools[run.pool]


def _from_others(plan: Plan, ended: Sequence[Run], sizes: _Sizes) -> Estimate:
    """From whole-network runs on other data, by seconds for an image and epoch."""
    mine = sizes.of(plan.config.data, plan.matrix, plan.config.fold)
    if mine is None:
        return Estimate(None, NOT_MEASURED)
    wanted, paces = plan.config.model_dump(mode="json"), []
    for run in ended:
        epochs = (run.record["progress"] or {}).get("epoch")
        if epochs and _same_work(run.config, wanted) and (images := sizes.of_run(run)):
            paces.append(run.record["timings"]["seconds"] / (epochs * images["train"]))
    if not paces:
        return Estimate(None, NOT_MEASURED)
    seconds = statistics.median(paces) * plan.config.train.epochs * mine["train"]
    return Estimate(seconds, f"from the speed of {_runs(len(paces))} with the same backbone")


def _from_cached(plan: Plan, ended: Sequence[Run], sizes: _Sizes) -> tuple[Estimate, float]:
    """From runs on cached features of the data set that tells most, and the seconds that the first run needs beyond."""
    wanted, by_data = plan.config.model_dump(mode="json"), defaultdict(list)
    for run in ended:
        if _same_work(run.config, wanted) and all(
            run.config["train"].get(key) == wanted["train"][key] for key in _ALONG
        ):
            by_data[json.dumps(run.config["data"], sort_keys=True)].append(run)
    alike = max(by_data.values(), key=len, default=[])
    if len(alike) < 2:  # what prepared the features cannot be told from what was trained
        return Estimate(None, NOT_MEASURED), 0.0
    mine, theirs = sizes.of(plan.config.data, plan.matrix, plan.config.fold), sizes.of_run(alike[0])
    if mine is None or theirs is None:
        return Estimate(None, NOT_MEASURED), 0.0
    *others, longest = sorted(run.record["timings"]["seconds"] for run in alike)
    training = statistics.median(others)
    seconds = training * max(1.0, mine["train"] / theirs["train"])
    prepared = plan.config.data.name in {run.config["data"]["name"] for runs in by_data.values() for run in runs}
    first = 0.0 if prepared else (longest - training) * sum(mine.values()) / sum(theirs.values())
    return Estimate(seconds, f"from {_runs(len(alike))} of the same kind"), first


def _same_work(config: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether an image costs as much in both: same network, kind of training, batches and device."""
    model = ("name", "size")
    train = ("backbone", "batch_size", "augment", "ema", "threads", "device")
    # Runs from before there were several networks or teachers do not mention them.
    networks = [(each["model"].get("members", 1), each["train"].get("teachers", 0)) for each in (config, wanted)]
    return (
        networks[0] == networks[1]
        and all(config["model"][key] == wanted["model"][key] for key in model)
        and all(config["train"][key] == wanted["train"][key] for key in train)
    )


def _from_speed(plan: Plan, speed: Speed, sizes: _Sizes, cached: set[str]) -> Estimate:
    images = sizes.of(plan.config.data, plan.matrix, plan.config.fold)
    if images is None:
        return Estimate(None, NOT_MEASURED)
    config = plan.config
    judged, whole = images["validation"] + images["test"], sum(images.values())
    seconds = speed.start
    seconds += config.train.epochs * (images["train"] / speed.training + images["validation"] / speed.evaluation)
    seconds += 2 * judged / speed.evaluation  # each image and its mirror image
    if teachers := config.train.teachers:
        # Each leaves one part out and is one network, at that many times the speed of the members together.
        taught = config.train.epochs * (teachers - 1) * images["train"] / speed.training
        asked = (config.train.epochs * teachers * images["validation"] + 2 * images["train"]) / speed.evaluation
        seconds += (taught + asked) / config.model.members
    for step, cost in _cached_steps(config, speed, whole).items():
        if step not in cached:
            cached.add(step)
            seconds += cost
    return Estimate(seconds, TIMED)


def _cached_steps(config: RunConfig, speed: Speed, images: int) -> dict[str, float]:
    """What is done once and then cached -> its seconds. Random weights differ by seed, and so do their features."""
    data = config.data.model_dump(mode="json", include={"name", "classes", "magnifications"})
    squares = [data, config.model.size]
    steps = {json.dumps(squares): images / speed.decoding}
    if speed.features is not None:
        seed = config.seed if config.model.weights == "none" else None
        own = config.train
        key = [
            *squares,
            config.model.model_dump(mode="json", exclude={"hidden", "members"}),
            own.backbone,
            own.views,
            own.augment,
            seed,
        ]
        steps[json.dumps(key)] = own.views * images / speed.features
    return steps


def _runs(count: int) -> str:
    return f"{count:,} finished run{'' if count == 1 else 's'}"
