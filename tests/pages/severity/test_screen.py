"""The screen Severity matrix without a browser: where matrices come from and where they go, and what is said."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from pages.kit.assets import asset_text
from riskcore.data.registry import load_dataset
from riskcore.severity import SeverityMatrix
from riskcore.severity.draft_files import draft_path, keep_draft, unsaved_matrices
from riskcore.severity.history import Draft, History, edited
from riskcore.severity.store import list_matrices, load_matrix, matrix_versions, save_matrix
from riskcore.workspace import Workspace
from tests.helpers.screens import Open, texts


@pytest.fixture
def screen(open_screen: Open, empty: Workspace) -> AppTest:
    """The preset of the demo, on an empty workspace."""
    return open_screen("severity", empty, severity_matrix="demo")


@pytest.fixture
def detailed(open_screen: Open, empty: Workspace) -> AppTest:
    """The same with its versions unfolded."""
    return open_screen("severity", empty, severity_matrix="demo", severity_details="Versions")


def draft(screen: AppTest) -> Draft:
    return screen.session_state["severity_drafts"][screen.selectbox(key="severity_matrix").value]


def send(screen: AppTest, *events: dict) -> AppTest:
    """What the grid does at an edit; it is no element that a test can reach."""
    screen.session_state["severity_grid"] = {"message": {"token": draft(screen).token, "events": list(events)}}
    return screen.run()


def change(sequence: int, truth: str, prediction: str, cost: float) -> dict:
    return {"sequence": sequence, "kind": "edit", "cells": [[truth, prediction, cost]]}


def press(screen: AppTest, key: str) -> AppTest:
    screen.button(key=key).click().run()
    assert not screen.exception
    return screen


def errors(screen: AppTest) -> list[str]:
    return [element.value.replace("\\", "") for element in screen.error]  # as it reads once markdown has drawn it


def test_edits_come_in_once_and_are_unsaved(screen: AppTest) -> None:
    assert "Unsaved changes" not in texts(screen)
    send(screen, change(1, "melanoma", "naevus", 7))
    screen.run()  # the component's state stays; the edit is not taken in again
    assert draft(screen).history.current == edited(SeverityMatrix.preset("demo"), [("melanoma", "naevus", 7)])
    assert len(draft(screen).history.states) == 2
    assert "Unsaved changes" in texts(screen)


def test_an_unsaved_edit_stays_with_its_matrix(screen: AppTest) -> None:
    send(screen, change(1, "melanoma", "naevus", 7))
    screen.selectbox(key="severity_matrix").set_value("isic2018").run()
    assert draft(screen).history.current == SeverityMatrix.preset("isic2018")
    assert [badge.proto.help for badge in screen.markdown if "preset" in badge.value] == ["Also unsaved: demo"]
    screen.selectbox(key="severity_matrix").set_value("demo").run()
    assert draft(screen).history.current.values[3, 0] == 7


def test_save_under_a_name_and_restore_a_version(detailed: AppTest, empty: Workspace) -> None:
    screen = detailed
    send(screen, change(1, "melanoma", "naevus", 7))
    screen.text_input(key="severity_save_as demo").set_value("clinic").run()
    press(screen, "severity_save_now")
    assert screen.selectbox(key="severity_matrix").value == "clinic"
    assert load_matrix(empty, "clinic").values[3, 0] == 7
    assert "saved matrix" in texts(screen)

    send(screen, change(2, "melanoma", "naevus", 8))
    press(screen, "severity_save_now")
    assert matrix_versions(empty, "clinic") == ["clinic.v0", "clinic.v1"]
    assert screen.toast[0].value.replace("\\", "") == "Saved clinic. The one before is kept as clinic.v1."

    press(screen, "severity_restore clinic.v1")
    assert draft(screen).history.current.values[3, 0] == 7
    assert "Unsaved changes" in texts(screen)
    assert load_matrix(empty, "clinic").values[3, 0] == 8  # until it is saved


def test_a_version_with_other_classes_can_be_restored(open_screen: Open, empty: Workspace) -> None:
    for preset in ("sicapv2", "demo"):
        save_matrix(empty, "both", SeverityMatrix.preset(preset))
    screen = open_screen("severity", empty, severity_matrix="both", severity_details="Versions")
    press(screen, "severity_restore both.v1")
    assert errors(screen) == []
    assert draft(screen).history.current == SeverityMatrix.preset("sicapv2")


def test_discarding_can_be_undone(screen: AppTest) -> None:
    send(screen, change(1, "melanoma", "naevus", 7))
    press(screen, "severity_discard")
    assert draft(screen).history.current == SeverityMatrix.preset("demo")
    assert draft(screen).history.undo().current.values[3, 0] == 7


@pytest.mark.parametrize("name", ["a b", "x.v1", ""])
def test_a_name_that_is_none_is_refused_and_nothing_is_lost(screen: AppTest, name: str) -> None:
    send(screen, change(1, "melanoma", "naevus", 7))
    screen.text_input(key="severity_save_as demo").set_value(name).run()
    press(screen, "severity_save_now")
    assert errors(screen)[0].startswith("Expected a name of at most 100 letters")
    assert draft(screen).history.current.values[3, 0] == 7


def test_saving_over_another_unsaved_draft_is_refused(screen: AppTest, empty: Workspace) -> None:
    send(screen, change(1, "melanoma", "naevus", 7))
    screen.selectbox(key="severity_matrix").set_value("isic2018").run()
    screen.text_input(key="severity_save_as isic2018").set_value("demo").run()
    press(screen, "severity_save_now")
    assert errors(screen) == ["'demo' has unsaved edits of its own; save or discard them first."]
    assert list_matrices(empty) == []


def test_a_refused_edit_leaves_the_matrix(screen: AppTest) -> None:
    send(screen, change(1, "melanoma", "naevus", -1))
    assert draft(screen).history.current == SeverityMatrix.preset("demo")
    assert "the cost is -1; give a number of at least 0." in (draft(screen).problem or "")


def test_a_new_matrix_from_a_list_of_classes(screen: AppTest) -> None:
    screen.radio(key="severity_new_from").set_value("A list of classes").run()
    press(screen, "severity_new_make")
    assert errors(screen) == ["A severity matrix needs at least two classes, but got 0."]
    screen.text_area(key="severity_new_classes").set_value("odd\nplain\n").run()
    screen.text_input(key="severity_new_name").set_value("demo").run()
    press(screen, "severity_new_make")
    assert errors(screen) == ["There is a matrix named 'demo' already; choose another name."]
    screen.text_input(key="severity_new_name").set_value("mine").run()
    press(screen, "severity_new_make")
    assert screen.selectbox(key="severity_matrix").value == "mine"
    assert draft(screen).history.current.to_dict()["values"] == [[0, 1], [1, 0]]
    assert "Unsaved changes" in texts(screen)


def test_a_new_matrix_from_a_file(screen: AppTest) -> None:
    press(screen, "severity_new_make")
    assert errors(screen) == ["Choose a file first, or drag one in."]
    screen.file_uploader(key="severity_new_file").upload("my costs.csv", b"t;a;b\na;0;x\nb;10;0\n", "text/csv").run()
    press(screen, "severity_new_make")
    assert errors(screen)[0].startswith("My costs.csv: row 'a' (truth), column 'b' (model says): the cost is 'x'")
    screen.file_uploader(key="severity_new_file").upload("my costs.csv", b"t;a;b\na;0;2,5\nb;10;0\n", "text/csv").run()
    press(screen, "severity_new_make")
    assert screen.selectbox(key="severity_matrix").value == "my-costs"
    assert draft(screen).history.current.to_dict()["values"] == [[0, 2.5], [10, 0]]


def test_a_new_matrix_from_a_data_set_or_a_preset(open_screen: Open, workspace: Workspace) -> None:
    screen = open_screen("severity", workspace)
    assert screen.selectbox(key="severity_matrix").value == "patches"  # the matrix of the data set that is here
    screen.radio(key="severity_new_from").set_value("A data set's classes").run()
    press(screen, "severity_new_make")
    assert screen.selectbox(key="severity_matrix").value == "patches-2"  # the name is taken
    assert draft(screen).history.current.classes == load_dataset(workspace, "patches").classes
    screen.radio(key="severity_new_from").set_value("A preset").run()
    screen.selectbox(key="severity_new_preset").set_value("sicapv2").run()
    press(screen, "severity_new_make")
    assert screen.selectbox(key="severity_matrix").value == "my-sicapv2"
    assert draft(screen).history.current == SeverityMatrix.preset("sicapv2")


def test_a_data_set_is_asked_for_where_there_is_none(screen: AppTest) -> None:
    screen.radio(key="severity_new_from").set_value("A data set's classes").run()
    press(screen, "severity_new_make")
    assert errors(screen) == ["No data set is registered yet; the screen Data sets does that."]


def open_groups(screen: AppTest) -> None:
    screen.session_state["severity_groups"] = True
    screen.run()


def order(screen: AppTest) -> AppTest:
    (found,) = (box for box in screen.text_input if box.key.startswith("severity_order"))
    return found


def group(screen: AppTest, label: str) -> AppTest:
    (found,) = (box for box in screen.selectbox if box.key.startswith(f"severity_group {label} "))
    return found


def test_groups_and_four_costs(screen: AppTest) -> None:
    open_groups(screen)
    order(screen).set_value("harmless, suspicious, malignant").run()
    for label, name in {"keratosis": "suspicious", "melanoma": "malignant", "carcinoma": "malignant"}.items():
        group(screen, label).set_value(name).run()
    screen.number_input(key="severity_cost_critical_miss").set_value(20.0).run()
    press(screen, "severity_groups_costs")
    expected = SeverityMatrix.from_groups(
        {
            "naevus": "harmless",
            "keratosis": "suspicious",
            "vascular": "harmless",
            "melanoma": "malignant",
            "carcinoma": "malignant",
        },
        ["harmless", "suspicious", "malignant"],
        critical_miss=20,
    )
    assert draft(screen).history.current == expected
    assert draft(screen).history.undo().current == SeverityMatrix.preset("demo")


def test_groups_alone_leave_the_costs(screen: AppTest) -> None:
    open_groups(screen)
    group(screen, "keratosis").set_value("malignant").run()
    press(screen, "severity_groups_only")
    after = draft(screen).history.current
    assert (after.groups or {})["keratosis"] == "malignant"
    assert after.difference(SeverityMatrix.preset("demo")) == []
    assert "Truth naevus, model says keratosis" not in texts(screen)


def test_groups_that_do_not_fit_are_refused_in_words(screen: AppTest) -> None:
    open_groups(screen)
    order(screen).set_value("benign").run()
    assert errors(screen) == ["Name at least two groups, each once, separated by commas: benign, malignant."]
    order(screen).set_value("benign, malignant, odd").run()
    press(screen, "severity_groups_costs")
    assert errors(screen) == ["Group 'odd' has no class; give it one or take it out of order."]
    assert draft(screen).history.current == SeverityMatrix.preset("demo")


def test_warnings_name_what_may_not_be_meant(screen: AppTest) -> None:
    assert not screen.warning
    assert not screen.error
    send(screen, {"sequence": 1, "kind": "edit", "critical": 11})
    assert screen.warning[0].value.startswith("No mistake is dangerous")


def test_compare_with_a_version(open_screen: Open, empty: Workspace) -> None:
    screen = open_screen("severity", empty, severity_matrix="demo", severity_details="Two matrices")
    assert "Nothing differs." in [text.value for text in screen.text]
    send(screen, change(1, "melanoma", "naevus", 7))
    said = [text.value for text in screen.text]
    assert "1 of 20 mistakes have another severity: 0 higher, 1 lower." in said
    assert "1 is no longer dangerous." in said
    (table,) = (frame.value for frame in screen.dataframe if "change" in frame.value)
    assert table.iloc[0].tolist() == ["melanoma", "naevus", 10, 7, "lower, no longer dangerous"]
    screen.selectbox(key="severity_second").set_value("isic2018").run()
    assert any(text.value.startswith("Only the second has MEL") for text in screen.text)


def test_an_unknown_name_in_the_address_is_said(open_screen: Open, empty: Workspace) -> None:
    screen = open_screen("severity", empty, severity_matrix="dema")
    assert "did you mean 'demo'" in texts(screen).replace("\\", "")


def test_a_file_that_cannot_be_read_is_one_line_and_another_can_be_chosen(open_screen: Open, empty: Workspace) -> None:
    empty.matrices.mkdir(parents=True)
    (empty.matrices / "broken.json").write_text("{")
    screen = open_screen("severity", empty, severity_matrix="broken", severity_details="Two matrices")
    assert len(errors(screen)) == 1
    assert "not valid JSON" in errors(screen)[0]
    screen.selectbox(key="severity_matrix").set_value("demo").run()
    assert not screen.error
    screen.selectbox(key="severity_first").set_value("broken").run()
    assert len(errors(screen)) == 1


def test_what_is_saved_elsewhere_meanwhile_is_shown_where_nothing_was_edited(
    open_screen: Open, workspace: Workspace, patch_matrix: SeverityMatrix
) -> None:
    screen = open_screen("severity", workspace, severity_matrix="patches")
    other = edited(patch_matrix, [("benign", "malignant", 4)])
    save_matrix(workspace, "patches", other)
    screen.run()
    assert draft(screen).history.current == other


def test_names_of_users_are_shown_as_they_are(open_screen: Open, empty: Workspace) -> None:
    names = ["**bold**", "[link](http://x)", "<b>"]
    matrix = SeverityMatrix(names, [[0, 1, 1], [1, 0, 1], [10, 1, 0]], 10, dict.fromkeys(names, "g"))
    save_matrix(empty, "signs", edited(matrix, [("**bold**", "<b>", 0)]))
    screen = open_screen("severity", empty, severity_matrix="signs")
    assert r"\*\*bold\*\*" in screen.warning[0].value
    assert not screen.error  # one group is no mistake
    open_groups(screen)
    labels = [box.label.replace("\u2060", "") for box in screen.selectbox]  # it keeps addresses from being links
    assert r"\[link\]\(http\:\/\/x\)" in labels


def test_saving_a_preset_proposes_a_name_of_ones_own_and_keeps_the_preset_as_version_0(
    detailed: AppTest, empty: Workspace
) -> None:
    screen = detailed
    send(screen, change(1, "melanoma", "naevus", 30))
    assert screen.text_input(key="severity_save_as demo").value == "my-demo"
    screen.text_input(key="severity_note demo").set_value("worse than *all* others").run()
    screen.text_input(key="severity_author").set_value("Dr A").run()
    press(screen, "severity_save_now")
    assert screen.selectbox(key="severity_matrix").value == "my-demo"
    assert load_matrix(empty, "my-demo").values[3, 0] == 30
    assert load_matrix(empty, "my-demo.v0") == SeverityMatrix.preset("demo")
    assert unsaved_matrices(empty) == []
    said = [text.value for text in screen.text]
    assert any(re.fullmatch(r"my-demo · saved .* · Dr A · worse than \*all\* others", text) for text in said)
    assert "my-demo.v0 · preset demo" in said
    # the author is offered again, the note is not
    assert screen.text_input(key="severity_author").value == "Dr A"
    assert screen.text_input(key="severity_note my-demo").value == ""
    screen.selectbox(key="severity_matrix").set_value("demo").run()
    assert screen.text_input(key="severity_save_as demo").value == "my-demo-2"


def test_unsaved_edits_survive_a_new_visit(screen: AppTest, open_screen: Open, empty: Workspace) -> None:
    send(screen, change(1, "melanoma", "naevus", 7))
    screen.radio(key="severity_new_from").set_value("A list of classes").run()
    screen.text_area(key="severity_new_classes").set_value("odd\nplain\n").run()
    screen.text_input(key="severity_new_name").set_value("mine").run()
    press(screen, "severity_new_make")
    again = open_screen("severity", empty, severity_matrix="demo")
    assert "Unsaved changes" in texts(again)
    assert draft(again).history.current.values[3, 0] == 7
    assert draft(again).history.undo().current == SeverityMatrix.preset("demo")
    again.selectbox(key="severity_matrix").set_value("mine").run()
    assert draft(again).history.current.classes == ("odd", "plain")
    press(again, "severity_save_now")
    assert unsaved_matrices(empty) == ["demo"]
    again.selectbox(key="severity_matrix").set_value("demo").run()
    press(again, "severity_discard")
    assert unsaved_matrices(empty) == []


def test_what_another_window_edits_comes_in_and_can_be_undone(
    screen: AppTest, open_screen: Open, empty: Workspace
) -> None:
    send(screen, change(1, "melanoma", "naevus", 7))
    other = open_screen("severity", empty, severity_matrix="demo")
    send(other, change(1, "melanoma", "naevus", 8))
    screen.run()
    assert draft(screen).history.current.values[3, 0] == 8
    assert draft(screen).history.undo().current.values[3, 0] == 7


def test_unsaved_edits_that_cannot_be_read_are_one_line_and_kept(open_screen: Open, empty: Workspace) -> None:
    path = draft_path(empty, "demo")
    path.parent.mkdir(parents=True)
    path.write_text("{half")
    screen = open_screen("severity", empty, severity_matrix="demo")
    (error,) = errors(screen)
    assert "the unsaved edits of demo cannot be read" in error
    screen.selectbox(key="severity_matrix").set_value("isic2018").run()
    assert not screen.error
    screen.selectbox(key="severity_matrix").set_value("demo").run()
    press(screen, "severity_put_aside")
    assert not screen.error
    assert draft(screen).history.current == SeverityMatrix.preset("demo")
    assert [file.read_text() for file in path.parent.iterdir()] == ["{half"]


def test_a_deleted_matrix_comes_back_by_undo_or_from_the_trash(open_screen: Open, empty: Workspace) -> None:
    for name in ("clinic", "clinic", "ward"):
        save_matrix(empty, name, edited(SeverityMatrix.preset("demo"), [("melanoma", "naevus", len(name) + 7)]))
    screen = open_screen("severity", empty, severity_matrix="clinic")
    send(screen, change(1, "melanoma", "naevus", 7))
    press(screen, "severity_delete clinic")
    assert list_matrices(empty) == ["ward"]
    assert screen.selectbox(key="severity_matrix").value == "ward"
    assert "No matrix is named" not in texts(screen)
    press(screen, "severity_undo_delete")
    assert screen.selectbox(key="severity_matrix").value == "clinic"
    assert list_matrices(empty) == ["clinic", "ward"]
    assert draft(screen).history.current.values[3, 0] == 7  # with its unsaved edits
    press(screen, "severity_delete clinic")
    screen.selectbox(key="severity_matrix").set_value("isic2018").run()
    assert "severity_undo_delete" not in [button.key for button in screen.button]
    press(screen, "severity_undelete clinic")
    assert list_matrices(empty) == ["clinic", "ward"]
    assert "severity_undelete clinic" not in [button.key for button in screen.button]


def test_a_preset_cannot_be_deleted(screen: AppTest) -> None:
    assert screen.button(key="severity_delete demo").disabled


def test_the_link_to_training_carries_data_set_and_matrix(open_screen: Open, workspace: Workspace) -> None:
    screen = open_screen("severity", workspace, severity_matrix="patches")
    links = [link.proto for link in screen.get("page_link") if link.proto.label == "Train with it"]
    assert links
    for link in links:
        assert "train_data=patches" in str(link)
        assert "train_matrix=patches" in str(link)


def test_a_matrix_that_was_never_saved_has_no_link_to_training(open_screen: Open, empty: Workspace) -> None:
    keep_draft(empty, "ward", Draft(History.begin(SeverityMatrix.preset("demo"), stored=False)))
    screen = open_screen("severity", empty, severity_matrix="ward")
    assert "Save the matrix and train one" in texts(screen)
    assert "Train with it" not in [link.proto.label for link in screen.get("page_link")]


def test_a_link_from_a_data_set_opens_a_matrix_for_its_classes(open_screen: Open, workspace: Workspace) -> None:
    screen = open_screen("severity", workspace, severity_data="patches")
    assert screen.selectbox(key="severity_matrix").value == "patches"  # one that fits is there
    assert unsaved_matrices(workspace) == []
    (workspace.matrices / "patches.json").unlink()
    screen = open_screen("severity", workspace, severity_data="patches")
    assert not screen.error
    assert screen.selectbox(key="severity_matrix").value == "patches"
    assert draft(screen).history.current == SeverityMatrix.equal_costs(load_dataset(workspace, "patches").classes)
    assert unsaved_matrices(workspace) == ["patches"]
    assert "severity_data" not in screen.query_params
    screen = open_screen("severity", workspace, severity_data="nowhere")
    assert "nowhere" in errors(screen)[0]


def test_there_is_one_notice_at_most(screen: AppTest) -> None:
    send(screen, {"sequence": 1, "kind": "edit", "critical": 11}, change(2, "naevus", "keratosis", 0))
    assert len(screen.warning) + len(screen.info) + len(screen.error) + len(screen.success) == 1
    assert screen.warning[0].value.count("- ") == 2


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_on_each_shade_has_contrast_and_shades_are_told_apart_by_lightness() -> None:
    """WCAG AA in both themes; lightness runs one way, so that hue is not needed to order the shades."""
    rule = r"light-dark\((#\w{6}), (#\w{6})\)"
    shades = re.findall(
        rf'data-level="\d"\] \{{ background-color: {rule}; color: {rule}', asset_text("severity_grid.css")
    )
    assert len(shades) == 5
    for theme, direction in ((0, -1), (1, 1)):  # towards danger
        backgrounds = [luminance(shade[theme]) for shade in shades]
        for background, shade in zip(backgrounds, shades, strict=True):
            low, high = sorted((background, luminance(shade[2 + theme])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, shade
        assert backgrounds == sorted(backgrounds, key=lambda value: direction * value)
