"""The results beside the grid and their details: what they say for runs, pools and files, and when they cannot."""

import csv
import io
from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.kit.plain_text import escaped
from pages.severity import whatif_cells
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.judging.sensitivity import CellSensitivity
from riskcore.judging.whatif import Whatif
from riskcore.metrics import rates
from riskcore.runs import results
from riskcore.runs.choices import Choice, finished_choices
from riskcore.runs.looks import looks
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.words.whatif import MEASURES, rate_words
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run
from tests.helpers.screens import errors, texts

CLASSES = ["benign", "malignant", "unsure"]
BEFORE = SeverityMatrix(CLASSES, [[0, 3, 1], [10, 0, 5], [4, 1, 0]], critical=10)
EDITED = SeverityMatrix(CLASSES, [[0, 3, 1], [10, 0, 10], [4, 1, 0]], critical=10)
WIDER = SeverityMatrix(CLASSES, [[0, 10, 1], [10, 0, 5], [4, 1, 0]], critical=10)
HARMLESS = SeverityMatrix(CLASSES, BEFORE.values, critical=100)

Show = Callable[..., AppTest]


def script() -> None:
    import streamlit as st

    from pages import SCREENS
    from pages.kit.links import screen_page
    from pages.kit.synthetic import synthetic_place
    from pages.severity.details import details
    from pages.severity.results import results

    st.navigation([screen_page(screen) for screen in SCREENS], position="hidden")  # links need it
    synthetic_place()
    details("demo", results("demo", st.session_state["edited"], st.session_state["before"]))


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Show:
    """Draws the panel over a workspace, with the figures of the part that is asked for; no traceback may be shown."""

    def show(
        workspace: Workspace, edited=EDITED, before=BEFORE, upload: bytes | None = None, part="test", **parameters
    ) -> AppTest:
        monkeypatch.setenv("RISKCORE_HOME", str(workspace.root))
        screen = AppTest.from_function(script, default_timeout=30)
        screen.session_state["edited"], screen.session_state["before"] = edited, before
        for name, value in {"severity_details": "Numbers", **parameters}.items():
            screen.query_params[name] = value
        screen.run()
        if upload is not None:
            screen.file_uploader[0].set_value(("vendor.csv", upload, "text/csv")).run()
        if part == "test" and screen.toggle:
            screen.toggle[0].set_value(True).run()
        assert not screen.exception
        return screen

    return show


@pytest.fixture
def pooled(workspace: Workspace) -> Workspace:
    """The patches with a finished pool of two seeds."""
    for seed in (0, 1):
        add_run(workspace, loss="log_harm", seed=seed)
    return workspace


def table(screen: AppTest) -> dict[str, list[str]]:
    """First cell of each row of the table -> the others, as a reader sees them."""
    (text,) = (one.value for one in screen.markdown if "| Without caution |" in one.value)
    plain = text.replace("\u00a0", " ").replace("\u2060", "").replace("**", "")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in plain.splitlines()]
    return {name: cells for name, *cells in rows if name not in ("", ":--")}


def pool(workspace: Workspace) -> Choice:
    """Its finished runs joined over two seeds."""
    (found,) = (choice for choice in finished_choices(RunStore(workspace)) if len(choice.runs) == 2)
    return found


def predictions_csv(
    split: bool = True, header=("sample", "truth", *CLASSES), scale: float = 1.0, a_group: int = 0
) -> bytes:
    """120 cases, every second one of test; `a_group`: so many neighbours belong to one patient."""
    random = np.random.default_rng(0)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*header, *["split"][: int(split)], *["group"][: int(a_group > 0)]])
    for number in range(120):
        truth = random.integers(3)
        scores = random.normal(size=3)
        scores[truth] += 1
        shares = scale * np.exp(scores) / np.exp(scores).sum()
        row = [f"case {number}", CLASSES[truth], *shares]
        row += [("validation", "test")[number % 2]] if split else []
        writer.writerow([*row, f"patient {number // a_group}"] if a_group else row)
    return text.getvalue().encode()


