"""The claims for finished runs: seeds apart, and averaged."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from riskcore.comparing.claims import claims
from riskcore.errors import InputError
from riskcore.reports import claims as claims_output
from riskcore.runs import results
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run

BARS_FILE = Path(__file__).parents[2] / "research" / "results" / "bars.yaml"
BARS = claims_output.read_bars(BARS_FILE)


def judge(store: RunStore, run: str, plain: str | None, usual: str, **settings: Any) -> dict[str, Any]:
    """The document with this project's bars."""
    return claims_output.judge(store, run, usual, plain, bars=BARS, **settings)


@pytest.fixture
def pools(workspace: Workspace) -> tuple[str, str, str]:
    """Ours, plain and usual, of two seeds each."""
    sides = (("label_smoothing", 2.5), ("ce", 1.5), ("focal", 1.0))
    runs = [[add_run(workspace, loss=loss, seed=seed, skill=skill) for seed in (0, 1)] for loss, skill in sides]
    ours, plain, usual = (own[0].pool for own in runs)
    return ours, plain, usual


def test_averaged_sides_are_judged_as_one_ensemble_each(workspace: Workspace, pools: tuple[str, str, str]) -> None:
    store = RunStore(workspace)
    apart = judge(store, *pools)
    joined = judge(store, *pools, average=True)
    assert (apart["seeds"], joined["seeds"]) == (2, 1)
    assert [apart[side]["averaged"] for side in ("run", "plain", "usual")] == [1, 1, 1]
    assert [joined[side]["averaged"] for side in ("run", "plain", "usual")] == [2, 2, 2]
    assert (joined["n"], joined["critical_cases"]) == (apart["n"], apart["critical_cases"])
    matrix = results.own_matrix(store, pools[0])
    ours, plain, usual = (results.predictions(store, pool).averaged() for pool in pools)
    by_hand = claims(ours, usual, matrix, plain=plain, bars=BARS)
    assert joined["claims"] == [claim.as_dict() for claim in by_hand]
    assert joined["claims"] != apart["claims"]


def test_the_file_says_how_many_seeds_and_networks(workspace: Workspace, pools: tuple[str, str, str]) -> None:
    store = RunStore(workspace)
    apart = claims_output.markdown(judge(store, *pools))
    joined = claims_output.markdown(judge(store, *pools, average=True))
    assert "; 2 seeds. Changes" in apart
    for paper in (apart, joined):
        assert (
            "Intervals resample groups, not seeds: they speak of these trainings; every dial is chosen anew in each "
            "replicate."
        ) in paper
    assert "averaged" not in apart
    assert "; 1 seed. Changes" in joined
    assert joined.count(", 2 seeds averaged") == 3


def test_an_ensemble_stands_against_each_usual_network(workspace: Workspace, pools: tuple[str, str, str]) -> None:
    store = RunStore(workspace)
    found = judge(store, *pools, average=True, usual_apart=True)
    assert [found[side]["averaged"] for side in ("run", "plain", "usual")] == [2, 2, 1]
    assert [found[side]["seeds"] for side in ("run", "plain", "usual")] == [1, 1, 2]
    together = judge(store, *pools, average=True)
    differing = {
        now["bar"]
        for now, then in zip(found["claims"], together["claims"], strict=True)
        if now["ours"] != then["ours"] or now["theirs"] != then["theirs"]
    }
    assert differing == {"usual"}
    assert claims_output.markdown(found).count(", 2 seeds, one network at a time") == 1
    usual, matrix = results.predictions(store, pools[2]), results.own_matrix(store, pools[2])
    right = [np.mean(member.test.logits.argmax(1) == member.test.truth) for member in usual.members]
    accuracy = found["claims"][1]
    assert (accuracy["bar"], accuracy["measure"]) == ("usual", "accuracy")
    assert accuracy["theirs"] == pytest.approx(np.mean(right))
    ensemble = results.predictions(store, pools[0]).averaged()
    alone = [
        claims(ensemble, one, matrix, bars=BARS)[0]
        for one in (
            dataclasses.replace(usual, members=[member for member in usual.members if member.seed == seed])
            for seed in usual.seeds
        )
    ]
    assert found["claims"][0]["ours"] == pytest.approx(np.mean([claim.ours for claim in alone]))


def test_from_five_seeds_on_the_document_speaks_of_recipes(workspace: Workspace) -> None:
    ours, usual = ([add_run(workspace, loss=loss, seed=seed) for seed in range(5)] for loss in ("ce", "focal"))
    document = judge(RunStore(workspace), ours[0].pool, None, usual[0].pool)
    assert "Intervals resample groups and seeds; every dial is chosen anew in each replicate." in (
        claims_output.markdown(document)
    )


