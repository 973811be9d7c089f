"""Any model's predictions, a vendor's too, from a CSV file: judged like a run's, without training."""

from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from riskcore.errors import InputError
from riskcore.foreign_text import listed, quoted
from riskcore.judging.overlap import overlap_of
from riskcore.judging.scale import Scale, fail, logits_of
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.readers import (
    CSV_MOST,
    check_split_column,
    meant_names,
    missing_column,
    parse_csv,
    read_bytes,
    split_of,
    stands_for_nothing,
    with_groups,
    with_known_names,
)
from riskcore.severity import SeverityMatrix

if TYPE_CHECKING:
    import pandas as pd

_SPLITS = ("validation", "test", "train", "certify")
_NAMED = ("sample", "truth", "split")


def read_foreign(
    source: Path | IO[bytes],
    matrix: SeverityMatrix,
    *,
    name: str | None = None,
    scale: Scale = "probability",
    allow_overlap: bool = False,
) -> RunPredictions:
    """Read predictions: CSV with `sample`, `truth`, one column a class, and optional columns; names in any case.

    Args:
        source: the file, by its path or open (an upload, which then need not be written to disk). `split`
            (validation, test, train; certify: kept for a certificate) is optional, without it every row is a test
            case; so is `group` or `patient` (patient, slide, lesion). Every other column divides the cases into
            subgroups.
        matrix: the severity matrix, whose class names are the columns' names.
        name: what errors and the result call the file; needed for an open one, by default the path.
        scale: what the columns of the classes hold: probabilities, percentages or logits.
        allow_overlap: read a file in which a group stands in test and in validation or training, too; `overlap_of`
            the result says how many.

    Returns:
        One member; its logits are those of the file or the logarithms of its probabilities, in the order of the
        matrix's classes.

    Raises:
        InputError: a column is missing or twice there, a truth or split unknown, a sample stands twice, a cell is no
            number of the scale, a row's probabilities do not sum to 1 (`scale.logits_of`), there is no test case, or a
            group of test cases stands in another part and that is not allowed.

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
    logits = logits_of(table[list(matrix.classes)], scale, shown)

    def refuse(wrong: "pd.Series[bool]", column: str, reason: str) -> None:
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            fail(shown, table, row, f"{column} {quoted(table[column].iloc[row])} {reason}")

    classes = table["truth"].map(meant_names(table["truth"].unique(), matrix.classes))
    refuse(classes.isna(), "truth", f"is no class of the matrix ({listed(matrix.classes)}).")
    refuse(table["sample"] == "", "sample", "is empty; name each case.")
    refuse(table["sample"].duplicated(), "sample", "stands twice; list each case once.")
    if "split" not in table:
        table["split"] = "test"
    known = {text: split_of(text) or ("certify" if text.lower() == "certify" else None) for text in set(table["split"])}
    splits = table["split"].map(known)
    refuse(splits.isna(), "split", f"is unknown; expected one of {', '.join(_SPLITS)}.")
    table["split"] = splits
    if not (table["split"] == "test").any():
        raise InputError(f"{shown}: no row has split = test; there is nothing to judge.")

    groups = table["sample"]
    if "group" in table:
        groups = table["group"].mask(table["group"].map(stands_for_nothing), groups)
    place = {label: index for index, label in enumerate(matrix.classes)}
    truth = np.asarray(classes.map(place), dtype=np.int64)
    subgroups = [str(name) for name in table if name not in {*_NAMED, "group", *matrix.classes}]

    def part(split: str) -> Cases:
        inside = (table["split"] == split).to_numpy()
        return Cases(
            logits=logits[inside],
            truth=truth[inside],
            samples=table["sample"][inside].to_numpy(dtype=np.str_),
            groups=groups[inside].to_numpy(dtype=np.str_),
            subgroups={column: table[column][inside].to_numpy(dtype=np.str_) for column in subgroups},
        )

    id = source.name if isinstance(source, Path) and name is None else shown
    trained = frozenset(groups[table["split"] == "train"])
    kept = part("certify") if (table["split"] == "certify").any() else None
    member = Member(part("validation"), part("test"), training_groups=trained, certify=kept)
    run = RunPredictions(id, matrix.classes, [member])
    overlap_of(run).check(shown, allow_overlap)
    return run


def _read(source: Path | IO[bytes], needed: list[str], shown: str) -> "pd.DataFrame":
    content = read_bytes(source, CSV_MOST) if isinstance(source, Path) else source.read()
    table = with_known_names(parse_csv(content, shown), [*_NAMED, *needed], shown)
    if missing := [name for name in needed if name not in table]:
        raise InputError(f"{shown}: {missing_column(missing[0], table)}")
    others = table.drop(columns=needed)
    check_split_column(others, shown)
    return table[needed].join(with_groups(others))
