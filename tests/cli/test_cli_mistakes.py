"""riskcore mistakes: lists of what runs call wrong, and marks on labels that look wrong, as a user asks for them."""

import csv
import io
from pathlib import Path

import pytest

from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.judging.side_by_side import mistaken_cases
from riskcore.runs import results
from riskcore.runs.looks import looks
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace
from tests.helpers.command_line import CommandLine
from tests.helpers.made_workspace import add_run


@pytest.fixture
def here(workspace: Workspace) -> tuple[CommandLine, str, str]:
    """Two pools of two seeds."""
    ids = []
    for loss in ("ce", "focal"):
        for seed in (0, 1):
            run = add_run(workspace, loss=loss, seed=seed, skill=0.8)
        ids.append(run.pool)
    return CommandLine(workspace.root), ids[0], ids[1]


def expected(workspace: Workspace, ids: list[str], **filters):
    store = RunStore(workspace)
    matrix = results.own_matrix(store, ids[0])
    sides = [pooled_decisions(JudgedRun(results.predictions(store, id), matrix), Wish()) for id in ids]
    return mistaken_cases(sides, range(len(ids)), **filters)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_two_runs_side_by_side_worst_first(here, tmp_path: Path) -> None:
    riskcore, ce, focal = here
    file = tmp_path / "list.csv"
    done = riskcore("mistakes", "export", ce, focal, "-o", file)
    found = expected(riskcore.workspace, [ce, focal], critical_only=True)
    assert found
    assert done.stdout == ""
    assert f"{len(found)} of 30 test images are called dangerously wrong by at least one of the two" in done.stderr
    assert "Look 0 at this test part" in done.stderr
    listed = rows(file.read_text())
    assert [row["sample"] for row in listed] == [case.sample for case in found]
    for row, case in zip(listed, found, strict=True):
        assert (row["truth"], row["group"], row["looks_mislabelled"]) == (case.truth, case.group, "False")
        for name, call in zip(("ce", "focal"), case.calls, strict=True):
            assert row[f"{name}: call"] == call.said
            assert float(row[f"{name}: probability"]) == pytest.approx(call.probability)
            assert float(row[f"{name}: truth probability"]) == pytest.approx(call.truth_probability)
            assert (row[f"{name}: critical"], row[f"{name}: seeds"]) == (str(call.critical), str(call.seeds))
            assert row[f"{name}: of seeds"] == "2"
    assert any(row["ce: critical"] != row["focal: critical"] for row in listed)


def test_without_a_file_the_list_is_on_stdout_and_json_holds_the_same(here, tmp_path: Path) -> None:
    riskcore, ce, _ = here
    listed = rows(riskcore("mistakes", "export", ce, "--all").stdout)
    found = expected(riskcore.workspace, [ce])
    assert [row["sample"] for row in listed] == [case.sample for case in found]
    document = riskcore.json("mistakes", "export", ce, "--all", "-o", tmp_path / "beside.csv")
    assert rows((tmp_path / "beside.csv").read_text()) == listed
    assert (document["runs"], document["data"], document["n"], document["looks"]) == ([ce], "patches", 30, 0)
    assert [row["sample"] for row in document["mistakes"]] == [case.sample for case in found]
    assert [row["calls"][0]["call"] for row in document["mistakes"]] == [case.calls[0].said for case in found]
    assert len(listed) > len(rows(riskcore("mistakes", "export", ce).stdout))


def test_another_dial_is_a_look_and_validation_is_none(here) -> None:
    riskcore, ce, _ = here
    members = results.finished(RunStore(riskcore.workspace), ce)
    validation = riskcore("mistakes", "export", ce, "--aversion", "0.9", "--split", "validation")
    assert "flatter" in validation.stderr
    assert looks(members) == 0
    document = riskcore.json("mistakes", "export", ce, "--aversion", "0.9", "--rule", "critical")
    assert (document["looks"], looks(members)) == (1, 1)
    assert document["dials"] == [[{"rule": "critical", "aversion": 0.9}] * 2]
    store = RunStore(riskcore.workspace)
    judged = JudgedRun(results.predictions(store, ce), results.own_matrix(store, ce))
    side = pooled_decisions(judged, Dial("critical", 0.9))
    assert len(document["mistakes"]) == len(mistaken_cases([side], critical_only=True))


def test_a_mark_is_kept_listed_and_exported(here, tmp_path: Path) -> None:
    riskcore, ce, _ = here
    assert "No image is marked" in riskcore("mistakes", "marked", "patches").stdout
    sample = expected(riskcore.workspace, [ce], critical_only=True)[0].sample
    said = riskcore.json("mistakes", "mark", "patches", sample, "--note", "=1+1")
    assert said == {"data": "patches", "sample": sample, "looks_mislabelled": True, "marked": 1}
    assert "1 image is marked as mislabelled." in riskcore("data", "audit", "patches").stdout
    (marked,) = riskcore.json("mistakes", "marked", "patches")
    assert (marked["sample"], marked["note"]) == (sample, "=1+1")
    first = rows(riskcore("mistakes", "export", ce).stdout)[0]
    assert (first["sample"], first["looks_mislabelled"], first["note"]) == (sample, "True", "'=1+1")
    assert "no longer marked; 0 in patches are" in riskcore("mistakes", "mark", "patches", sample, "--remove").stdout
    assert riskcore.json("mistakes", "marked", "patches") == []


def test_what_is_wrong_is_one_line(here) -> None:
    riskcore, ce, focal = here
    assert "one run or two, but got 3" in riskcore.error("mistakes", "export", ce, focal, ce)
    assert "has no image 'nothing.png'" in riskcore.error("mistakes", "mark", "patches", "nothing.png")
    assert "No run" in riskcore.error("mistakes", "export", "nothing")
    (riskcore.workspace.marks).mkdir()
    (riskcore.workspace.marks / "patches.json").write_text("{}")
    assert "this is no list of marks" in riskcore.error("mistakes", "export", ce)