def test_plain_that_is_the_run_itself_is_left_out_and_said_so(
    workspace: Workspace, pools: tuple[str, str, str]
) -> None:
    """Under the pool's own id, or, for one run, under the run's."""
    store, (ours, plain, usual) = RunStore(workspace), pools
    same = judge(store, ours, ours, usual)
    assert (same["plain"], same["plain_left_out"]) == (None, True)
    assert same["claims"] == judge(store, ours, None, usual)["claims"]  # Holm counts no line of it either
    assert {claim["bar"] for claim in same["claims"]} == {"usual"}
    paper = claims_output.markdown(same)
    assert claims_output.SAME_PLAIN in paper
    assert claims_output.NO_PLAIN not in paper
    assert "`plain`:" not in paper
    other = judge(store, ours, plain, usual)
    assert other["plain_left_out"] is False
    assert claims_output.SAME_PLAIN not in claims_output.markdown(other)
    single, against = (add_run(workspace, loss=loss, seed=0) for loss in ("margin", "class_weighted_ce"))
    assert judge(store, single.pool, single.id, against.id)["plain_left_out"] is True


def test_each_side_says_how_it_was_trained(workspace: Workspace, pools: tuple[str, str, str]) -> None:
    taught = [add_run(workspace, seed=seed, teachers=5) for seed in (0, 1)]
    document = judge(RunStore(workspace), taught[0].pool, *pools[1:])
    assert document["run"]["train"] == {"backbone": "frozen", "epochs": 2, "teachers": 5}
    assert document["plain"]["train"] == {"backbone": "frozen", "epochs": 2}
    assert "teachers" in claims_output.markdown(document)


def test_ensembles_of_different_size_are_not_compared(workspace: Workspace, pools: tuple[str, str, str]) -> None:
    single = add_run(workspace, loss="margin").pool
    with pytest.raises(InputError, match="have 1, 2 and 2 seeds; ensembles are compared with ensembles of as many"):
        judge(RunStore(workspace), single, *pools[1:], average=True)


def test_the_projects_bars_are_a_file(workspace: Workspace, pools: tuple[str, str, str]) -> None:
    """A half, a fifth, and 0.3 points in reserve stand in it, and in the document that was judged by it."""
    assert (BARS.usual.cer_lower, BARS.plain.cer_lower, BARS.usual.reserve) == (0.5, 0.2, 0.003)
    document = judge(RunStore(workspace), *pools)
    assert document["bars"] == BARS.model_dump(mode="json")
    assert [claim["bar"] for claim in document["claims"]] == ["usual"] * 2 + ["plain"] * 3 + ["harmless"] * 5
    paper = claims_output.markdown(document)
    assert "CER at 20 % over-calls" in paper
    assert "| < -50.0 |" in paper
    assert claims_output.NO_BARS not in paper
    assert claims_output.NO_PLAIN not in paper


def test_without_bars_nothing_is_claimed(workspace: Workspace, pools: tuple[str, str, str]) -> None:
    ours, plain, usual = pools
    document = claims_output.judge(RunStore(workspace), ours, usual, plain)
    assert document["bars"] is None
    assert {claim["met"] for claim in document["claims"]} == {None}
    paper = claims_output.markdown(document)
    assert claims_output.NO_BARS in paper
    assert "Met:" not in paper
    table = [row for row in claims_output.rows(document["claims"]) if len(row) > 1]
    assert [row[4:] for row in table] == [["–"] * 4] * 8


def test_without_plain_training_the_document_says_what_is_left_out(
    workspace: Workspace, pools: tuple[str, str, str]
) -> None:
    document = judge(RunStore(workspace), pools[0], None, pools[2])
    assert document["plain"] is None
    assert {claim["bar"] for claim in document["claims"]} == {"usual"}
    paper = claims_output.markdown(document)
    assert claims_output.NO_PLAIN in paper
    assert paper.count("\n## ") == 1
    assert "`plain`:" not in paper
    assert [row[0] for row in claims_output.rows(document["claims"])][1:] == ["CER", "accuracy"]
    single = add_run(workspace, loss="margin").pool
    with pytest.raises(InputError, match="have 1 and 2 seeds; ensembles are compared"):
        judge(RunStore(workspace), single, None, pools[2], average=True)


def test_bars_that_are_none_are_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "bars.yaml"
    path.write_text("usual: {cer_lowr: 0.5}\n")
    with pytest.raises(InputError, match="cer_lower"):
        claims_output.read_bars(path)
