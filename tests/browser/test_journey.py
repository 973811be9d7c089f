"""What a visitor does from an empty workspace to a judged image, and what a crash of the server does to a run."""

import csv
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from pages import SCREENS
from riskcore.config import RunConfig
from riskcore.data.manifest import Manifest, register
from riskcore.data.registry import list_datasets, save_dataset
from riskcore.data.splits import assign
from riskcore.data.synthetic import write_synthetic
from riskcore.jobs.queue import start_workers, wait
from riskcore.jobs.submit import submit
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import load_matrix, save_matrix
from riskcore.workspace import Workspace
from tests.conftest import write_patches
from tests.helpers.browsers import settle
from tests.helpers.first_sight import check_first_sight
from tests.helpers.servers import Server

MINUTE = 60_000.0
PROJECT = "lesions"


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Small synthetic images of five classes below a folder that the server may read."""
    write_synthetic(tmp_path / "shared" / PROJECT, images=150, size=32)
    return tmp_path / "shared" / PROJECT


@pytest.fixture
def server(serve: Callable[..., Server], tmp_path: Path, images: Path) -> Iterator[Server]:
    """The dashboard over an empty workspace; what it trains is stopped in the end."""
    server = serve(tmp_path / "home", RISKCORE_DATA_ROOTS=str(tmp_path / "shared"))
    yield server
    store = RunStore(Workspace(server.home))
    for run in store.queue():
        store.cancel(run.id)
    running = [run.id for run in store.list(state="running")]
    for id in running:
        store.stop(id)
    wait(store, running)


def visit(page: Page, server: Server, address: str) -> None:
    page.goto(f"{server.address}/{address}")
    settle(page)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=re.compile(label)).click()
    page.get_by_role("option", name=option, exact=True).click()
    settle(page)


def predictions_file(manifest: Manifest, path: Path) -> Path:
    """Any model's predictions: right more often than not, some of them on validation cases."""
    random = np.random.default_rng(0)
    logits = random.normal(size=(len(manifest), len(manifest.classes)))
    logits[np.arange(len(manifest)), manifest.targets] += 1.5
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["sample", "truth", "split", "group", *manifest.classes])
        owners = sorted(set(manifest.table["group"]))
        for place, row in enumerate(manifest.table.itertuples()):
            split = "validation" if owners.index(row.group) % 3 == 0 else "test"
            writer.writerow([row.sample, row.label, split, row.group, *(f"{share:.6f}" for share in shares[place])])
    return path


def test_from_an_empty_workspace_to_a_judged_image(server: Server, page: Page, images: Path, tmp_path: Path) -> None:
    register_the_images(server, page, images)
    edit_try_and_save_the_matrix(server, page, predictions_file(register(PROJECT, images), tmp_path / "vendor.csv"))
    launch_quick_runs_and_watch_them_finish(server, page)
    stop_and_resume_another(server, page)
    compare_and_move_the_floor(server, page)
    judge_images(server, page, sorted(images.rglob("*.png"))[:3], tmp_path)


def register_the_images(server: Server, page: Page, images: Path) -> None:
    visit(page, server, "datasets")
    for folder in (re.compile(re.escape(images.parent.name) + "$"), PROJECT):
        page.get_by_role("button", name=folder).click()
        settle(page)
    button(page, "See what it is").click()
    expect(page.get_by_text(re.compile("150 images")).first).to_be_visible()
    button(page, "Register").click()
    expect(page.get_by_role("combobox", name="Data set")).to_have_value(PROJECT, timeout=MINUTE)
    assert list_datasets(Workspace(server.home)) == [PROJECT]


def edit_try_and_save_the_matrix(server: Server, page: Page, predictions: Path) -> None:
    visit(page, server, "severity?severity_matrix=demo")
    button(page, "Predictions of another model").click()
    page.locator("input[type=file]").set_input_files(predictions)
    bars = page.locator(".st-key-severity_bars")
    expect(bars).to_be_visible()
    page.keyboard.press("Escape")
    expect(bars.get_by_text("without caution")).to_be_visible(timeout=MINUTE)  # the library of figures loads
    cell = page.get_by_label("Truth naevus, model says melanoma", exact=True)
    cell.focus()
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    expect(bars.get_by_text("before the edit")).to_be_visible()
    button(page, "Save").click()
    page.get_by_role("textbox", name="Save under this name").fill(PROJECT)
    button(page, "Save the matrix").click()
    expect(page.get_by_text("Unsaved changes")).not_to_be_visible()
    assert load_matrix(Workspace(server.home), PROJECT).values[0, 3] == 9


def launch_quick_runs_and_watch_them_finish(server: Server, page: Page) -> None:
    visit(page, server, "train")
    expect(page.get_by_text("Quick").first).to_be_visible()
    page.get_by_role("button", name=re.compile(rf"Train \d+ runs? on {PROJECT}")).click()
    page.get_by_role("link", name="Watch them").click(timeout=MINUTE)
    settle(page)
    store = RunStore(Workspace(server.home))
    queued = len(store.list())
    assert queued >= 2
    # The screen keeps itself up to date: nobody reloads it.
    expect(page.get_by_text(f"{queued} finished", exact=False).first).to_be_visible(timeout=3 * MINUTE)
    assert {run.state for run in store.list()} == {"finished"}


def stop_and_resume_another(server: Server, page: Page) -> None:
    here = Workspace(server.home)
    id = long_run(here, epochs=5000)
    start_workers(here)
    visit(page, server, f"runs?runs_run={id}")
    button(page, "Stop").click(timeout=MINUTE)
    expect(button(page, "Resume")).to_be_visible(timeout=MINUTE)
    assert RunStore(here).get(id).state == "stopped"
    button(page, "Resume").click()
    expect(button(page, "Stop")).to_be_visible(timeout=MINUTE)
    button(page, "Stop").click()
    expect(button(page, "Delete")).to_be_visible(timeout=MINUTE)


