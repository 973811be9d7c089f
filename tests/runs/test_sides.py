"""What `compare` compares: finished runs and files, found, named and put onto the same cases."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax

from riskcore.comparing.comparison import compare
from riskcore.errors import InputError
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.runs import results
from riskcore.runs.sides import Sides, gather
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import save_matrix
from riskcore.workspace import Workspace
from tests.helpers.foreign_files import write_foreign
from tests.helpers.made_workspace import add_run
from tests.helpers.simulated import MATRIX, run

SMALL = {"n": 60, "groups": 30}


@pytest.fixture
def here(workspace: Workspace) -> Workspace:
    """With the matrix of the simulated files."""
    save_matrix(workspace, "simulated", MATRIX)
    return workspace


def vendor(path: Path, noise: int = 1, parts=("validation", "test"), **options) -> Path:
    return write_foreign(path, run(path.name, 2.0, noise=noise, **SMALL), parts, **options)


def stored(workspace: Workspace, **settings) -> RunPredictions:
    """Predictions of a finished run."""
    made = add_run(workspace, **settings)
    return results.predictions(RunStore(workspace), made.id)


def gap(sides: Sides) -> float:
    labels = sides.labels
    found = compare(sides.others, sides.baseline, sides.matrix, labels=labels, resamples=2).others[0].equal_accuracy
    assert found is not None
    return found.gap.value


def test_files_against_files(here: Workspace, tmp_path: Path) -> None:
    a, b, c = (vendor(tmp_path / f"{name}.csv", noise) for noise, name in enumerate("abc", start=1))
    sides = gather(here, [], [a, b, c], str(b), "simulated")
    assert (sides.baseline.id, [side.id for side in sides.others]) == ("b.csv", ["a.csv", "c.csv"])
    assert sides.labels == {name: name for name in ("a.csv", "b.csv", "c.csv")}
    assert (sides.ids, sides.overlap, sides.left_out, sides.synthetic, sides.notes) == ((), {}, 0, False, ())
    for side, noise in ((sides.baseline, 2), (sides.others[0], 1), (sides.others[1], 3)):
        (member,) = run("x", 2.0, noise=noise, **SMALL).members
        assert np.allclose(softmax(side.members[0].test.logits, axis=1), softmax(member.test.logits, axis=1))
        assert np.array_equal(side.members[0].test.groups, member.test.groups)
    for baseline in ("b.csv", f"{tmp_path}/../{tmp_path.name}/b.csv"):
        assert gather(here, [], [a, b], baseline, "simulated").baseline.id == "b.csv"


def test_columns_of_a_file_may_stand_in_any_order_and_its_rows_too(here: Workspace, tmp_path: Path) -> None:
    a, b = vendor(tmp_path / "a.csv", 1), vendor(tmp_path / "b.csv", 2)
    turned = vendor(tmp_path / "turned" / "a.csv", 1, columns=("c", "a", "b"))
    head, *rows = turned.read_text().splitlines()
    turned.write_text("\n".join([head, *rows[::-1]]))
    plain, other = (gather(here, [], [file, b], "b.csv", "simulated") for file in (a, turned))
    assert gap(other) == pytest.approx(gap(plain))


def test_a_file_given_twice_is_one_and_equal_names_are_told_apart_by_path(
    here: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = vendor(tmp_path / "one" / "vendor.csv", 1), vendor(tmp_path / "other" / "vendor.csv", 2)
    ours = vendor(tmp_path / "ours.csv", 3)
    monkeypatch.chdir(tmp_path)
    again = [ours, Path("ours.csv"), ours]
    sides = gather(here, [], [a, b, *again], str(b), "simulated")
    assert (sides.baseline.id, [side.id for side in sides.others]) == (str(b), [str(a), "ours.csv"])
    assert gather(here, [], [a, b], "one/vendor.csv", "simulated").baseline.id == str(a)
    with pytest.raises(InputError) as caught:
        gather(here, [], [a, b], "vendor.csv", "simulated")
    assert str(caught.value) == "--baseline: 2 files are called vendor.csv; give the path of one of them."
    alone = gather(here, [], again, "ours.csv", "simulated")
    assert alone.others == ()
    with pytest.raises(InputError, match=r"^There is nothing to compare ours\.csv with"):
        gap(alone)


def test_one_run_and_files_need_no_baseline_and_no_matrix(workspace: Workspace, tmp_path: Path) -> None:
    own = stored(workspace)
    file = write_foreign(tmp_path / "vendor.csv", own)
    sides = gather(workspace, [own.id], [file], None, None)
    assert (sides.baseline.id, [side.id for side in sides.others], sides.ids) == (own.id, ["vendor.csv"], (own.id,))
    assert sides.matrix.values.tolist() == results.own_matrix(RunStore(workspace), own.id).values.tolist()
    assert sides.labels == {own.id: "ce", "vendor.csv": "vendor.csv"}
    assert gap(sides) == pytest.approx(0.0)  # the same model
    turned = gather(workspace, [own.id], [file], str(file), None)
    assert (turned.baseline.id, [side.id for side in turned.others]) == ("vendor.csv", [own.id])
    assert turned.matrix.values.tolist() == sides.matrix.values.tolist()


def test_the_beginning_of_an_id_serves(workspace: Workspace, tmp_path: Path) -> None:
    own, other = stored(workspace), stored(workspace, loss="focal")
    file = write_foreign(tmp_path / "vendor.csv", own, groups=False)
    short = own.id[:-2]
    sides = gather(workspace, [short, own.id, other.id], [file], short, None)
    assert (sides.baseline.id, [side.id for side in sides.others]) == (own.id, [other.id, "vendor.csv"])
    assert sides.ids == (own.id, other.id)


def test_runs_alone_are_left_as_they_are(workspace: Workspace) -> None:
    one, other = stored(workspace), stored(workspace, loss="focal")
    sides = gather(workspace, [other.id], [], one.id, None)
    assert len(sides.baseline.members[0].validation) == len(one.members[0].validation) > 0
    assert sides.baseline.members[0].fold == one.members[0].fold


def test_a_pool_of_seeds_stands_beside_a_file(workspace: Workspace, tmp_path: Path) -> None:
    pool, _ = (add_run(workspace, seed=seed).pool for seed in (0, 1))
    own = results.predictions(RunStore(workspace), pool)
    file = write_foreign(tmp_path / "vendor.csv", RunPredictions("vendor", own.classes, own.members[:1]))
    sides = gather(workspace, [pool], [file], None, None)
    assert [member.seed for member in sides.baseline.members] == [0, 1]
    assert all(len(member.validation) for member in sides.baseline.members)
    assert np.isfinite(gap(sides))


def test_a_file_without_groups_takes_those_of_the_run(here: Workspace, tmp_path: Path) -> None:
    a, bare = vendor(tmp_path / "a.csv", 1), vendor(tmp_path / "bare.csv", 2, groups=False)
    for files in ([a, bare], [bare, a]):
        sides = gather(here, [], files, files[0].name, "simulated")
        for side in (sides.baseline, *sides.others):
            assert len(set(side.members[0].test.groups)) == 30
            assert len(set(side.members[0].validation.groups)) == 30


def test_samples_that_differ_are_refused_and_common_counts_what_it_leaves_out(here: Workspace, tmp_path: Path) -> None:
    a, b = vendor(tmp_path / "a.csv", 1, leave_out=["image7"]), vendor(tmp_path / "b.csv", 2)
    with pytest.raises(InputError) as caught:
        gather(here, [], [a, b], "b.csv", "simulated")
    assert str(caught.value) == (
        "b.csv and a.csv hold different test cases: 1 only in b.csv (image7); add --common to compare what both hold."
    )
    sides = gather(here, [], [a, b], "b.csv", "simulated", common=True)
    assert {len(side.members[0].test) for side in (sides.baseline, *sides.others)} == {59}
    assert sides.left_out == 1
    assert sides.notes == ("1 test case that not every side holds is left out.",)


def test_a_file_that_knew_its_test_cases_is_refused_or_said(here: Workspace, tmp_path: Path) -> None:
    (member,) = run("x", 2.0, **SMALL).members
    seen = replace(member.validation, groups=np.where(np.arange(60) < 5, member.test.groups, member.validation.groups))
    leaking = RunPredictions("x", MATRIX.classes, [Member(seen, member.test)])
    a, b = write_foreign(tmp_path / "a.csv", leaking), vendor(tmp_path / "b.csv", 2)
    with pytest.raises(InputError, match="--allow-overlap") as caught:
        gather(here, [], [a, b], "b.csv", "simulated")
    assert str(a) in str(caught.value)
    sides = gather(here, [], [a, b], "b.csv", "simulated", allow_overlap=True)
    assert {id: own.cases for id, own in sides.overlap.items()} == {"a.csv": 10}
    assert sides.notes == (
        "a.csv: 10 of 60 judged cases (5 groups) were seen in training or validation: the figures flatter.",
    )


def test_a_file_that_knew_its_test_cases_by_the_groups_of_another_is_refused_or_said(
    here: Workspace, tmp_path: Path
) -> None:
    """The other file tells that its validation holds patients of its test cases."""
    (member,) = run("x", 2.0, **SMALL).members
    arrays = ("logits", "truth", "samples", "groups")
    halves = [Cases(*(getattr(member.test, name)[rows] for name in arrays)) for rows in (slice(30, None), slice(0, 30))]
    leaking = RunPredictions("x", MATRIX.classes, [Member(*halves)])
    a, b = write_foreign(tmp_path / "a.csv", leaking, groups=False), vendor(tmp_path / "b.csv", 2)
    with pytest.raises(InputError, match=r"^a\.csv: .*30 of 30"):
        gather(here, [], [a, b], "b.csv", "simulated", common=True)
    sides = gather(here, [], [a, b], "b.csv", "simulated", common=True, allow_overlap=True)
    assert (sides.overlap["a.csv"].cases, sides.overlap["a.csv"].groups) == (30, 30)
    assert list(sides.overlap) == ["a.csv"]


def test_what_is_missing_is_said(here: Workspace, tmp_path: Path) -> None:
    a, b = vendor(tmp_path / "a.csv", 1), vendor(tmp_path / "b.csv", 2)
    with pytest.raises(InputError, match=r"^Expected --baseline: "):
        gather(here, [], [a, b], None, "simulated")
    one, other = stored(here), stored(here, loss="focal")
    with pytest.raises(InputError, match=r"^Expected --baseline: "):
        gather(here, [one.id, other.id], [a], None, None)
    with pytest.raises(InputError, match=r"^--predictions needs --matrix"):
        gather(here, [], [a, b], "b.csv", None)
    shutil.move(a, tmp_path / "gone.csv")
    with pytest.raises(InputError) as caught:
        gather(here, [], [a, b], "b.csv", "simulated")
    assert str(caught.value) == f"{a}: cannot be read (No such file or directory); check the path."
    save_matrix(here, "other", SeverityMatrix(["x", "y"], [[0, 1], [10, 0]]))
    with pytest.raises(InputError, match="there is no column 'x'; the columns are sample"):
        gather(here, [], [b], "b.csv", "other")
