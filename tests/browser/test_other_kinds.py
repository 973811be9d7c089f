"""Predict in a browser: a CT slice, a brain MRI and a colour ultrasound before a model of coloured pictures."""

import csv
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from riskcore.words.images.risk_level import STRANGE
from riskcore.workspace import Workspace
from tests.helpers.browsers import settle
from tests.helpers.other_kinds import NAMES, other_kinds
from tests.helpers.servers import Server
from tests.helpers.trained_runs import trained


def test_they_are_turned_away_on_the_cards_and_in_the_file(
    workspace: Workspace, patches: Path, serve: Callable[..., Server], page: Page, tmp_path: Path
) -> None:
    trained(workspace, model={"name": "tf_efficientnet_lite0", "size": 64})
    genuine = patches / "malignant" / "001.png"
    page.goto(f"{serve(workspace.root).address}/predict")
    settle(page)
    page.locator("input[type=file]").set_input_files([genuine, *other_kinds()])
    bars = page.locator("[class*=st-key-predict_level_strange_]")
    expect(bars).to_have_count(3, timeout=60_000)
    settle(page)
    expect(bars.first).to_contain_text(STRANGE.words)
    assert bars.first.evaluate("bar => getComputedStyle(bar).backgroundColor") == "rgb(187, 187, 187)"
    expect(page.get_by_text("Not judged: it is")).to_have_count(3)
    expect(page.get_by_text(f"What to do. {STRANGE.to_do}")).to_have_count(3)
    for details in page.locator(".st-key-predict_cards summary").all():
        details.click()
    expect(page.get_by_role("img", name="A training image, labelled")).to_have_count(12)
    cards = page.locator(".st-key-predict_cards").inner_text()
    places = [cards.index(name) for name in (*NAMES, genuine.name)]
    assert places[3] == max(places)  # what is judged comes after what is not

    page.get_by_role("button", name="Keep").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the table (CSV)").click()
    download.value.save_as(tmp_path / "predictions.csv")
    with (tmp_path / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["judged"] for row in rows] == ["False"] * 3 + ["True"]
    assert all(row["why"] and row["risk"] == STRANGE.words for row in rows[:3])
    given = ("decision", "class", "probability", "critical_probability", "expected_severity", "advice", "error")
    assert not any(row[name] for row in rows[:3] for name in given)
    assert all(rows[3][name] for name in given[:-1])
