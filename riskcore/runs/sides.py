"""What `compare` compares: finished runs and files of any model's predictions, on the same cases."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from riskcore.errors import InputError
from riskcore.judging.foreign import read_foreign
from riskcore.judging.overlap import Overlap, overlap_of
from riskcore.judging.scale import Scale
from riskcore.predictions import RunPredictions
from riskcore.runs import results
from riskcore.runs.matching import Matched, match
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import load_matrix
from riskcore.workspace import Workspace


@dataclass(frozen=True)
class Sides:
    """Sides on the same test cases.

    Attributes:
        baseline, others: their stored predictions.
        matrix: that judges all of them.
        labels: id -> what it is called.
        ids: of the runs among them, whose test part is looked at.
        overlap: id -> test cases that the model knew.
        left_out: test cases that not every side holds.
        joined: ids of pools whose folds were joined beside a file.
        synthetic: whether a run learnt from images drawn by the program.
    """

    baseline: RunPredictions
    others: tuple[RunPredictions, ...]
    matrix: SeverityMatrix
    labels: dict[str, str]
    ids: tuple[str, ...]
    overlap: dict[str, Overlap]
    left_out: int
    joined: tuple[str, ...]
    synthetic: bool

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know first."""
        said = [f"{id}: {sentence}" for id, overlap in self.overlap.items() for sentence in overlap.sentences]
        if self.left_out:
            cases, are = ("case", "is") if self.left_out == 1 else ("cases", "are")
            said.append(f"{self.left_out:,} test {cases} that not every side holds {are} left out.")
        said += [
            f"{id}: beside a file its folds are joined; each had a validation part of its own, so none is used."
            for id in self.joined
        ]
        return tuple(said)


def gather(
    workspace: Workspace,
    ids: Sequence[str],
    files: Sequence[Path],
    baseline: str | None,
    matrix: str | None,
    *,
    common: bool = False,
    scale: Scale = "probability",
    allow_overlap: bool = False,
) -> Sides:
    """Find the sides of a comparison.

    Args:
        workspace: where the runs and matrices are.
        ids: of finished runs or pools.
        files: of any model's predictions.
        baseline: an id, or one of the files; may be left out where one run and files are given: the run is it then.
        matrix: a saved name, a preset or a file; default: the one that the baseline, a run, was trained with.
        common, scale, allow_overlap: as for `match` and `read_foreign`.

    Raises:
        InputError: a side cannot be read or found, no baseline or matrix is told, or the sides hold different cases.
    """
    store = RunStore(workspace)
    names = named(files)
    if baseline is None:
        if len(ids) != 1 or not files:
            raise InputError(
                "Expected --baseline: the run, pool or file that the others are compared with (it may be left out "
                "where one run and files are given)."
            )
        baseline = ids[0]
    file = _file_called(baseline, names)
    every = [*([] if file is not None else [baseline]), *ids]
    if matrix is None and not every:
        raise InputError("--predictions needs --matrix (a saved name, a preset or a file).")
    severity = load_matrix(workspace, matrix) if matrix is not None else results.own_matrix(store, every[0])
    runs = {id: results.predictions(store, id) for id in dict.fromkeys(every)}
    read = {
        path: replace(read_foreign(path, severity, scale=scale, allow_overlap=allow_overlap), id=name)
        for path, name in names.items()
    }
    found = {run.id: run for run in [*runs.values(), *read.values()]}
    reference = runs[baseline] if file is None else read[file]
    others = [run for id, run in found.items() if id != reference.id]
    matched = match([reference, *others], common=common) if files else Matched((reference, *others), 0)
    reference, *others = matched.sides
    of_runs = tuple(dict.fromkeys(run.id for run in runs.values()))
    members = {id: results.finished(store, id) for id in of_runs}
    # Once more: a file without groups may have taken those of another side, by which it knew its test cases.
    overlap = {side.id: overlap_of(side) for side in (reference, *others) if side.id in names.values()}
    overlap |= {run.id: results.own_overlap(run, members[run.id]) for run in runs.values()}
    for id, own in overlap.items():
        own.check(id, allow_overlap)
    return Sides(
        baseline=reference,
        others=tuple(others),
        matrix=severity,
        labels=results.labels(store, of_runs) | {run.id: run.id for run in read.values()},
        ids=of_runs,
        overlap={id: own for id, own in overlap.items() if own.sentences},
        left_out=matched.left_out,
        joined=matched.joined,
        synthetic=any(results.synthetic(own) for own in members.values()),
    )


def named(files: Sequence[Path]) -> dict[Path, str]:
    """What each different file is called: its name, or its path where another file has that name too.

    Example:
        >>> list(named([Path("ours.csv"), Path("one/vendor.csv"), Path("other/vendor.csv"), Path("ours.csv")]).values())
        ['ours.csv', 'one/vendor.csv', 'other/vendor.csv']
    """
    different: dict[Path, Path] = {}
    for file in files:
        different.setdefault(file.resolve(), file)
    counts = Counter(file.name for file in different.values())
    return {file: file.name if counts[file.name] == 1 else str(file) for file in different.values()}


def _file_called(baseline: str, names: Mapping[Path, str]) -> Path | None:
    """The file that is the baseline, by its path or name; None where it is a run."""
    by_path = [file for file in names if file.resolve() == Path(baseline).resolve()]
    found = by_path or [file for file in names if file.name == baseline]
    if len(found) > 1:
        raise InputError(f"--baseline: {len(found)} files are called {baseline}; give the path of one of them.")
    return found[0] if found else None
