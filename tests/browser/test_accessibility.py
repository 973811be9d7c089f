"""Every screen, in its main states and both themes, under axe-core."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from pages import SCREENS
from tests.helpers.axe import Violation, faint_figure_text, violations
from tests.helpers.browsers import settle, unroll, visiting
from tests.helpers.servers import Server

LAPTOP = {"width": 1280, "height": 720}


# --- what is looked at ---


@dataclass(frozen=True)
class View:
    """A screen in one of its states.

    Attributes:
        name: of the test.
        address: where it begins.
        shows: selector of what is there in the end.
        steps: what the visitor does.
        whole: whether the window is made as high as the screen, for what lies out of sight is not judged for contrast;
            what opens above the screen is seen whole anyway, and may have to scroll.
    """

    name: str
    address: str
    shows: str
    steps: tuple[Callable[[Page], None], ...] = ()
    whole: bool = True


def press(name: str, page: Page) -> None:
    page.get_by_role("button", name=re.compile(name)).first.click()


def unfold(text: str, page: Page) -> None:
    page.locator("summary").filter(has_text=text).click()


def away(page: Page) -> None:
    """Nothing is hovered over: what that opens stands outside the landmarks."""
    page.mouse.move(0, 0)


def choose(name: str, page: Page) -> None:
    page.get_by_role("radio", name=name, exact=True).click()


def open_list(name: str, page: Page) -> None:
    page.get_by_role("combobox", name=re.compile(name)).click()


def edit(page: Page) -> None:
    """One cell changed, another refused."""
    for prediction, typed in (("melanoma", "9"), ("keratosis", "x")):
        page.get_by_label(f"Truth naevus, model says {prediction}", exact=True).fill(typed)
        page.keyboard.press("Enter")
        settle(page)


def drop(page: Page) -> None:
    """An image and a broken one."""
    stream = io.BytesIO()
    Image.linear_gradient("L").resize((60, 40)).convert("RGB").save(stream, "PNG")
    contents = {"whole.png": stream.getvalue(), "broken.png": b"no image"}
    page.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "image/png", "buffer": content} for name, content in contents.items()]
    )


FIGURE, TABLE, POPOVER = ".js-plotly-plot", "[data-testid=stDataFrame]", "[data-testid=stPopoverBody]"
TRAIN, SEVERITY = "train?train_data=lesions", "severity?severity_matrix=lesions"
CHECK, COMPARE = "datasets?data_name=messy&data_view=Check", "compare?compare_data=lesions&compare_tab="
LIST = View("train list", TRAIN, "[role=listbox]", (partial(open_list, "Which images"),), whole=False)
UPLOAD = View("predict", "predict", "[data-testid=stFileUploaderDropzone]")
VIEWS = (
    View("overview", "", FIGURE, (partial(unfold, "Details"),)),
    View("glossary", "", f"{POPOVER} >> text=Average harm", (partial(press, "Words used"),), whole=False),
    View("tour", "", ".st-key-tour", (partial(press, "Take the tour"), away)),
    View("data classes", "datasets?data_name=lesions", FIGURE),
    View("data images", "datasets?data_name=lesions&data_view=Images", "[data-testid=stImage]"),
    *(
        View(finding, CHECK, shown, (partial(choose, finding),))
        for finding, shown in (
            ("Copies in one split", "[data-testid=stImage]"),
            ("Two labels", "[data-testid=stImage]"),
            ("Unreadable files", TABLE),
        )
    ),
    View("all data sets", "datasets", f"{POPOVER} >> {TABLE}", (partial(press, "All data sets"),), whole=False),
    View(
        "data register",
        "datasets?data_task=Register",
        "[data-testid=stImage]",
        (
            partial(press, "images$"),
            partial(press, "messy"),
            partial(press, "See what"),
            partial(unfold, "Details: patients"),
        ),
    ),
    View("severity", SEVERITY, "[aria-invalid=true]", (edit, partial(unfold, "Details"))),
    *(
        View(f"severity {tab}", f"{SEVERITY}&severity_details={tab.replace(' ', '+')}", FIGURE, (edit,))
        for tab in ("What caution trades", "Confusions", "Which cell matters most")
    ),
    View("severity versions", f"{SEVERITY}&severity_details=Versions", "text=lesions.v1"),
    *(
        View(f"severity {name}", SEVERITY, f"{POPOVER} >> text={last}", (partial(press, name),), whole=False)
        for name, last in (
            ("New", "Make the matrix"),
            ("Groups", "Both can be undone"),
            ("Save", "Save the matrix"),
            ("More", "Download CSV"),
            ("Tried on", "What you accept"),
        )
    ),
    View(
        "train",
        TRAIN,
        "text=RISKCORE_HOME set to",
        tuple(partial(unfold, name) for name in ("Details", "Advanced", "Search for", "The same from")),
    ),
    LIST,
    View(
        "runs queue and trash",
        "runs",
        "text=Empty the trash",
        tuple(partial(unfold, name) for name in ("Queue", "Trash", "Details")),
    ),
    View("runs finished", "runs?runs_state=finished", FIGURE),
    View("runs listed", "runs", f"{POPOVER} >> text=Search", (partial(press, "All runs"),), whole=False),
    View("runs none", "runs?runs_text=nothing", "text=No run is like that"),
    View(
        "runs dialog",
        "runs",
        "[role=dialog] >> text=Remove for good",
        (partial(unfold, "Trash"), partial(press, "Empty the trash")),
        whole=False,
    ),
    View("compare caution", COMPARE + "Caution", "text=Fine setting", (partial(choose, "Custom"),)),
    *(
        View(f"compare {tab}", COMPARE + tab.replace(" ", "+"), shown)
        for tab, shown in (
            ("Table", TABLE),
            ("Confusions", FIGURE),
            ("Images", "[data-testid=stImage]"),
            ("Subgroups&compare_subgroup=Accuracy%2C+%25", FIGURE),
            ("Answer or hand over&compare_cap=300", "text=Answered by the model"),
            ("Answer or hand over&compare_cap=1", "text=Not certifiable"),
            ("Other data sets", TABLE),
            ("Net benefit", FIGURE),
            ("Calibration", FIGURE),
        )
    ),
    *(
        View(f"compare {name}", COMPARE + "Table", f"{POPOVER} >> text={last}", (partial(press, name),), whole=False)
        for name, last in (("Other model", "Columns it needs"), ("Export", "Make the report"))
    ),
    View(
        "compare image",
        COMPARE + "Images",
        "[role=dialog] >> text=Looks mislabelled",
        (lambda page: page.locator("[class*=st-key-compare_case_open_list] button").first.click(),),
        whole=False,
    ),
    View("predict cards", "predict?predict_examples=yes", "text=The data set says"),
    View("predict files", "predict", "text=Could not be judged", (drop,)),
    View(
        "predict large",
        "predict?predict_examples=yes",
        "[role=dialog] >> [data-testid=stImage]",
        (partial(press, "Enlarge image 1"),),
        whole=False,
    ),
    View(
        "predict page",
        "predict?predict_examples=yes&predict_map=true",
        ".case-sheet",
        (partial(press, "Page for printing"),),
    ),
    View(
        "predict details",
        "predict?predict_examples=yes",
        f".st-key-predict_cards >> {TABLE}",
        (lambda page: page.locator(".st-key-predict_cards summary").first.click(), away),
    ),
    View("predict table", "predict?predict_examples=yes&predict_view=Table", TABLE),
)


@dataclass(frozen=True)
class Own:
    """A violation of Streamlit's own, which no screen can mend.

    Attributes:
        rule: axe's.
        selector: of the elements.
        where: a view that has one.
        issue: upstream, or why there is none.
    """

    rule: str
    selector: str
    where: View
    issue: str

    def explains(self, found: Violation) -> bool:
        return found.rule == self.rule and self.selector in found.matches


STREAMLITS_OWN = (
    Own(  # minor; it came with the mending of another: the zone was a second stop of the keyboard beside its button
        "presentation-role-conflict",
        "[data-testid=stFileUploaderDropzone]",
        UPLOAD,
        "https://github.com/streamlit/streamlit/issues/15921",
    ),
    Own(  # moderate
        "region",
        "[role=listbox]",
        LIST,
        "none found: an open list stands at the end of the page, outside the landmarks; its control names and owns it",
    ),
)
"""None of them is serious or critical."""


# --- who looks at it ---


def visit(page: Page, server: Server, view: View) -> None:
    page.set_viewport_size(LAPTOP)
    page.emulate_media(color_scheme="light")
    page.goto(f"{server.address}/{view.address}")
    settle(page)
    for step in view.steps:
        step(page)
        settle(page)
    expect(page.locator(view.shows).first).to_be_visible(timeout=60_000)
    expect(page.locator("[data-testid=stSkeleton], [data-testid=stSpinner]")).to_have_count(0, timeout=60_000)


@pytest.fixture(scope="module")
def empty(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The dashboard over a workspace in which nothing is."""
    server = Server(tmp_path_factory.mktemp("empty") / "home")
    yield server
    server.kill()
    assert "Traceback" not in server.log


