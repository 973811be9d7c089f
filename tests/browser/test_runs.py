"""Runs in a browser: several are ticked, one is named, a deletion is undone, and no click falls on another run."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from riskcore.data.manifest import register
from riskcore.data.registry import save_dataset
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import save_matrix
from riskcore.workspace import Workspace
from tests.conftest import write_patches
from tests.helpers.browsers import settle
from tests.helpers.made_workspace import add_run
from tests.helpers.servers import Server

ROW, TICKS, BUTTONS = 35, 17, 70
"""Pixels: the height of a row and of the head, and how far from the left the ticks and the buttons are."""

Serve = Callable[..., Server]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    here = Workspace(tmp_path / "workspace")
    save_dataset(here, register("patches", write_patches(tmp_path / "patches")))
    values = [[0, 3, 1], [10, 0, 5], [4, 1, 0]]
    save_matrix(here, "patches", SeverityMatrix(["benign", "malignant", "unsure"], values, critical=10))
    for loss in ("ce", "focal", "log_harm"):
        add_run(here, loss=loss)
    return here


def visit(page: Page, server: Server, address: str) -> None:
    page.goto(f"{server.address}/{address}")
    settle(page)
    grid(page).wait_for()
    page.wait_for_timeout(500)  # the grid draws itself after it is there


def grid(page: Page) -> Locator:
    return page.get_by_test_id("stDataFrame").locator("canvas").first


def click(page: Page, row: int, left: int) -> None:
    box = grid(page).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + left, box["y"] + ROW * (row + 1.5))


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def listed(store: RunStore) -> list[Run]:
    return store.page(limit=25)


def test_ticked_runs_are_compared_and_a_deletion_is_undone(serve: Serve, page: Page, workspace: Workspace) -> None:
    store, server = RunStore(workspace), serve(workspace.root)
    first, second = listed(store)[:2]
    visit(page, server, "runs")
    click(page, 0, TICKS)
    expect(page.get_by_text("1 ticked")).to_be_visible()
    click(page, 1, TICKS)
    expect(page.get_by_text("2 ticked")).to_be_visible()
    compare = page.get_by_role("link", name="Compare", exact=True).last
    address = compare.get_attribute("href") or ""
    assert first.id in address
    assert second.id in address
    button(page, "Delete them").click()
    expect(page.get_by_text("2 runs are in the trash.")).to_be_visible()
    assert {run.id for run in store.trashed()} == {first.id, second.id}
    button(page, "Undo").click()
    expect(page.get_by_text("2 runs are back.")).to_be_visible()
    assert store.trash_count() == 0


def test_a_run_is_named_where_it_is_shown(serve: Serve, page: Page, workspace: Workspace) -> None:
    store, server = RunStore(workspace), serve(workspace.root)
    run = listed(store)[1]
    visit(page, server, "runs")
    click(page, 1, BUTTONS)
    expect(page).to_have_url(re.compile(run.id))
    settle(page)
    page.get_by_label("Name", exact=True).fill("For the board")
    page.keyboard.press("Enter")
    expect(page.get_by_text("For the board on patches")).to_be_visible()
    assert store.get(run.id).annotation.name == "For the board"
    visit(page, server, f"runs?runs_run={run.id}")
    expect(page.get_by_label("Name", exact=True)).to_have_value("For the board")


def test_a_click_falls_on_the_run_that_was_seen(serve: Serve, page: Page, workspace: Workspace) -> None:
    store, server = RunStore(workspace), serve(workspace.root)
    wanted = listed(store)[1]
    visit(page, server, "runs")
    add_run(workspace, "stopped", seed=3)  # nothing trains, so the screen rests and does not know of it
    click(page, 1, BUTTONS)
    expect(page).to_have_url(re.compile(wanted.id))
    settle(page)
    assert listed(store)[1].id != wanted.id

    add_run(workspace, "stopped", seed=4)
    seen = [run.id for run in listed(store)][1:]  # the browser shows them without the newest
    click(page, 2, TICKS)
    expect(page.get_by_text("1 ticked")).to_be_visible()
    button(page, "Delete them").click()
    expect(page.get_by_text("is in the trash", exact=False)).to_be_visible()
    assert [run.id for run in store.trashed()] == [seen[2]]


def test_ticks_stay_while_the_screen_refreshes_itself(serve: Serve, page: Page, workspace: Workspace) -> None:
    store, server = RunStore(workspace), serve(workspace.root)
    queued = add_run(workspace, "queued", seed=5)
    wanted = listed(store)[2]
    visit(page, server, "runs")
    click(page, 2, TICKS)
    expect(page.get_by_text("1 ticked")).to_be_visible()
    add_run(workspace, "queued", seed=6)
    expect(page.get_by_text("2 queued", exact=False).first).to_be_visible(timeout=10_000)
    expect(page.get_by_text("1 ticked")).to_be_visible()
    button(page, "Delete them").click()
    expect(page.get_by_text("is in the trash", exact=False)).to_be_visible()
    assert [run.id for run in store.trashed()] == [wanted.id]
    assert store.get(queued.id).state == "queued"
