"""Looks at a test part: which matrices, floors, wishes and dials a run's test figures were asked for.

Whoever tries many settings on one test part and keeps the best sees figures that flatter, like those of a part that a
dial was chosen on. So each new question is a line in the run's `looks.jsonl`, and their number stands beside the
figures. The run's own matrix at default settings is look 0, and the same question again is none. A line holds the
question and when it was first asked, nothing about who asked.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish
from riskcore.errors import InputError
from riskcore.files import mend_lines
from riskcore.readers import parse_json
from riskcore.runs import results
from riskcore.runs.folder import Run, now
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix

LOOKS = "looks.jsonl"
"""Name of the file in a run's folder; it only grows."""


@dataclass(frozen=True)
class Question:
    """What test figures are asked for.

    Attributes:
        matrix: the severity matrix that judges, classes in any order.
        caution: a wish, or a fixed dial.
        floor: the accuracy that runs are held to; None: what is usual, from the baseline's own.
        prevalence: share of critical classes that decisions were made for; None where they do not depend on one.
        data: which test part, as "NAME SPLIT"; "": the run's own.

    Example:
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> turned = matrix.reordered(["melanoma", "naevus"])
        >>> Question(matrix).digest == Question(turned).digest, Question(matrix, floor=0.8).as_dict()["floor"]
        (True, 0.8)
    """

    matrix: SeverityMatrix
    caution: Wish | Dial = field(default_factory=Wish)
    floor: float | None = None
    prevalence: float | None = None
    data: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready and the same for the same question: classes are sorted, clinical groups left out."""
        caution = self.caution
        said = str(caution) if isinstance(caution, Wish) else f"{caution.rule} {caution.aversion:.6g}"
        return {
            "matrix": _content(self.matrix),
            "caution": said,
            "floor": None if self.floor is None else round(self.floor, 6),
            "prevalence": self.prevalence,
            "data": self.data,
        }

    @property
    def digest(self) -> str:
        """Tells questions apart, in 16 characters."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()[:16]

    def is_default(self, run: Run) -> bool:
        """Whether this is look 0 of a run: its own matrix, at default settings."""
        usual = {str(Wish()), run.config.get("wish", str(Wish()))}
        if self.floor is not None or self.prevalence is not None or str(self.caution) not in usual:
            return False
        return _content(self.matrix) in _own(run.folder / "matrix.json")


@lru_cache(maxsize=512)
def _own(path: Path) -> list[dict[str, Any]]:
    """What a run's own matrix says, as it is and merged into its groups; it never changes, and a screen asks often."""
    own = SeverityMatrix.load(path)
    return [_content(own), _content(_merged(own))]


def _content(matrix: SeverityMatrix) -> dict[str, Any]:
    return {
        "classes": sorted(matrix.classes),
        "values": matrix.reordered(sorted(matrix.classes)).values.tolist(),
        "critical": float(matrix.critical),
    }


def _merged(matrix: SeverityMatrix) -> SeverityMatrix:
    return matrix if matrix.groups is None else matrix.merged_groups()


def looks(runs: Sequence[Run], data: str = "") -> int:
    """How many looks were taken at a test part: of a pool those of the member with most.

    A line that cannot be read counts: someone looked.

    Args:
        runs: a finished run, or the members of a pool.
        data: as in `Question`.
    """
    return max(sum(line is None or line["data"] == data for line in _questions(run.folder / LOOKS)) for run in runs)


def asked(runs: Sequence[Run], question: Question) -> bool:
    """Whether a question is no new look for any of the runs."""
    known = question.as_dict()
    return all(question.is_default(run) or known in _questions(run.folder / LOOKS) for run in runs)


def record(runs: Sequence[Run], question: Question) -> int | None:
    """Take a look: write it down where it is a new one, and count.

    Several processes may do so at once: each holds the file while it reads and appends a line. A line torn by a kill is
    cut off first.

    Args:
        runs: a finished run, or the members of a pool.
        question: what test figures are asked for.

    Returns:
        How many looks were taken at this test part; None where a folder cannot be written.
    """
    known = question.as_dict()
    for run in runs:
        if question.is_default(run):
            continue
        path = run.folder / LOOKS
        try:
            with path.open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # until it is closed
                mend_lines(path)
                if known in _questions(path):
                    continue
                file.write(json.dumps({"question": known, "asked": now()}).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            return None
    return looks(runs, question.data)


def looked(store: RunStore, ids: Sequence[str], question: Question) -> int | None:
    """`record` for runs or pools by their ids: the number of looks at the test part of that with most.

    Returns:
        None where a folder cannot be written, or no id is given.

    Raises:
        InputError: an id is unknown, or a run of it is not finished.
    """
    counts = [record(results.finished(store, id), question) for id in ids]
    return None if not counts or None in counts else max(count for count in counts if count is not None)


def _questions(path: Path) -> list[dict[str, Any] | None]:
    """What was asked, a line each; None for a damaged one. Nothing where there is no file, or it cannot be read."""
    try:
        written = path.read_bytes().split(b"\n")[:-1]
    except OSError:
        return []
    return [_question(line, str(path)) for line in written]


def _question(line: bytes, name: str) -> dict[str, Any] | None:
    with suppress(InputError):
        content = parse_json(line, name)
        question = content.get("question") if isinstance(content, dict) else None
        if isinstance(question, dict) and isinstance(question.get("data"), str):
            return question
    return None
