"""Compare's tab of what a model may answer by itself, in a browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from riskcore.runs.folder import Run
from riskcore.workspace import Workspace
from tests.helpers.browsers import settle
from tests.helpers.certified_runs import keep_part
from tests.helpers.made_workspace import add_run
from tests.helpers.servers import Server

TAB = "compare?compare_tab=Answer+or+hand+over"
SKILL = 3.0


@pytest.fixture
def run(workspace: Workspace) -> Run:
    made = add_run(workspace, skill=SKILL)
    keep_part(made, 2000, SKILL)
    return made


def choose(page: Page, label: str, option: str) -> None:
    settle(page)
    found = page.get_by_role("option", name=option, exact=True)
    for _ in range(8):  # a list that is drawn anew just then closes; scrolling closes one opened by mouse
        page.get_by_role("combobox", name=re.compile(label)).press("ArrowDown")
        try:
            found.click(timeout=4_000)
            break
        except TimeoutError:
            continue
    settle(page)


def test_cap_and_confidence_are_asked_for_and_stand_in_the_address(
    run: Run, workspace: Workspace, serve: Callable[..., Server], page: Page
) -> None:
    server = serve(workspace.root)
    page.goto(f"{server.address}/{TAB}")
    settle(page)
    promise = page.get_by_test_id("stAlert").filter(has_text="Certified with 95 % confidence")
    expect(promise).to_contain_text("at most 50 dangerous mistakes per 1,000 answered cases")
    figure = page.locator(".js-plotly-plot").last  # after those of the first screen
    for name in ("at this caution", "cap, 50", "threshold"):
        expect(figure.get_by_text(name, exact=True)).to_be_visible()
    pictures = page.get_by_test_id("stImage").locator("img")
    expect(pictures.first).to_be_visible()
    assert pictures.first.evaluate("image => image.naturalWidth") > 0
    expect(page.get_by_text("Answered by the model:")).to_be_visible()

    cap = page.get_by_role("spinbutton", name="Cap")
    cap.fill("1")
    cap.press("Enter")
    settle(page)
    expect(page.get_by_test_id("stAlert").filter(has_text="Not certifiable: with ")).to_be_visible()
    expect(page.get_by_text("Answered by the model:")).to_have_count(0)
    expect(page).to_have_url(re.compile("compare_cap=1"))

    choose(page, "At most", "Dangerous mistakes per 1,000 cases")
    choose(page, "Confidence", "on average")
    cap.fill("20")
    cap.press("Enter")
    settle(page)
    kept = page.get_by_test_id("stAlert").filter(has_text="Kept on average, without a confidence: at most 20 dangerous")
    expect(kept).to_be_visible()
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    settle(page)
    expect(kept).to_be_visible()
    assert not (run.folder / "looks.jsonl").exists()  # look 0: its own matrix at default settings


def test_a_run_without_such_patients_leads_to_train(
    workspace: Workspace, serve: Callable[..., Server], page: Page
) -> None:
    add_run(workspace)
    page.goto(f"{serve(workspace.root).address}/{TAB}")
    settle(page)
    expect(page.get_by_text("This training run kept no patients for a certificate.")).to_be_visible()
    page.get_by_test_id("stTabs").get_by_role("link", name="Train").click()
    settle(page)
    expect(page.locator("h1")).to_have_text("Train")
