"""The severity grid as a hand and a keyboard meet it."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from pages.kit.assets import asset_text
from riskcore.severity.store import load_matrix
from riskcore.workspace import Workspace
from tests.helpers.browsers import settle
from tests.helpers.servers import Server

DEMO = ("naevus", "keratosis", "vascular", "melanoma", "carcinoma")


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The dashboard over a workspace with nothing in it: presets are always there."""
    server = Server(tmp_path_factory.mktemp("severity") / "home")
    yield server
    server.kill()
    assert "Traceback" not in server.log


def open_matrix(server: Server, page: Page, name: str) -> None:
    page.goto(f"{server.address}/severity?severity_matrix={name}")
    settle(page)
    expect(page.locator(".grid table")).to_be_visible()
    page.evaluate("document.fonts.ready.then(() => true)")  # sizes are measured


@pytest.fixture
def grid(server: Server, page: Page) -> Page:
    """The demo's preset (5 classes, two groups) in the grid, without the unsaved edits of an earlier visit."""
    shutil.rmtree(Workspace(server.home).matrices / "drafts", ignore_errors=True)
    open_matrix(server, page, "demo")
    expect(cell(page, "melanoma", "naevus")).to_have_value("10")
    return page


def cell(page: Page, truth: str, prediction: str) -> Locator:
    return page.get_by_label(f"Truth {truth}, model says {prediction}", exact=True)


def values(page: Page) -> dict[tuple[str, str], str]:
    return {(a, b): cell(page, a, b).input_value() for a in DEMO for b in DEMO if a != b}


def focused(page: Page) -> str:
    return page.evaluate(
        "() => { let at = document.activeElement; while (at.shadowRoot) at = at.shadowRoot.activeElement;"
        " return at.getAttribute('aria-label'); }"
    )


def paste(page: Page, text: str) -> None:
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+V")


def save(page: Page, name: str) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("textbox", name="Save under this name").fill(name)
    page.get_by_role("button", name="Save the matrix").click()


def test_edit_by_keyboard_and_read_the_sentence(grid: Page) -> None:
    cell(grid, "melanoma", "naevus").focus()
    sentence = grid.get_by_text("Truth melanoma, model says naevus: severity 10, a dangerous mistake.")
    expect(sentence).to_be_visible()
    grid.keyboard.type("7")  # replaces what was there
    grid.keyboard.press("Enter")
    assert focused(grid) == "Truth carcinoma, model says naevus"
    expect(grid.get_by_text("Unsaved changes")).to_be_visible()
    assert focused(grid) == "Truth carcinoma, model says naevus"  # the answer left the focus where it was
    expect(cell(grid, "melanoma", "naevus")).to_have_value("7")
    grid.keyboard.press("ArrowUp")
    expect(grid.get_by_text("severity 7, not a dangerous mistake (before your edits: 10).")).to_be_visible()


def test_keys_move_over_the_locked_diagonal(grid: Page) -> None:
    cell(grid, "naevus", "keratosis").focus()
    for key, expected in (
        ("ArrowDown", "Truth vascular, model says keratosis"),  # over keratosis, keratosis
        ("ArrowRight", "Truth vascular, model says melanoma"),
        ("End", "Truth vascular, model says carcinoma"),
        ("Home", "Truth vascular, model says naevus"),
        ("Control+End", "Truth carcinoma, model says melanoma"),
        ("Control+Home", "Truth naevus, model says keratosis"),
        ("Tab", "Truth naevus, model says vascular"),
        ("Shift+Tab", "Truth naevus, model says keratosis"),
        ("ArrowLeft", "Truth naevus, model says keratosis"),  # the edge
    ):
        grid.keyboard.press(key)
        assert focused(grid) == expected, key
    grid.keyboard.type("99")
    grid.keyboard.press("Escape")
    expect(cell(grid, "naevus", "keratosis")).to_have_value("1")
    expect(grid.get_by_label("Truth naevus, model says naevus")).to_have_count(0)


