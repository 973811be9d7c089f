"""Looks: what is a new question, what is none, and that none is lost when several look at once."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish
from riskcore.runs.folder import Run
from riskcore.runs.looks import LOOKS, Question, asked, looked, looks, record
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run


@pytest.fixture
def run(workspace: Workspace) -> Run:
    return add_run(workspace)


@pytest.fixture
def edited(patch_matrix: SeverityMatrix) -> SeverityMatrix:
    return SeverityMatrix(patch_matrix.classes, [[0, 3, 1], [10, 0, 10], [4, 1, 0]], critical=10)


def test_its_own_matrix_at_default_settings_is_look_0(run: Run, patch_matrix: SeverityMatrix) -> None:
    own = Question(patch_matrix)
    assert asked([run], own)
    assert record([run], own) == 0
    assert record([run], Question(patch_matrix.reordered(["unsure", "benign", "malignant"]))) == 0
    assert not (run.folder / LOOKS).exists()


def test_each_other_question_counts_once(run: Run, patch_matrix: SeverityMatrix, edited: SeverityMatrix) -> None:
    new = [
        Question(edited),
        Question(patch_matrix, Wish("accuracy_loss", 0.02)),
        Question(patch_matrix, Dial("critical", 0.25)),
        Question(patch_matrix, Dial("severity", 0.25)),
        Question(patch_matrix, floor=0.8),
        Question(patch_matrix, prevalence=0.1),
        Question(edited, floor=0.8),
    ]
    for number, question in enumerate(new, start=1):
        assert not asked([run], question)
        assert record([run], question) == number
        assert asked([run], question)
        assert record([run], question) == number  # the same question again is none
    assert record([run], Question(edited.reordered(["unsure", "benign", "malignant"]))) == len(new)
    assert record([run], Question(patch_matrix)) == len(new)
    lines = [json.loads(line) for line in (run.folder / LOOKS).read_text().splitlines()]
    assert [line["question"] for line in lines] == [question.as_dict() for question in new]
    assert {key for line in lines for key in line} == {"question", "asked"}


def test_another_data_set_is_another_test_part(run: Run, patch_matrix: SeverityMatrix, edited: SeverityMatrix) -> None:
    assert record([run], Question(patch_matrix, data="clinic all")) == 0
    assert record([run], Question(edited, data="clinic all")) == 1
    assert record([run], Question(edited)) == 1
    assert (looks([run]), looks([run], "clinic all"), looks([run], "clinic test")) == (1, 1, 0)


def test_a_pool_takes_a_look_with_every_member(workspace: Workspace, edited: SeverityMatrix) -> None:
    runs = [add_run(workspace, seed=seed) for seed in (0, 1)]
    assert record(runs[:1], Question(edited, floor=0.7)) == 1
    assert not asked(runs, Question(edited, floor=0.7))
    store = RunStore(workspace)
    assert looked(store, [runs[0].pool], Question(edited)) == 2
    assert [looks([run]) for run in runs] == [2, 1]
    assert looked(store, [runs[1].id, runs[0].id], Question(edited, floor=0.7)) == 2
    assert looked(store, [], Question(edited)) is None


def test_a_matrix_of_groups_is_the_own_one_of_a_run_that_knows_only_groups(workspace: Workspace) -> None:
    groups = {"benign": "harmless", "unsure": "harmless", "malignant": "dangerous"}
    matrix = SeverityMatrix.from_groups(groups, order=["harmless", "dangerous"])
    run = add_run(workspace)
    (run.folder / "matrix.json").write_text(matrix.to_json())
    assert Question(matrix).is_default(run)
    assert Question(matrix.merged_groups()).is_default(run)


def test_where_the_folder_cannot_be_written_nothing_is_counted(run: Run, edited: SeverityMatrix) -> None:
    (run.folder / LOOKS).mkdir()
    assert record([run], Question(edited)) is None
    assert looked(RunStore(Workspace(run.folder.parent.parent)), [run.id], Question(edited)) is None


def test_a_torn_line_is_cut_off_and_none_is_lost(run: Run, edited: SeverityMatrix) -> None:
    record([run], Question(edited))
    with (run.folder / LOOKS).open("a") as file:
        file.write('{"question": {"matr')
    assert record([run], Question(edited, floor=0.5)) == 2
    assert len((run.folder / LOOKS).read_text().splitlines()) == 2


@pytest.mark.parametrize(
    "damage", [b"{", b"\xff", b"5", b'{"question": 7}', b'{"question": {"data": 1}}', b"[" * 9_999]
)
def test_a_damaged_line_is_a_look_that_someone_took(run: Run, edited: SeverityMatrix, damage: bytes) -> None:
    """Left out, it would make the figures look fresher than they are."""
    record([run], Question(edited))
    file = run.folder / LOOKS
    file.write_bytes(damage + b"\n" + file.read_bytes())
    assert looks([run]) == 2
    assert asked([run], Question(edited))
    assert record([run], Question(edited, floor=0.5)) == 3
    assert file.read_bytes().startswith(damage + b"\n"), "nothing is rewritten"


def test_many_at_once_lose_nothing(run: Run, edited: SeverityMatrix) -> None:
    floors = [0.5 + number / 100 for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda floor: record([run], Question(edited, floor=floor)), [*floors, *floors]))
    code = (
        "import sys; from pathlib import Path; from riskcore.runs.folder import Run; "
        "from riskcore.runs.looks import *; from riskcore.severity import SeverityMatrix; "
        "run = Run(Path(sys.argv[1])); matrix = SeverityMatrix.load(run.folder / 'matrix.json'); "
        "[record([run], Question(matrix, floor=n / 100)) for n in range(20)]"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code, str(run.folder)]) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert looks([run]) == 24 + 20
    assert len(set((run.folder / LOOKS).read_text().splitlines())) == 44