def test_nothing_finished_says_so_and_offers_training_and_a_file(show: Show, empty: Workspace) -> None:
    screen = show(empty)
    assert "No finished training knows these classes yet" in texts(screen)
    assert [link.proto.label for link in screen.get("page_link")] == ["Register its images"]
    assert screen.file_uploader[0].label == "Predictions of any model (CSV)"
    assert [text.value for text in screen.text] == ["Columns it needs: sample, truth, benign, malignant, unsure"]


def test_a_seed_that_finishes_meanwhile_is_counted(show: Show, pooled: Workspace) -> None:
    screen = show(pooled, part="validation")
    assert "means over 2 seeds" in texts(screen)
    before = table(screen)["Right"]
    add_run(pooled, loss="log_harm", seed=2)
    screen.run()
    assert not screen.exception
    assert "means over 3 seeds" in texts(screen)
    assert table(screen)["Right"] != before


def test_a_file_that_is_dropped_in_takes_the_place_of_the_invitation(show: Show, empty: Workspace) -> None:
    screen = show(empty, upload=predictions_csv())
    assert "No finished training" not in texts(screen)
    assert table(screen)["Right"]


def test_a_file_with_patients_in_two_parts_is_tried_with_leave_only_and_says_so(show: Show, empty: Workspace) -> None:
    screen = show(empty, upload=predictions_csv(a_group=2))
    said = "60 of 60 judged cases (60 groups) were seen in training or validation: the figures flatter."
    assert said in texts(screen).replace("\\", "")
    assert not any("| Without caution |" in one.value for one in screen.markdown)
    screen.checkbox[0].check().run()
    assert table(screen)["Right"]
    assert said in texts(screen).replace("\\", "")


def test_an_edit_that_the_caution_does_not_look_at_is_explained(show: Show, empty: Workspace) -> None:
    heavier = SeverityMatrix(CLASSES, [[0, 3, 1], [20, 0, 5], [4, 1, 0]], critical=10)
    parameters = {"severity_dial": "0.90 against dangerous mistakes"}
    screen = show(empty, edited=heavier, upload=predictions_csv(split=False), **parameters)
    assert "**Your edit changes no decision**" in texts(screen)
    assert "weighs all dangerous mistakes alike" in texts(screen)


def test_the_three_columns_are_judged_by_the_edited_matrix(show: Show, pooled: Workspace) -> None:
    choice = pool(pooled)
    screen = show(pooled, severity_run=choice.id)
    run = results.load(choice.id, choice.runs)
    old, new = (pooled_decisions(JudgedRun(run, matrix), Wish()) for matrix in (BEFORE, EDITED))
    assert (old.dial != new.dial).any()
    judge = EDITED.reordered(run.classes)
    shown = table(screen)
    zero = old.probabilities.argmax(axis=1)  # the slider's own zero, not the likeliest class of the raw logits
    assert (zero != old.argmax).any()
    for place, decisions in enumerate((zero, old.dial, new.dial)):
        every = rates(old.truth, decisions, judge, old.groups, samples=old.samples)
        for row, name in (
            ("Dangerous mistakes", "cer"),
            ("Missed dangerous cases", "critical_miss_rate"),
            ("False alarms", "over_call_rate"),
            ("Average harm", "expected_severity"),
            ("Right", "accuracy"),
        ):
            assert shown[row][place] == rate_words(every[name])
    changed = (old.dial != new.dial).sum() / 2
    assert f"**Your edit changes {changed:.1f} of {len(old.truth) // 2} decisions**" in texts(screen)
    assert screen.query_params["severity_run"] == choice.id


@pytest.mark.parametrize(("edited", "before", "move"), [(WIDER, BEFORE, "rise"), (BEFORE, WIDER, "fall")])
def test_mistakes_that_cross_the_threshold_are_told_apart_from_decisions(
    edited: SeverityMatrix, before: SeverityMatrix, move: str, show: Show, pooled: Workspace
) -> None:
    choice = pool(pooled)
    screen = show(pooled, edited=edited, before=before, severity_run=choice.id)
    run = results.load(choice.id, choice.runs)
    old = pooled_decisions(JudgedRun(run, before), Wish())
    benign, malignant = run.classes.index("benign"), run.classes.index("malignant")
    crossed = ((old.truth == benign) & (old.dial == malignant)).sum()
    assert crossed
    (said,) = (one.value.replace("\\", "") for one in screen.markdown if " mistakes that were " in one.value)
    assert f"{crossed / 2:.1f} mistakes that were " in said
    assert f"(benign called malignant): that alone makes the counts below {move}" in said
    assert "Dangerous cases were those of" in said
    assert not screen.warning  # the screen's one notice is the grid's
    screen.session_state["edited"] = before
    screen.run()
    assert " mistakes that were " not in texts(screen)