def test_two_quick_edits_both_survive(grid: Page) -> None:
    cell(grid, "naevus", "keratosis").focus()
    grid.keyboard.type("4")
    grid.keyboard.press("Tab")
    grid.keyboard.type("5")
    grid.keyboard.press("Tab")
    grid.keyboard.type("6")
    grid.keyboard.press("Tab")
    settle(grid)
    shown = values(grid)
    assert [shown["naevus", other] for other in ("keratosis", "vascular", "melanoma")] == ["4", "5", "6"]
    for _ in range(3):  # each is an edit of its own in Python's history
        grid.get_by_role("button", name="Undo").click()
    expect(cell(grid, "naevus", "keratosis")).to_have_value("1")
    expect(grid.get_by_role("button", name="Undo")).to_be_disabled()


def test_undo_and_redo(grid: Page) -> None:
    cell(grid, "naevus", "keratosis").focus()
    grid.keyboard.type("4")
    grid.keyboard.press("Enter")
    grid.keyboard.press("Control+z")
    expect(cell(grid, "naevus", "keratosis")).to_have_value("1")
    expect(grid.get_by_text("Unsaved changes")).to_have_count(0)
    grid.keyboard.press("Control+Shift+z")
    expect(cell(grid, "naevus", "keratosis")).to_have_value("4")
    grid.get_by_role("button", name="Undo").click()
    expect(cell(grid, "naevus", "keratosis")).to_have_value("1")
    grid.keyboard.press("Control+y")
    expect(cell(grid, "naevus", "keratosis")).to_have_value("4")


def test_paste_a_block(grid: Page) -> None:
    before = values(grid)
    cell(grid, "vascular", "melanoma").focus()
    paste(grid, "2,5\t4\t99\r\n6\t7,25\t99\r\n8\t99\t99\r\n99\t99\t99\r\n")  # too wide, too long, over the diagonal
    expect(grid.get_by_text("Unsaved changes")).to_be_visible()
    changed = {at: value for at, value in values(grid).items() if value != before[at]}
    assert changed == {
        ("vascular", "melanoma"): "2.5",
        ("vascular", "carcinoma"): "4",
        ("melanoma", "carcinoma"): "7.25",
        ("carcinoma", "melanoma"): "8",
    }
    grid.get_by_role("button", name="Undo").click()  # one edit
    expect(cell(grid, "carcinoma", "melanoma")).to_have_value("1")
    assert values(grid) == before


def test_a_copied_table_goes_back_by_its_names(grid: Page) -> None:
    before = values(grid)
    cell(grid, "naevus", "keratosis").focus()
    grid.get_by_role("button", name="Copy", exact=True).click()
    expect(grid.get_by_role("button", name="Copied")).to_be_visible()
    text = grid.evaluate("navigator.clipboard.readText()")
    assert text.splitlines()[0].split("\t")[1:] == list(DEMO)
    head, *rows = text.splitlines()
    rows = [row.replace("\t10", "\t12") for row in reversed(rows)]  # in another order than the grid's
    paste(grid, "\n".join([head, *rows]))
    expect(cell(grid, "melanoma", "naevus")).to_have_value("12")
    assert values(grid) == {at: value.replace("10", "12") for at, value in before.items()}


@pytest.mark.parametrize(
    ("button", "keys", "filled"),
    [
        ("Fill row", "Alt+r", {("melanoma", other) for other in DEMO}),
        ("Fill column", "Alt+c", {(other, "vascular") for other in DEMO}),
        ("Fill group block", "Alt+b", {(a, b) for a in ("melanoma", "carcinoma") for b in DEMO[:3]}),
    ],
)
def test_fill(button: str, keys: str, filled: set[tuple[str, str]], grid: Page) -> None:
    before = values(grid)
    for fill in (lambda: grid.get_by_role("button", name=button).click(), lambda: grid.keyboard.press(keys)):
        cell(grid, "melanoma", "vascular").focus()
        grid.keyboard.type("8.5")
        fill()
        expect(grid.get_by_text("Unsaved changes")).to_be_visible()
        assert values(grid) == {at: "8.5" if at in filled else value for at, value in before.items()}
        while grid.get_by_role("button", name="Undo").is_enabled():
            grid.get_by_role("button", name="Undo").click()
            settle(grid)
        assert values(grid) == before


