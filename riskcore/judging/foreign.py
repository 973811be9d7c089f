"""Any model's predictions, a vendor's too, from a CSV file: judged like a run's, without training."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

import numpy as np
from numpy.typing import NDArray

from riskcore.errors import InputError
from riskcore.foreign_text import listed, quoted
from riskcore.judging.overlap import overlap_of
from riskcore.predictions import LEAST_PROBABILITY, Cases, Member, RunPredictions
from riskcore.readers import CSV_MOST, parse_csv, read_bytes
from riskcore.severity import SeverityMatrix

if TYPE_CHECKING:
    import pandas as pd

SUM_TOLERANCE = 1e-2
"""Rounded probabilities may miss a sum of 1 by this."""

_SPLITS = ("validation", "test", "train")


def read_foreign(
    source: Path | IO[bytes], matrix: SeverityMatrix, *, name: str | None = None, allow_overlap: bool = False
) -> RunPredictions:
    """Read predictions: CSV with `sample`, `truth`, one probability column a class, and optional columns.

    Args:
        source: the file, by its path or open (an upload, which then need not be written to disk). `split`
            (validation, test, train) is optional, without it every row is a test case; so is `group` (patient,
            slide, lesion). Every other column divides the cases into subgroups.
        matrix: the severity matrix, whose class names are the columns' names.
        name: what errors and the result call the file; needed for an open one, by default the path.
        allow_overlap: read a file in which a group stands in test and in validation or training, too; `overlap_of`
            the result says how many.

    Returns:
        One member; its logits are the logarithms of the probabilities, in the order of the matrix's classes.

    Raises:
        InputError: a column is missing, a truth or split unknown, a sample stands twice, a probability is no share,
            a row's probabilities do not sum to 1, there is no test case, or a group of test cases stands in another
            part and that is not allowed.

    Example:
        >>> import io
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> upload = io.BytesIO(b"sample,truth,melanoma,naevus\\na.png,naevus,0.25,0.75\\n")
        >>> run = read_foreign(upload, matrix, name="vendor.csv")
        >>> run.id, run.members[0].test.samples.tolist()
        ('vendor.csv', ['a.png'])
    """
    shown = name or str(source)
    table = _read(source, ["sample", "truth", *matrix.classes], shown)
    probabilities = _probabilities(table, matrix.classes, shown)

    def refuse(wrong: "pd.Series[bool]", column: str, reason: str) -> None:
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            _fail(shown, row, f"{column} {quoted(table[column][row])} {reason}")

    known = listed(matrix.classes)
    refuse(~table["truth"].isin(matrix.classes), "truth", f"is no class of the matrix ({known}).")
    refuse(table["sample"].duplicated(), "sample", "stands twice; list each case once.")
    if "split" not in table:
        table["split"] = "test"
    refuse(~table["split"].isin(_SPLITS), "split", f"is unknown; expected one of {', '.join(_SPLITS)}.")
    if not (table["split"] == "test").any():
        raise InputError(f"{shown}: no row has split = test; there is nothing to judge.")

    groups = table["group"].where(table["group"] != "", table["sample"]) if "group" in table else table["sample"]
    truth = np.array([matrix.classes.index(label) for label in table["truth"]], dtype=np.int64)
    subgroups = [str(name) for name in table if name not in {"sample", "truth", "split", "group", *matrix.classes}]

    def part(split: str) -> Cases:
        inside = (table["split"] == split).to_numpy()
        return Cases(
            logits=np.log(np.maximum(probabilities[inside], LEAST_PROBABILITY)),
            truth=truth[inside],
            samples=table["sample"][inside].to_numpy(dtype=np.str_),
            groups=groups[inside].to_numpy(dtype=np.str_),
            subgroups={column: table[column][inside].to_numpy(dtype=np.str_) for column in subgroups},
        )

    id = source.name if isinstance(source, Path) and name is None else shown
    trained = frozenset(groups[table["split"] == "train"])
    run = RunPredictions(id, matrix.classes, [Member(part("validation"), part("test"), training_groups=trained)])
    overlap_of(run).check(shown, allow_overlap)
    return run


def _read(source: Path | IO[bytes], needed: Sequence[str], shown: str) -> "pd.DataFrame":
    content = read_bytes(source, CSV_MOST) if isinstance(source, Path) else source.read()
    table = parse_csv(content, shown)
    if missing := [name for name in needed if name not in table]:
        raise InputError(f"{shown}: the column {quoted(missing[0])} is missing; it needs {listed(needed)}.")
    return table


def _probabilities(table: "pd.DataFrame", classes: Sequence[str], shown: str) -> NDArray[np.float64]:
    import pandas as pd

    numbers = table[list(classes)].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    bad = ~np.isfinite(numbers) | (numbers < 0) | (numbers > 1)
    if bad.any():
        row, column = (int(where[0]) for where in np.nonzero(bad))
        label = classes[column]
        _fail(
            shown,
            row,
            f"column {quoted(label)}: {quoted(table[label][row])} is no probability; give a number from 0 to 1.",
        )
    sums = numbers.sum(axis=1)
    off = np.abs(sums - 1) > SUM_TOLERANCE
    if off.any():
        row = int(np.flatnonzero(off)[0])
        such = f"{int(off.sum()):,} such row{'' if off.sum() == 1 else 's'}"
        _fail(shown, row, f"the probabilities sum to {sums[row]:.4g}, not to 1 ({such}); give shares of one whole.")
    return numbers


def _fail(shown: str, row: int, reason: str) -> NoReturn:
    raise InputError(f"{shown}, line {row + 2}: {reason}")
