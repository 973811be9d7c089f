"""Stored predictions: what comes back, and that a damaged file is refused and never read as other figures."""

import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from riskcore.errors import InputError
from riskcore.predictions import Cases
from riskcore.runs.predictions_file import load_predictions, read_predictions, write_predictions

CLASSES = ("naevus", "melanoma", "other")


def cases(count: int, seed: int) -> Cases:
    numbers = np.random.default_rng(seed)
    names = np.array([f"{seed}-{number:03}" for number in range(count)])
    sites = np.array(["arm", "leg"])[numbers.integers(0, 2, count)]
    return Cases(numbers.normal(size=(count, 3)), numbers.integers(0, 3, count), names, names, {"site": sites})


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "predictions.parquet"
    write_predictions(path, CLASSES, {"validation": cases(40, 1), "test": cases(50, 2)})
    return path


def same(path: Path) -> bool:
    classes, parts = read_predictions(path)
    return classes == CLASSES and all(
        np.array_equal(found.logits, given.logits)
        and np.array_equal(found.truth, given.truth)
        and found.samples.tolist() == given.samples.tolist()
        and found.groups.tolist() == given.groups.tolist()
        and {name: values.tolist() for name, values in found.subgroups.items()}
        == {name: values.tolist() for name, values in given.subgroups.items()}
        for found, given in ((parts["validation"], cases(40, 1)), (parts["test"], cases(50, 2)))
    )


def test_what_was_stored_comes_back(stored):
    assert same(stored)


def test_a_damaged_byte_is_refused_or_changes_nothing(stored):
    """The pages carry checksums; what is left, names and statistics, is checked or not read."""
    whole, choose, refused = stored.read_bytes(), random.Random(7), 0
    for _ in range(300):
        place = choose.randrange(len(whole))
        damaged = bytearray(whole)
        damaged[place] ^= 1 << choose.randrange(8)
        stored.write_bytes(damaged)
        try:
            unchanged = same(stored)
        except InputError:
            refused += 1
        else:
            assert unchanged, place
    assert refused > 100


@pytest.mark.parametrize("length", [0, 3, 100, -1])
def test_a_cut_file_is_refused(stored, length):
    stored.write_bytes(stored.read_bytes()[:length])
    with pytest.raises(InputError, match="no predictions can be read there"):
        read_predictions(stored)


def test_a_folder_or_nothing_is_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    for name in ("folder", "nothing"):
        with pytest.raises(InputError, match="no predictions can be read there"):
            read_predictions(tmp_path / name)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("truth", "nevus"),
        ("truth", None),
        ("split", "train"),
        ("logit naevus", float("nan")),
        ("logit other", float("inf")),
        ("logit other", "0.5"),
        ("logit melanoma", None),
    ],
)
def test_a_value_that_means_nothing_is_refused(stored, column, value):
    table = pq.read_table(stored)
    values = table[column].to_pylist()
    changed = [str(each) for each in values] if isinstance(values[0], float) and isinstance(value, str) else values
    changed[7] = value
    place = table.column_names.index(column)
    pq.write_table(table.set_column(place, column, pa.array(changed)), stored)
    with pytest.raises(InputError, match="no predictions can be read there"):
        read_predictions(stored)


@pytest.mark.parametrize("classes", ["{", '"naevus"', "[1, 2, 3]", '["naevus", "naevus", "other"]', '["naevus"]'])
def test_classes_that_are_not_those_of_the_file_are_refused(stored, classes):
    table = pq.read_table(stored)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"classes": classes.encode()}), stored)
    with pytest.raises(InputError, match="no predictions can be read there"):
        read_predictions(stored)


def test_runs_of_other_classes_are_not_joined(tmp_path, stored):
    other = tmp_path / "other.parquet"
    write_predictions(other, ("a", "b", "c"), {"validation": cases(4, 1), "test": cases(5, 2)})
    with pytest.raises(InputError, match="its runs have different classes"):
        load_predictions("pool", [(stored, 0, None), (other, 1, None)])
