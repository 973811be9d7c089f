"""Train, driven as a person would: three answers, one button that names what it does."""

import re
import socket
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock
from playwright.sync_api import Page, expect

from riskcore.data.manifest import register
from riskcore.data.registry import save_dataset
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import save_matrix
from riskcore.workspace import Workspace
from tests.conftest import write_patches
from tests.helpers.browsers import settle
from tests.helpers.servers import Server

MINUTE = 60_000  # milliseconds
CLASSES = {"benign": "cat", "malignant": "dog", "unsure": "bird"}


def two_data_sets(here: Workspace, folder: Path) -> None:
    """ "lesions" and "pets", each with a matrix of its name."""
    for data, names in (("lesions", {name: name for name in CLASSES}), ("pets", CLASSES)):
        images = write_patches(folder / data, images_a_class=12)
        for old, new in names.items():
            (images / old).rename(images / new)
        save_dataset(here, register(data, images))
        save_matrix(here, data, SeverityMatrix([*names.values()], [[0, 1, 1], [9, 0, 9], [1, 1, 0]], critical=9))


def open_train(page: Page, server: Server, parameters: str = "") -> None:
    page.goto(f"{server.address}/train?{parameters}")
    settle(page)


def choose(page: Page, question: str, answer: str) -> None:
    page.get_by_role("combobox", name=re.compile(question)).click()
    page.get_by_role("option", name=re.compile(answer)).click()
    settle(page)


def test_three_answers_and_a_button_that_names_them(serve: Callable[..., Server], page: Page, tmp_path: Path) -> None:
    here = Workspace(tmp_path / "home")
    two_data_sets(here, tmp_path)
    server = serve(here.root)
    open_train(page, server, "train_matrix=pets")
    expect(page.get_by_role("img", name="An image of the class cat")).to_be_visible()
    expect(page.get_by_role("button", name="Train 4 runs on pets")).to_be_enabled()

    choose(page, "Whose severity", "lesions")
    expect(page.get_by_role("img", name="An image of the class benign")).to_be_visible()
    expect(page.get_by_role("button", name="Train 4 runs on lesions")).to_be_enabled()
    expect(page.get_by_role("button", name=re.compile("on pets"))).to_have_count(0)

    page.get_by_role("radio", name=re.compile("Quick")).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Train 6 runs on lesions")).to_be_enabled()
    page.get_by_role("radio", name=re.compile("Standard")).focus()
    page.keyboard.press("ArrowLeft")
    settle(page)
    for engine in ("log_harm", "efficientnet", "96"):
        expect(page.get_by_text(engine).locator("visible=true")).to_have_count(0)

    here.workers.mkdir(exist_ok=True)
    with FileLock(here.workers / f"{socket.gethostname()}-cpu.lock"):  # as if a worker lived: nothing is trained here
        page.get_by_role("button", name="Train 4 runs on lesions").dblclick()
        said = page.get_by_text(re.compile("4 runs queued|4 runs with these settings already there"))
        expect(said).to_be_visible(timeout=MINUTE)
        settle(page)
        expect(page.get_by_role("button", name="Nothing left to train on lesions")).to_be_disabled()
        runs = RunStore(here).list()
        assert [run.config["data"]["name"] for run in runs] == ["lesions"] * 4
        assert [run.config["matrix"] for run in runs] == ["lesions"] * 4
        page.get_by_role("link", name="Watch them").click()
        page.get_by_role("heading", name="Runs").wait_for()
        settle(page)