@pytest.mark.parametrize(
    ("text", "words"), [("abc", "not a number"), ("-3", "below 0"), ("", "empty"), ("1e999", "too large")]
)
def test_invalid_input_is_marked_in_words_and_not_sent(text: str, words: str, grid: Page) -> None:
    wrong = cell(grid, "melanoma", "naevus")
    wrong.fill(text)
    grid.keyboard.press("Enter")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(grid.get_by_text(words, exact=True)).to_be_visible()
    stale = grid.get_by_text("An entry is no severity: the results still show the last valid matrix.")
    expect(stale).to_be_visible()
    expect(wrong).to_have_value(text)  # nothing is lost
    cell(grid, "naevus", "keratosis").fill("2")  # and the others go on
    grid.keyboard.press("Enter")
    expect(grid.get_by_text("Unsaved changes")).to_be_visible()
    expect(wrong).to_have_value(text)
    expect(stale).to_be_visible()
    wrong.focus()
    grid.keyboard.press("Escape")
    expect(wrong).to_have_value("10")
    expect(stale).not_to_be_visible()
    expect(grid.get_by_text(words, exact=True)).to_have_count(0)


def test_an_edit_that_leaves_no_matrix_is_refused_with_the_reason(grid: Page) -> None:
    cell(grid, "naevus", "keratosis").focus()
    paste(grid, "\n".join("\t".join(["0"] * 5) for _ in range(5)))
    cell(grid, "naevus", "keratosis").focus()
    for row in DEMO:
        cell(grid, row, "naevus" if row != "naevus" else "keratosis").fill("0")
        grid.keyboard.press("Alt+r")
    expect(grid.get_by_text("every confusion costs 0; give at least one a cost above 0.")).to_be_visible()
    settle(grid)
    assert set(values(grid).values()) != {"0"}


def test_the_threshold_decides_what_is_dangerous(grid: Page) -> None:
    expect(grid.locator(".dangerous")).to_have_count(6)
    threshold = grid.get_by_label("dangerous from")
    threshold.fill("3")
    threshold.press("Enter")
    expect(grid.locator(".dangerous")).to_have_count(12)
    expect(grid.get_by_text("Unsaved changes")).to_be_visible()
    threshold.fill("0")
    threshold.press("Enter")
    expect(grid.get_by_text("must be above 0")).to_be_visible()
    expect(grid.locator(".dangerous")).to_have_count(12)


def test_save_then_reload(grid: Page, server: Server) -> None:
    cell(grid, "melanoma", "naevus").fill("20")
    save(grid, "clinic")  # the click that leaves the cell commits it
    expect(grid.get_by_text("saved matrix")).to_be_visible()
    assert load_matrix(Workspace(server.home), "clinic").values[3, 0] == 20
    assert "severity_matrix=clinic" in grid.url
    grid.reload()
    settle(grid)
    expect(cell(grid, "melanoma", "naevus")).to_have_value("20")
    expect(grid.get_by_text("Unsaved changes")).to_have_count(0)


def test_the_address_names_what_was_chosen_also_the_first(grid: Page, server: Server) -> None:
    grid.goto(f"{server.address}/severity")
    settle(grid)
    matrix = grid.get_by_role("combobox", name="Matrix")
    first = matrix.input_value()
    for name in ("sicapv2", first):
        matrix.click()
        grid.get_by_role("option", name=name, exact=True).click()
        grid.wait_for_url(f"**/severity?severity_matrix={name}*")
    grid.reload()
    settle(grid)
    expect(matrix).to_have_value(first)


def test_an_unsaved_edit_waits_while_other_screens_and_matrices_are_seen(grid: Page) -> None:
    cell(grid, "melanoma", "naevus").fill("7")
    grid.get_by_role("link", name="Overview").first.click(delay=100)  # as long as a finger
    expect(grid.get_by_role("heading", name="Overview")).to_be_visible()
    grid.get_by_role("link", name="Severity matrix").first.click()
    expect(cell(grid, "melanoma", "naevus")).to_have_value("7")
    expect(grid.get_by_text("Unsaved changes")).to_be_visible()
    cell(grid, "melanoma", "keratosis").fill("6")  # the grid that came back sends edits too
    grid.keyboard.press("Enter")
    grid.keyboard.press("Control+z")
    expect(cell(grid, "melanoma", "keratosis")).to_have_value("10")
    expect(cell(grid, "melanoma", "naevus")).to_have_value("7")


