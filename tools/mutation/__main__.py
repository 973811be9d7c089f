"""Mutants of the code that judges: does a test fail when a line is wrong? ``make mutate``, or with options
``python -m tools.mutation --help``."""

import argparse
import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tools.mutation import forked
from tools.mutation.places import Mutant, of_line, sample
from tools.mutation.results import WANTED, Row, append_row, killed_share, read_equivalents, read_rows, row_of, table

ROOT = Path(__file__).parents[2]
EQUIVALENTS = Path(__file__).with_name("equivalents.csv")
RESULTS = ROOT / "build" / "mutants.csv"
SIZE, SEED, WORKERS = 200, 24, 2


def mirror(file: str) -> str:
    """The test file of a module."""
    path = Path(file)
    return str(Path("tests", *path.parts[1:-1], f"test_{path.name}"))


def targets(root: Path, file: str) -> tuple[str, ...]:
    """What may kill a mutant of a module: its doctests and its mirror test."""
    return (file, mirror(file)) if (root / mirror(file)).exists() else (file,)


def digest(root: Path, file: str) -> str:
    texts = [(root / target).read_bytes() for target in targets(root, file)]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:12]


def check_out(commit: str, folder: Path) -> Path:
    """A copy of the tree as it is in a commit; the checkout itself is never changed."""
    folder.mkdir()
    tree = ("riskcore", "tests", "docs", "pyproject.toml")
    archive = subprocess.run(["git", "archive", commit, *tree], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x"], cwd=folder, input=archive, check=True)
    return folder


class Baseline:
    """What the unmutated tests of a module take; mutants of a module whose own tests fail say nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.results: dict[str, forked.Result] = {}

    def durations(self, file: str) -> str:
        return str(self._folder / f"{file.replace('/', '.')}.json")

    def measure(self, copies: list[Path], files: list[str]) -> None:
        jobs = [forked.Job(targets(copies[0], file), {}, durations=self.durations(file), writes=True) for file in files]
        for job, result in forked.run_all(copies, jobs):
            self.results[job.targets[0]] = result
            state = result.outcome if result.outcome == "passed" else f"{result.outcome}\n{result.log[-2000:]}"
            print(f"unmutated {job.targets[0]}: {state}, {result.cpu:.1f} s", flush=True)

    def job(self, copy: Path, mutant: Mutant) -> forked.Job:
        plain = self.results[mutant.file]
        return forked.Job(
            targets(copy, mutant.file),
            {mutant.file: mutant.code},
            plain.cpu * forked.CPU_FACTOR + forked.CPU_SECONDS,
            plain.wall * forked.WALL_FACTOR + forked.WALL_SECONDS,
            self.durations(mutant.file),
        )


def main() -> int:
    """Exit code 0: enough mutants are killed; 1: too few; 2: tests fail without any mutant."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutation", description=__doc__)
    parser.add_argument("--commit", default="HEAD", help="whose code and tests (HEAD)")
    parser.add_argument("--size", type=int, default=SIZE, help=f"mutants ({SIZE})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the sample ({SEED})")
    parser.add_argument("--only", default="", help="files whose path contains this; the sample stays the same")
    parser.add_argument("--line", action="append", metavar="FILE:N", help="every mutant of this line, not the sample")
    parser.add_argument("--results", type=Path, default=RESULTS, help="rows are added here (build/mutants.csv)")
    parser.add_argument("--fresh", action="store_true", help="run all, also those with a row")
    given = parser.parse_args()
    revision = ["git", "rev-parse", "--short=12", given.commit]
    commit = subprocess.run(revision, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    started = time.monotonic()
    if given.fresh:
        given.results.unlink(missing_ok=True)
    known = read_equivalents(EQUIVALENTS)
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name)
        copies = [check_out(commit, folder / f"copy{number}") for number in range(WORKERS)]
        if given.line:
            lines = [each.rpartition(":") for each in given.line]
            mutants = [each for file, _, line in lines for each in of_line(copies[0], file, int(line))]
        else:
            mutants = [each for each in sample(copies[0], given.size, given.seed) if given.only in each.file]
        digests = {file: digest(copies[0], file) for file in {mutant.file for mutant in mutants}}
        rows = {(row.key, row.digest): row for row in read_rows(given.results)}
        done = {each.key: rows.get((each.key, digests[each.file])) for each in mutants}
        waiting = [each for each in mutants if done[each.key] is None and each.key not in known]
        print(f"{len(mutants)} mutants of {commit}, {len(waiting)} to run", flush=True)
        baseline = Baseline(folder)
        if waiting:
            forked.preload()
            baseline.measure(copies, sorted({mutant.file for mutant in waiting}))
        broken = [file for file, result in baseline.results.items() if result.outcome != "passed"]
        waiting = [each for each in waiting if each.file not in broken]
        for mutant, row in _run(copies, waiting, baseline, commit, digests):
            append_row(given.results, row)
            done[mutant.key] = row
            left = sum(done[each.key] is None for each in waiting)
            print(f"{row.outcome:8} {mutant.file}:{mutant.line} {mutant.operator}, {left} left", flush=True)
        judged = []
        for each in mutants:
            row = done[each.key]
            if each.key in known:
                judged.append(row_of(each, "equivalent", 0.0, commit, digests[each.file]))
            elif row is not None:
                judged.append(row)
    print(f"\n{table(judged)}\n\nRows: {given.results}; {(time.monotonic() - started) / 60:.1f} minutes")
    if broken:
        print(f"Not judged, for their own tests fail: {', '.join(broken)}")
        return 2
    return 0 if killed_share(judged) >= WANTED else 1


def _run(
    copies: list[Path], mutants: list[Mutant], baseline: Baseline, commit: str, digests: dict[str, str]
) -> Iterator[tuple[Mutant, Row]]:
    jobs = {id(job): (job, mutant) for mutant in mutants for job in [baseline.job(copies[0], mutant)]}
    outcomes = {"passed": "survived", "failed": "killed", "timeout": "timeout", "error": "killed"}
    for job, result in forked.run_all(copies, [job for job, _ in jobs.values()]):
        mutant = jobs[id(job)][1]
        yield mutant, row_of(mutant, outcomes[result.outcome], result.cpu, commit, digests[mutant.file])


if __name__ == "__main__":
    sys.exit(main())