def test_another_wish_is_kept_through_an_edit(show: Show, pooled: Workspace) -> None:
    choice = pool(pooled)
    screen = show(pooled, severity_run=choice.id, severity_wish="Least average harm")
    run = results.load(choice.id, choice.runs)
    for edited in (EDITED, BEFORE):
        screen.session_state["edited"] = edited
        screen.run()
        screen.toggle[0].set_value(True).run()
        decided = pooled_decisions(JudgedRun(run, edited), Wish("least_severity", 0.0))
        every = rates(
            decided.truth, decided.dial, edited.reordered(run.classes), decided.groups, samples=decided.samples
        )
        assert table(screen)["Average harm"][2 if edited is EDITED else 1] == rate_words(every["expected_severity"])
    assert "**Caution changes" in texts(screen)
    assert {name: len(cells) for name, cells in table(screen).items()} == dict.fromkeys(
        ("Measure", *MEASURES.values()), 3
    )
    assert table(screen)["Measure"] == ["Without caution", "With caution", "Change"]


def test_while_one_chooses_validation_is_shown_and_test_on_request_is_a_look(show: Show, pooled: Workspace) -> None:
    choice = pool(pooled)
    screen = show(pooled, part="validation", severity_run=choice.id)
    run = results.load(choice.id, choice.runs)
    on_validation = Whatif(run.on_validation())
    expected = on_validation.update(EDITED, Wish(), on_validation.choose(BEFORE, Wish()), BEFORE)
    of_test = Whatif(run).update(EDITED, Wish())
    assert table(screen)["Right"][2] == rate_words(expected.after["accuracy"])
    assert f" of {len(expected.truth) // 2} decisions**" in texts(screen)
    assert "Validation cases: they flatter, since cautions are chosen on them." in texts(screen)
    assert looks(choice.runs) == 0
    screen.toggle[0].set_value(True).run()
    assert table(screen)["Right"][2] == rate_words(of_test.after["accuracy"])
    assert "Look 1 at this test part: " in texts(screen)
    # the next edit is shown on validation again, and an edit back on test, as it was asked for: no new look
    screen.session_state["edited"] = WIDER
    screen.run()
    assert not screen.toggle[0].value
    assert "Look " not in texts(screen)
    assert looks(choice.runs) == 1
    screen.toggle[0].set_value(True).run()
    assert "Look 2 at this test part: " in texts(screen)
    screen.session_state["edited"] = EDITED
    screen.run()
    screen.toggle[0].set_value(True).run()
    assert looks(choice.runs) == 2
    screen.session_state["edited"] = BEFORE
    screen.run()
    screen.toggle[0].set_value(True).run()  # the matrix that it was trained with, at the wish that is usual
    assert looks(choice.runs) == 2


def test_looks_at_a_file_are_not_counted(show: Show, empty: Workspace) -> None:
    assert "Looks at the test part of a file are not counted." in texts(show(empty, upload=predictions_csv()))
    without = show(empty, upload=predictions_csv(split=False))
    assert not without.toggle


def test_changed_decisions_are_shown_with_their_images(show: Show, pooled: Workspace) -> None:
    screen = show(pooled, severity_run=pool(pooled).id, severity_details="Changed calls")
    assert not screen.error
    captions = [text.value for text in screen.text]
    assert any(caption.startswith("Truth: ") for caption in captions)
    choice = pool(pooled)
    run = results.load(choice.id, choice.runs)
    old, new = (pooled_decisions(JudgedRun(run, matrix), Wish()) for matrix in (BEFORE, EDITED))
    turned = {
        f"Truth: {CLASSES[y]}\nBefore: {CLASSES[a]}\nNow: {CLASSES[b]}\n"
        for y, a, b in zip(old.truth, old.dial, new.dial, strict=True)
        if a != b
    }
    turned |= {start.removesuffix("\n") for start in turned}
    for caption in captions:
        assert not caption.startswith("Truth: ") or any(caption.startswith(start) for start in turned)
    assert any(caption.endswith("of 2 seeds") for caption in captions)
    assert len(screen.get("image")) == sum(caption.startswith("Truth: ") for caption in captions)
    assert not screen.dataframe