def compare_and_move_the_floor(server: Server, page: Page) -> None:
    visit(page, server, "compare")
    expect(page.get_by_text(re.compile("^(Yes, safer|No, not safer|Cannot tell|Unreachable)")).first).to_be_visible(
        timeout=MINUTE
    )
    floor = page.get_by_role("slider", name=re.compile("Accuracy on validation"))
    before = floor.get_attribute("aria-valuetext") or floor.get_attribute("aria-valuenow")
    floor.focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    settle(page)
    after = floor.get_attribute("aria-valuetext") or floor.get_attribute("aria-valuenow")
    assert after != before
    expect(page).to_have_url(re.compile("compare_floor="))


def judge_images(server: Server, page: Page, paths: list[Path], folder: Path) -> None:
    broken = folder / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n not an image")
    visit(page, server, "predict")
    page.locator("input[type=file]").set_input_files([*paths, broken])
    expect(page.get_by_text(re.compile(r"^What to do\."))).to_have_count(3, timeout=2 * MINUTE)
    expect(page.get_by_text("Could not be judged")).to_have_count(1)
    settle(page)
    page.locator(".st-key-predict_cards summary").last.click()
    expect(page.get_by_text(re.compile("Most dangerous plausible miss|^What it learnt from")).last).to_be_visible()
    stored = [path for path in server.home.rglob("*") if path.name in {paths[0].name, broken.name}]
    assert stored == []  # nothing that was dropped is kept


def some_that_are_missed(images: Path) -> None:
    """The malignant images that will be tested look like benign ones."""
    manifest = register("skin", images)
    tested = manifest.table[(assign(manifest) == "test") & (manifest.table["label"] == "malignant")]
    twins = write_patches(images.parents[1] / "twins", images_a_class=len(tested), seed=1) / "benign"
    for path, twin in zip(tested["sample"], sorted(twins.iterdir()), strict=True):
        (images / path).write_bytes(twin.read_bytes())


@pytest.mark.timeout(600)  # four runs are trained
def test_from_a_dropped_zip_to_the_page_of_the_worst_missed_image(
    serve: Callable[..., Server], page: Page, tmp_path: Path
) -> None:
    some_that_are_missed(write_patches(tmp_path / "images" / "skin", images_a_class=10))
    server = serve(tmp_path / "home")
    here, store = Workspace(server.home), RunStore(Workspace(server.home))
    visit(page, server, "datasets")
    archive = shutil.make_archive(str(tmp_path / "skin"), "zip", tmp_path / "images")
    page.locator("input[type=file]").first.set_input_files(archive)
    button(page, "Register").click(timeout=MINUTE)
    page.get_by_role("link", name="Write it for its classes").click(timeout=MINUTE)

    # The groups of the new matrix are open.
    page.get_by_role("combobox", name=re.compile("malignant$")).click(timeout=MINUTE)
    page.get_by_role("option", name="malignant", exact=True).click()
    button(page, "Set groups and severities").click()
    settle(page)
    button(page, "Save").click()
    button(page, "Save the matrix").click()
    page.get_by_role("link", name="Train with it").first.click(timeout=MINUTE)
    matrix = load_matrix(here, "skin")
    assert matrix.values[matrix.classes.index("malignant"), matrix.classes.index("benign")] == 10

    settle(page)
    button(page, "Train 4 runs on skin").click()
    page.get_by_role("link", name="Watch them").click(timeout=MINUTE)
    expect(page.get_by_text("4 finished").first).to_be_visible(timeout=4 * MINUTE)
    assert {(run.data, run.record["matrix"]) for run in store.list()} == {("skin", "skin")}

    for screen in SCREENS:  # after a training in the browser
        visit(page, server, screen.path)
        page.wait_for_timeout(1500)  # pictures come after the script has ended
        check_first_sight(page)

    visit(page, server, "compare")
    worst = page.locator("[class*=st-key-compare_case_open_worst] button").first
    missed = worst.inner_text().split(":")[0]
    worst.click()
    case = page.get_by_role("dialog")
    expect(case).to_contain_text(missed, timeout=MINUTE)
    expect(case.locator("img").first).to_be_visible()


def long_run(here: Workspace, epochs: int) -> str:
    """A queued run that trains for so many short epochs on cached features."""
    settings = {
        "data": PROJECT,
        "matrix": PROJECT,
        "model": {"name": "tf_efficientnet_lite0", "size": 32},
        "loss": "focal",
        "train": {"backbone": "frozen", "views": 2, "epochs": epochs},
    }
    return submit(here, RunConfig.build(settings)).id


def test_a_run_outlives_the_server_that_shows_it(server: Server, page: Page, images: Path) -> None:
    here = Workspace(server.home)
    save_dataset(here, register(PROJECT, images))
    save_matrix(here, PROJECT, SeverityMatrix.preset("demo"))
    id = long_run(here, epochs=600)
    visit(page, server, f"runs?runs_run={id}")
    expect(page.get_by_text("no worker", exact=False).first).to_be_visible()
    page.get_by_role("button", name=re.compile("Start")).first.click()
    expect(page.get_by_text("1 running", exact=False).first).to_be_visible(timeout=MINUTE)
    server.kill()
    store = RunStore(here)
    assert store.get(id).state == "running"
    wait(store, [id])
    assert store.get(id).state == "finished"
    server.start()
    visit(page, server, f"runs?runs_run={id}")
    expect(page.get_by_text("1 finished", exact=False).first).to_be_visible()
