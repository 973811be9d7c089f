"""The whole way on real images, as a researcher goes it: register, audit, reproduce, compare, predict."""

from pathlib import Path

import pytest

PROTOCOL = """
title: BreaKHis, small
data: {name: breakhis, classes: groups, folds: 3}
models: {name: tf_efficientnet_lite0, size: 64}
losses: [ce, {form: log_harm, strength: 3}]
train: {backbone: frozen, views: 2, epochs: 5, device: cpu}
baselines: [ce]
"""


def test_breakhis_from_its_published_tree_to_a_comparison_and_a_prediction(
    riskcore, real_data: Path, tmp_path: Path
) -> None:
    added = riskcore.json("data", "add", "breakhis", real_data / "breakhis")
    assert (added["format"], added["images"], added["has_groups"]) == ("breakhis", 422, True)
    assert riskcore.json("data", "audit", "breakhis")["unreadable"] == []
    protocol = tmp_path / "breakhis.yaml"
    protocol.write_text(PROTOCOL)
    (table,) = riskcore.json("reproduce", protocol, "-o", tmp_path / "results")["tables"]
    assert (table["n"], table["groups"], table["critical_cases"]) == (422, 23, 212)

    baseline, other = (row["id"] for row in table["rows"])
    compared = riskcore.json("compare", other, "--baseline", baseline)
    answer = compared["runs"][1]["equal_accuracy"]
    assert answer["safer"] in ("yes", "no", "cannot tell", "unreachable")
    assert answer["gap"]["value"] == pytest.approx(answer["cer"] - answer["baseline_cer"], abs=1e-9)
    assert answer["gap"]["n"] == 422

    run = riskcore.json("runs", "list")[0]["id"]
    image = next((real_data / "breakhis").rglob("SOB_M_DC-*.png"))
    (seen,) = riskcore.json("predict", run, image)
    assert set(seen["probabilities"]) == {"benign", "malignant"}
    assert abs(sum(seen["probabilities"].values()) - 1) < 1e-6