def test_without_the_data_set_changed_decisions_are_a_table(show: Show, pooled: Workspace) -> None:
    (pooled.datasets / "patches.json").unlink()
    screen = show(pooled, severity_run=pool(pooled).id, severity_details="Changed calls")
    assert not screen.error
    frame = screen.dataframe[0].value
    assert list(frame) == ["Case", "Truth", "Before", "Now", "Harm before", "Harm now", "Seeds"]
    assert (frame["Before"] != frame["Now"]).all()


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("What caution trades", "now it is **"),
        ("Confusions", "what each confusion adds to it"),
        ("Which cell matters most", " the threshold of 10"),
    ],
)
def test_each_detail_has_its_sentence_and_figure(tab: str, words: str, show: Show, pooled: Workspace) -> None:
    screen = show(pooled, severity_details=tab)
    assert not screen.error
    assert words in texts(screen)
    assert len(screen.get("plotly_chart")) == 2  # the two bars stand above


@pytest.mark.parametrize(
    ("tied", "words"),
    [
        ([], "decisions;"),
        ([(2, 1)], "decisions, as many as one other cell does (truth unsure, model says malignant);"),
        ([(1, 2), (2, 1)], "decisions, as many as 2 other cells do;"),
    ],
)
def test_a_cell_that_matters_as_much_is_named(
    tied: list[tuple[int, int]], words: str, show: Show, pooled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = np.zeros((3, 3), dtype=np.int64)
    for place in [(0, 1), *tied]:
        counts[place] = 6
    monkeypatch.setattr(whatif_cells, "cell_sensitivity", lambda *_, **__: CellSensitivity(counts, counts, 100))
    assert words in texts(show(pooled, severity_details="Which cell matters most"))


@pytest.mark.parametrize(("points", "warned"), [(1.0, True), (60.0, False)])
def test_accuracy_that_costs_more_on_test_than_was_accepted_is_said(
    points: float, warned: bool, show: Show, pooled: Workspace
) -> None:
    choice = pool(pooled)
    run = results.load(choice.id, choice.runs)
    result = Whatif(run).update(EDITED, Wish("accuracy_loss", points / 100))
    lost = 100 * (result.argmax["accuracy"].value - result.after["accuracy"].value)
    assert (lost > points + 0.05) == warned
    screen = show(pooled, severity_run=choice.id, severity_accuracy_loss=str(points))
    said = [one.value.replace("\\", "") for one in screen.markdown if "You accepted" in one.value]
    expected = f":material/warning: You accepted 1 point on validation; on test it costs {lost:.1f} points."
    assert said == ([expected] if warned else [])


def test_validation_without_a_dangerous_case_offers_fixed_cautions_and_says_why(show: Show, empty: Workspace) -> None:
    rows = predictions_csv().decode().splitlines()
    held = [row for row in rows if not (",malignant," in row and row.endswith(",validation"))]
    assert len(held) < len(rows)
    screen = show(empty, upload="\n".join(held).encode())
    assert "Validation holds no case of a critical class (malignant)" in texts(screen).replace("\\", "")
    assert [box.label for box in screen.selectbox] == ["Fixed caution"]


def test_a_caution_chosen_without_a_dangerous_class_says_so(show: Show, empty: Workspace) -> None:
    """WIDER finds benign dangerous, too: validation without malignant still holds a dangerous class."""
    rows = predictions_csv().decode().splitlines()
    held = [row for row in rows if not (",malignant," in row and row.endswith(",validation"))]
    screen = show(empty, edited=WIDER, upload="\n".join(held).encode())
    assert "The caution was chosen without a case of malignant." in texts(screen).replace("\\", "")


def test_a_file_with_validation_gets_the_same_treatment(show: Show, pooled: Workspace) -> None:
    screen = show(pooled, upload=predictions_csv(), severity_run="file")
    assert not screen.error
    assert "of 60:" in table(screen)["Right"][2]
    assert [box.label for box in screen.selectbox] == ["Tried on", "What you accept"]


def test_percentages_are_tried_where_that_is_chosen(show: Show, empty: Workspace) -> None:
    shares = table(show(empty, upload=predictions_csv()))
    screen = show(empty, upload=predictions_csv(scale=100))
    assert "these look like percentages" in errors(screen)[0]
    next(one for one in screen.radio if one.label == "Its values are").set_value("percent").run()
    assert not errors(screen)
    screen.toggle[0].set_value(True).run()  # the test part, as above
    assert table(screen) == shares


def test_a_file_without_validation_offers_fixed_cautions_only(show: Show, empty: Workspace) -> None:
    screen = show(empty, upload=predictions_csv(split=False))
    assert "no dial can be chosen" in texts(screen)
    assert [box.label for box in screen.selectbox] == ["Fixed caution"]
    first = table(screen)
    screen.selectbox[0].set_value("1.00 against average harm").run()
    second = table(screen)
    assert first["Right"][0] == second["Right"][0]
    assert first["Right"][2] != second["Right"][2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            predictions_csv(header=("sample", "truth", "benign", "malignant", "other")),
            "vendor.csv: there is no column 'unsure'; the columns are sample, truth, benign, malignant, other",
        ),
        (
            predictions_csv(scale=0.5),
            "vendor.csv, line 2: the probabilities sum to 0.5, not to 1 (120 such rows); give shares of one whole.",
        ),
        (b"", "vendor.csv: this is not a CSV file with a header"),
    ],
)
def test_a_wrong_file_is_one_line(content: bytes, message: str, show: Show, empty: Workspace) -> None:
    screen = show(empty, upload=content)
    (error,) = errors(screen)
    assert error.startswith(message)
    assert "\n" not in error