@pytest.fixture(scope="module")
def visitor(browser: Browser) -> Iterator[Page]:
    """One page for all views: what it has loaded of Streamlit need not be loaded again."""
    with visiting(browser, viewport=LAPTOP) as page:
        yield page


# --- how it is judged ---

SELECTORS = [each.selector for each in STREAMLITS_OWN]


def show_in(page: Page, theme: str) -> None:
    """Change the theme, and wait until all has faded into its colours."""
    page.emulate_media(color_scheme=theme)
    page.wait_for_function(
        "theme => getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme === theme", arg=theme
    )
    page.wait_for_timeout(50)  # what fades has begun to
    page.wait_for_function("document.getAnimations().every(({playState}) => playState === 'finished')")


def judge(page: Page, *, whole: bool = True) -> None:
    """No violation of ours in either theme; what the theme does not change is judged once."""
    if whole:
        unroll(page)
    for theme, rules in (("light", ()), ("dark", ("color-contrast",))):
        show_in(page, theme)
        found = violations(page, rules, SELECTORS)
        ours = [each.words for each in found if not any(own.explains(each) for own in STREAMLITS_OWN)]
        ours += faint_figure_text(page)
        assert not ours, f"{theme} theme:\n" + "\n".join(ours)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_view(view: View, furnished: Server, visitor: Page) -> None:
    visit(visitor, furnished, view)
    judge(visitor, whole=view.whole)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_empty_screen(screen, empty: Server, visitor: Page) -> None:
    visit(visitor, empty, View(screen.name, screen.path, "h1"))
    judge(visitor)


@pytest.mark.parametrize("own", STREAMLITS_OWN, ids=lambda own: own.rule)
def test_an_exception_is_still_needed(own: Own, furnished: Server, visitor: Page) -> None:
    visit(visitor, furnished, own.where)
    assert any(own.explains(each) for each in violations(visitor, [own.rule], SELECTORS))


def test_the_judge_sees_into_our_components_and_both_themes(furnished: Server, visitor: Page) -> None:
    visit(visitor, furnished, View("severity", SEVERITY, ".grid"))
    visitor.get_by_label("Truth naevus, model says melanoma", exact=True).evaluate(
        "e => e.removeAttribute('aria-label')"
    )
    visitor.get_by_role("button", name="Copy link").evaluate("e => { e.style.color = '#999' }")
    assert {"label", "color-contrast"} <= {each.rule for each in violations(visitor)}
    visit(visitor, furnished, View("compare", COMPARE + "Confusions", FIGURE))
    visitor.add_style_tag(content=".js-plotly-plot .xtick.xtick text { fill: #111 !important }")
    with pytest.raises(AssertionError, match="dark theme"):
        judge(visitor)
