"""Mistakes in a browser: a cell leads to its images, an image to its page, a mark stays; a file beside; one export."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from riskcore.marks import marks
from riskcore.runs import results
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace
from tests.helpers.browsers import settle
from tests.helpers.foreign_files import write_foreign
from tests.helpers.made_workspace import add_run
from tests.helpers.servers import Server

MINUTE = 60_000
IN_CELL = """names => {
  const figure = document.querySelector('.st-key-compare_confusions .js-plotly-plot');
  figure.scrollIntoView({block: 'center'});
  const layout = figure._fullLayout, box = figure.getBoundingClientRect();
  const marks = figure._fullData[7], place = names.map(name => layout.yaxis.ticktext.indexOf(name));
  const at = marks.customdata.findIndex(data => data[1] === place[0] && data[2] === place[1]);
  return [box.left + layout.xaxis2._offset + layout.xaxis2.l2p(marks.x[at]),
          box.top + layout.yaxis2._offset + layout.yaxis2.l2p(marks.y[at])];
}"""
"""Where the middle of a cell of the second table is, which is plain training's."""


@pytest.fixture
def server(workspace: Workspace, serve: Callable[..., Server]) -> Server:
    """Compare over two trainings that miss some."""
    for loss in ("ce", "log_harm"):
        for seed in (0, 1):
            add_run(workspace, loss=loss, seed=seed, skill=0.5)
    return serve(workspace.root)


def test_a_cell_leads_to_its_images_an_image_to_its_page_and_a_mark_stays(server: Server, page: Page) -> None:
    page.goto(f"{server.address}/compare?compare_tab=Confusions")
    settle(page)
    figure = page.locator(".st-key-compare_confusions .js-plotly-plot")
    expect(figure).to_be_visible(timeout=MINUTE)
    page.wait_for_timeout(1000)  # it is drawn anew when its width is known
    x, y = page.evaluate(IN_CELL, ["malignant", "benign"])
    page.mouse.move(x, y)
    expect(figure.locator(".hoverlayer")).to_contain_text("truth malignant, model says benign")
    page.mouse.click(x, y)
    settle(page)
    expect(page.get_by_role("tab", name="Images")).to_have_attribute("aria-selected", "true", timeout=MINUTE)
    expect(page.get_by_role("combobox", name="Which confusion")).to_have_value("malignant called benign")
    expect(page.get_by_text(re.compile("of 30 test images are called dangerously wrong")).first).to_be_visible()
    first = page.locator("[class*=st-key-compare_case_open_list] button").first
    name = first.inner_text().split(":")[0]
    first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"{name}: truth malignant", timeout=MINUTE)
    expect(page).to_have_url(re.compile("compare_case=malignant"))
    dialog.get_by_text("Looks mislabelled").click()
    settle(page)
    note = dialog.get_by_label("Note")
    note.fill("two lesions")
    note.press("Enter")
    settle(page)
    sample = f"malignant/{name}"
    assert marks(Workspace(server.home), "patches")[sample].note == "two lesions"
    page.reload()
    settle(page)
    expect(page.get_by_role("dialog").get_by_label("Note")).to_have_value("two lesions", timeout=MINUTE)
    page.get_by_role("button", name="Close").click()
    settle(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("compare_case="))


def test_a_vendors_file_stands_beside_and_all_of_it_is_exported(server: Server, page: Page, tmp_path: Path) -> None:
    store = RunStore(Workspace(server.home))
    write_foreign(tmp_path / "vendor.csv", results.predictions(store, store.list()[0].id), ["test"])
    page.goto(f"{server.address}/compare")
    settle(page)
    page.get_by_role("button", name="Other model").click()
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(str(tmp_path / "vendor.csv"))
    expect(page.get_by_text("it stands as delivered, on test only")).to_be_visible(timeout=MINUTE)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Beside: vendor.csv")).to_be_visible()
    expect(page.locator(".st-key-compare_point").get_by_text("vendor.csv")).to_be_visible()
    page.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="Make the report").click()
    save = page.get_by_role("button", name="Save the report (.zip)")
    expect(save).to_be_visible(timeout=MINUTE)
    with page.expect_download() as download:
        save.click()
    with zipfile.ZipFile(download.value.path()) as file:
        file.extract("report.html", tmp_path)
    page.context.set_offline(True)
    page.goto(f"file://{tmp_path}/report.html")
    expect(page.locator(".plot .main-svg").first).to_be_visible(timeout=MINUTE)
    expect(page.get_by_text("vendor.csv").first).to_be_visible()
    page.locator(".plot").first.hover()
    for kind in ("png", "svg"):
        with page.expect_download() as picture:
            page.locator(f".plot >> nth=0 >> [data-title='Save as {kind.upper()}']").click()
        assert picture.value.suggested_filename.endswith(f".{kind}")