def test_a_matrix_without_dangerous_mistake_is_one_line(show: Show, pooled: Workspace) -> None:
    screen = show(pooled, edited=HARMLESS)
    assert not errors(screen)
    assert "Without a dangerous mistake there is nothing to count." in texts(screen)
    assert not screen.get("plotly_chart")


def test_where_nothing_was_dangerous_before_there_is_no_caution_before(show: Show, pooled: Workspace) -> None:
    screen = show(pooled, before=HARMLESS, severity_details="What caution trades")
    assert not screen.error
    assert "no mistake was dangerous and no caution could be chosen" in texts(screen)


def test_a_run_of_the_groups_is_judged_by_the_merged_matrix(show: Show, pooled: Workspace) -> None:
    groups = {"wart": "benign", "mole": "benign", "tumour": "malignant", "spot": "unsure"}
    matrix = SeverityMatrix.from_groups(groups, ["benign", "unsure", "malignant"])
    screen = show(pooled, edited=matrix, before=matrix)
    assert not screen.error
    assert "of" in table(screen)["Right"][1]


def test_an_unknown_run_in_the_address_is_named_and_the_newest_shown(show: Show, full: Workspace) -> None:
    screen = show(full, part="validation", severity_run="no*where")
    assert not screen.error
    assert "asks for the run no\\*where" in texts(screen)
    assert screen.query_params["severity_run"] == finished_choices(RunStore(full))[0].id


def test_class_names_are_no_markdown(show: Show, workspace: Workspace) -> None:
    names = {"benign": "**b**", "malignant": "[m](x)", "unsure": "<u>"}
    matrix = SeverityMatrix(list(names.values()), EDITED.values, critical=10)
    screen = show(
        workspace,
        edited=matrix,
        before=matrix,
        upload=_renamed(names),
        severity_details="Which cell matters most",
    )
    assert not screen.error
    (sentence,) = (one.value for one in screen.markdown if "matters most**" in one.value)
    assert not any(name in sentence for name in names.values())
    assert sum(escaped(name) in sentence for name in names.values()) == 2


def _renamed(names: dict[str, str]) -> bytes:
    text = predictions_csv().decode()
    for old, new in names.items():
        text = text.replace(old, new)
    return text.encode()


def test_an_unfinished_pool_still_offers_its_finished_run(show: Show, workspace: Workspace) -> None:
    run = add_run(workspace)
    add_run(workspace, "failed", seed=1)
    screen = show(workspace)
    assert screen.query_params["severity_run"] == run.id
