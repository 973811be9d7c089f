"""Stored predictions as files: Parquet, one row a case with its logits, beside the run that made them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from riskcore.errors import InputError
from riskcore.files import write_atomic
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.readers import parse_json

if TYPE_CHECKING:
    import pyarrow as pa

PREDICTIONS = "predictions.parquet"
"""Name of the file in a run's folder."""

EVALUATIONS = "evaluations"
"""Name of the folder in a run's folder that keeps its predictions on other data sets."""

PARTS = ("validation", "test", "certify")
"""Whose logits are stored; the last where it was asked for."""

_LOGIT = "logit "
_STRANGE = "not of its kind"


def write_predictions(path: Path, classes: Sequence[str], parts: Mapping[str, Cases]) -> None:
    """Store the logits of each part as Parquet, atomically: split, sample, truth, group, subgroups, logits."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    subgroups = list(dict.fromkeys(name for cases in parts.values() for name in cases.subgroups))
    marked = any(cases.strange is not None for cases in parts.values())
    names = np.asarray(classes)
    tables = []
    for part, cases in parts.items():
        columns: dict[str, Any] = {
            "split": np.full(len(cases), part),
            "sample": cases.samples,
            "truth": names[cases.truth],
            "group": cases.groups,
        }
        columns |= {name: cases.subgroups.get(name, np.full(len(cases), "")) for name in subgroups}
        if marked:
            columns[_STRANGE] = np.zeros(len(cases), dtype=bool) if cases.strange is None else cases.strange
        columns |= {f"{_LOGIT}{label}": cases.logits[:, code] for code, label in enumerate(classes)}
        tables.append(pa.table(columns))
    metadata = {"classes": json.dumps(list(classes)), "subgroups": json.dumps(subgroups)}
    sink = pa.BufferOutputStream()
    pq.write_table(pa.concat_tables(tables).replace_schema_metadata(metadata), sink, write_page_checksum=True)
    write_atomic(path, sink.getvalue().to_pybytes())


def read_predictions(path: Path) -> tuple[tuple[str, ...], dict[str, Cases]]:
    """Classes and parts that `write_predictions` stored.

    Raises:
        InputError: the file is absent or damaged: it is no Parquet file, a checksum is wrong, or what it holds is not
            a finite logit for each class and a true class for each case.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, page_checksum_verification=True)
        return _parts(table)
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError, IndexError) as error:
        raise InputError(f"{path}: no predictions can be read there; train or evaluate the run again.") from error


def _parts(table: "pa.Table") -> tuple[tuple[str, ...], dict[str, Cases]]:
    """ValueError, KeyError or TypeError where the table is not as it was written."""
    classes, subgroups = (_names(table.schema.metadata, key) for key in (b"classes", b"subgroups"))
    columns = {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}
    index = {label: code for code, label in enumerate(classes)}
    truth = np.array([index[label] for label in columns["truth"]], dtype=np.int64)
    logits = np.stack([columns[f"{_LOGIT}{label}"] for label in classes], axis=1)
    if len(index) < len(classes) or logits.dtype.kind != "f" or not np.isfinite(logits).all():
        raise ValueError("a class stands twice, or a logit is no finite number")
    if not set(columns["split"]) <= set(PARTS):
        raise ValueError("a case belongs to no part")
    texts = {name: columns[name].astype(np.str_) for name in ("sample", "group", *subgroups)}
    parts = {}
    for part in PARTS:
        inside = columns["split"] == part
        parts[part] = Cases(
            logits=logits[inside],
            truth=truth[inside],
            samples=texts["sample"][inside],
            groups=texts["group"][inside],
            subgroups={name: texts[name][inside] for name in subgroups},
            strange=columns[_STRANGE][inside].astype(bool) if _STRANGE in columns else None,
        )
    return classes, parts


def _names(metadata: Mapping[bytes, bytes], key: bytes) -> tuple[str, ...]:
    names = parse_json(metadata[key], key.decode())
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("names must be texts")
    return tuple(names)


def load_predictions(id: str, members: Sequence[tuple[Path, int, int | None]]) -> RunPredictions:
    """The predictions of a run or pool.

    Args:
        id: as shown.
        members: (predictions file, seed, fold) of each run.

    Raises:
        InputError: a file cannot be read, or the runs have different classes.
    """
    classes: tuple[str, ...] = ()
    loaded = []
    for path, seed, fold in members:
        own, parts = read_predictions(path)
        if classes and own != classes:
            raise InputError(f"{id}: its runs have different classes ({', '.join(own)}; {', '.join(classes)}).")
        classes = own
        kept = parts["certify"]
        loaded.append(Member(parts["validation"], parts["test"], seed, fold, certify=kept if len(kept) else None))
    return RunPredictions(id, classes, loaded)