def test_a_new_matrix_gets_groups_and_costs(grid: Page) -> None:
    grid.get_by_role("button", name="New", exact=True).click()
    grid.get_by_text("A list of classes").click()
    grid.get_by_label("Class names, one a line").fill("odd\nplain")
    grid.get_by_role("textbox", name="Its name").fill("mine")
    grid.get_by_role("button", name="Make the matrix").click()
    expect(cell(grid, "odd", "plain")).to_have_value("1")
    expect(grid.get_by_role("button", name="Make the matrix")).to_have_count(0)  # the panel closed itself
    expect(grid.get_by_role("button", name="Fill group block")).to_be_disabled()
    grid.get_by_role("button", name="Groups", exact=True).click()
    grid.get_by_role("combobox", name="odd").click()
    grid.get_by_role("option", name="malignant").click()
    grid.get_by_role("button", name="Set groups and severities").click()
    expect(cell(grid, "odd", "plain")).to_have_value("10")
    expect(cell(grid, "plain", "odd")).to_have_value("3")
    expect(grid.get_by_role("rowheader", name="malignant")).to_be_visible()
    expect(grid.get_by_text("Unsaved changes")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 1024])
@pytest.mark.parametrize("name", ["isic2018", "breakhis"])
def test_large_matrices_fit(server: Server, page: Page, name: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 720 if width == 1280 else 768})
    open_matrix(server, page, name)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    table, frame = page.locator(".grid table"), page.locator(".scroll")
    box = table.bounding_box()
    assert box is not None
    assert frame.evaluate("frame => frame.scrollWidth <= frame.clientWidth")
    assert box["y"] + box["height"] <= page.viewport_size["height"]


def test_a_finger_finds_large_cells(server: Server, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1024, "height": 768}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_matrix(server, page, "breakhis")
    table = page.locator(".grid table").bounding_box()
    assert table is not None
    assert table["y"] + table["height"] <= 768
    target = cell(page, "adenosis", "fibroadenoma")
    for place, least in ((target, 36), (page.get_by_role("button", name="Fill row"), 40)):
        box = place.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= least
    target.tap()
    page.keyboard.type("4")  # replaces, also after a tap
    page.get_by_role("button", name="Fill row").tap()
    expect(cell(page, "adenosis", "papillary_carcinoma")).to_have_value("4")
    context.close()


def test_blocks_of_text(page: Page) -> None:
    """The pasting rules themselves, as the browser runs them."""

    def run(call: str) -> object:
        return page.evaluate(
            "async ([code, call]) => { const block = await import('data:text/javascript,' + encodeURIComponent(code));"
            " return new Function('block', 'return ' + call)(block); }",
            [asset_text("severity_block.js"), call],
        )

    page.goto("about:blank")
    for text, expected in {
        "2,5": {"value": 2.5}, " 1.5 ": {"value": 1.5}, "1e2": {"value": 100}, ".5": {"value": 0.5}, "3.": {"value": 3},
        "": {"problem": "empty"}, "-1": {"problem": "below 0"}, "−1,5": {"problem": "below 0"},
        "1.000,5": {"problem": "not a number"}, "0x10": {"problem": "not a number"}, "NaN": {"problem": "not a number"},
        "Infinity": {"problem": "not a number"}, "9e999": {"problem": "too large"},
    }.items():  # fmt: skip
        assert run(f"block.parseNumber({text!r})") == expected, text
    for text, expected in {
        "1\t2\n3\t4\n": [["1", "2"], ["3", "4"]],
        "1,5\t2\r\n3\t4": [["1,5", "2"], ["3", "4"]],
        "1,5;2": [["1,5", "2"]],
        "1,2\n3,4": [["1", "2"], ["3", "4"]],
        "2,5": [["2,5"]],
        "1,2,3": [["1", "2", "3"]],
        '"a b"\t1': [["a b", "1"]],
    }.items():
        assert run(f"block.parseBlock({text!r})") == expected, text
