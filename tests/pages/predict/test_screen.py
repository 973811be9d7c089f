"""The Predict screen, with a real (untrained) network behind it."""

import io
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage
from streamlit.testing.v1 import AppTest

from pages.kit.plain_text import escaped
from pages.predict import files as predict_files
from pages.predict import screen as predict_screen
from riskcore.decision.certificate import AnswerRule
from riskcore.decision.dial import Dial
from riskcore.jobs.sealing import keep_rule
from riskcore.learning.bundle import Bundle
from riskcore.learning.predictor import Predictor
from riskcore.runs.choices import finished_choices
from riskcore.runs.folder import Run
from riskcore.runs.overview import entries
from riskcore.runs.ranking import validation_cer
from riskcore.runs.store import RunStore
from riskcore.words.images.judged import Judged, judge
from riskcore.words.images.not_judged import LACKS, NEAREST, NEAREST_OF_STRANGE
from riskcore.words.images.risk_level import LEVELS, STRANGE
from riskcore.words.seal import UNSEALED
from riskcore.workspace import Workspace
from tests.helpers.bundles import description, flip, overflow, strip, write_bundle, write_description
from tests.helpers.made_workspace import add_run, fill, make_usable
from tests.helpers.other_kinds import NAMES, other_kinds
from tests.helpers.screens import Open, errors, texts
from tests.helpers.trained_runs import trained

TYPE = "application/octet-stream"


@pytest.fixture
def run(workspace: Workspace) -> Run:
    """The only finished run of the workspace, with weights: it calls everything benign, with 30 % malignant."""
    made = add_run(workspace)
    make_usable(made)
    return made


def picture(format: str, shade: int = 100, size: tuple[int, int] = (60, 40)) -> bytes:
    stream = io.BytesIO()
    flat = [Image.new("L", size, level) for level in (shade, 120)]
    Image.merge("RGB", [flat[0], Image.linear_gradient("L").resize(size), flat[1]]).save(stream, format)
    return stream.getvalue()


def dicom() -> bytes:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    file = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    file.SOPClassUID, file.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3"
    file.PatientName = "Doe^Jane"
    file.Rows = file.Columns = 40
    file.SamplesPerPixel, file.PhotometricInterpretation = 1, "MONOCHROME2"
    file.BitsAllocated = file.BitsStored = 16
    file.HighBit, file.PixelRepresentation = 15, 0
    file.PixelData = np.arange(1600, dtype=np.uint16).tobytes()
    stream = io.BytesIO()
    Dataset.save_as(file, stream, enforce_file_format=True)
    return stream.getvalue()


def drop(screen: AppTest, *files: tuple[str, bytes]) -> AppTest:
    screen.file_uploader(key="predict_files").set_value([(name, content, TYPE) for name, content in files]).run()
    assert not screen.exception
    return screen


def press(screen: AppTest, label: str) -> AppTest:
    (found,) = (one for one in screen.button if one.label == label)
    found.click().run()
    assert not screen.exception
    return screen


def labels(screen: AppTest) -> list[str]:
    return [one.label for one in screen.button]


EXAMPLES, AWAY = "Try with examples", "Put the examples away"
SAVE = "Save the table and images"


def levels(screen: AppTest) -> list[str]:
    """What the filter by level offers."""
    (found,) = (one for one in screen.segmented_control if one.label == "Level of risk")
    return list(found.options)


def pictures(screen: AppTest) -> list[str]:
    """What the pictures on the cards are called, in their order."""
    alts = [image.proto.imgs[0].alt for image in screen.image]
    return [alt for alt in alts if alt.startswith(("Image ", "Map of "))]


def test_without_a_finished_run_it_leads_to_training(open_screen: Open, workspace: Workspace) -> None:
    add_run(workspace, "failed")
    screen = open_screen("predict", workspace)
    assert "no finished training run" in screen.info[0].value
    assert [link.proto.label for link in screen.get("page_link")] == ["Train a model"]
    assert not screen.file_uploader


def test_torch_stays_away_until_an_image_comes(
    open_screen: Open, full: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("torch", "riskcore.learning.predictor", "riskcore.learning.network", "riskcore.learning.backbones"):
        monkeypatch.setitem(sys.modules, name, None)  # importing it now fails
    screen = open_screen("predict", full)
    assert not screen.error
    assert EXAMPLES in labels(screen)


def test_it_says_what_the_run_learnt_from_and_how_good_it_was(
    open_screen: Open, run: Run, workspace: Workspace
) -> None:
    shown = texts(open_screen("predict", workspace))
    assert "data set **patches**" in shown
    assert "benign, malignant, unsure" in shown.replace("\\", "")
    for name in ("Right answers", "Dangerous mistakes", "False alarms"):
        assert re.search(rf"- {name}: \*\*\d+\*\* \(95 % interval \d+ to \d+, n = \d+\)", shown)
    assert "per 1,000" in shown
    assert "synthetic" not in shown


def test_synthetic_data_are_called_so(open_screen: Open, run: Run, workspace: Workspace) -> None:
    bundle = Bundle.load(run.folder / "bundle")
    replace(bundle, provenance={**bundle.provenance, "synthetic": True}).save(run.folder / "bundle")
    assert "It learnt from synthetic images and knows nothing of patients." in texts(open_screen("predict", workspace))


def test_every_kind_of_file_gets_a_card_and_bad_ones_a_line_each(
    open_screen: Open, run: Run, workspace: Workspace
) -> None:
    screen = drop(
        open_screen("predict", workspace),
        ("a.png", picture("PNG")),
        ("empty.png", b""),
        ("b.jpg", picture("JPEG")),
        ("c.tif", picture("TIFF")),
        ("notes.png", b"not an image"),
        ("IM0001", dicom()),
        ("cut.jpg", picture("JPEG", size=(600, 400))[:900]),
    )
    assert pictures(screen) == ["Image 1: a.png", "Image 2: b.jpg", "Image 3: c.tif", "Image 4: IM0001"]
    assert levels(screen) == ["All 7", "High 4", "Failed 3"]
    shown = texts(screen).replace("\\", "")
    assert not screen.error
    assert shown.count("**Could not be judged**") == 3
    for said in (
        "The file is empty; fetch or export it again.",
        "The file is not an image; expected PNG, JPEG, TIFF, BMP, GIF, WebP or DICOM content.",
        "The image is damaged or cut short; fetch or export it again.",
        *("1 · a.png", "2 · b.jpg", "3 · c.tif", "4 · IM0001", "5 · empty.png", "6 · notes.png", "7 · cut.jpg"),
    ):
        assert said in shown.splitlines()
    assert "Jane" not in shown


def test_a_card_says_what_the_model_says(open_screen: Open, run: Run, workspace: Workspace) -> None:
    screen = drop(open_screen("predict", workspace), ("a.png", picture("PNG")))
    shown = texts(screen).replace("\\", "")
    for said in (
        "High risk of a dangerous miss",
        "**What to do.** Have a specialist look before anything else.",
        "Model says **benign**",
        "**30.0 % chance that the call is a dangerous mistake**",
        "Decides with caution **0.00 against average harm**, chosen on validation for: at most 1 point less accuracy.",
        '**Why benign.** "malignant" would do less harm on average (1.90 against 3.40), but this run\'s caution is 0',
        "**Most dangerous plausible miss:** malignant (30.0 %)",
    ):
        assert said in shown
    (classes,) = screen.dataframe
    assert classes.value["class"].tolist() == ["➤ benign", "malignant", "unsure"]
    np.testing.assert_allclose(classes.value["probability"], [60.0, 30.0, 10.0])
    # Harm of benign 0.3·10 + 0.1·4, of malignant 0.6·3 + 0.1·1, of unsure 0.6·1 + 0.3·5.
    np.testing.assert_allclose(classes.value["harm"], [3.4, 1.9, 2.1])


def test_a_caution_that_could_not_be_chosen_says_why(open_screen: Open, run: Run, workspace: Workspace) -> None:
    bundle = Bundle.load(run.folder / "bundle")
    why = "Validation holds no case of a critical class (malignant), so no dial can be chosen on it."
    replace(bundle, absent=("malignant",), note=why).save(run.folder / "bundle")
    shown = texts(drop(open_screen("predict", workspace), ("a.png", picture("PNG")))).replace("\\", "")
    assert f"The caution is 0, the likeliest class: {why}" in shown
    assert "chosen on validation for:" not in shown


def test_a_caution_chosen_without_a_class_says_so(open_screen: Open, run: Run, workspace: Workspace) -> None:
    replace(Bundle.load(run.folder / "bundle"), absent=("malignant",)).save(run.folder / "bundle")
    shown = texts(drop(open_screen("predict", workspace), ("a.png", picture("PNG")))).replace("\\", "")
    assert shown.count("The caution was chosen without a case of malignant.") == 2  # of the model, and of the image
    assert "chosen on validation for: at most 1 point" in shown


def test_the_dial_is_explained_where_it_leaves_the_likeliest_class(
    open_screen: Open, run: Run, workspace: Workspace
) -> None:
    make_usable(run, Dial("severity", 1.0))
    screen = drop(open_screen("predict", workspace), ("a.png", picture("PNG")))
    shown = texts(screen).replace("\\", "")
    assert "Dangerous finding" in shown
    assert "Model says **malignant**" in shown
    assert "Without caution: benign" in shown
    assert "**Probability that it is not malignant: 70.0 %**" in shown
    assert "chance that the call is a dangerous mistake" not in shown
    assert '**Why malignant.** The likeliest class is "benign" (60.0 %), but calling it does more harm' in shown
    assert screen.dataframe[0].value["class"].tolist() == ["benign", "➤ malignant", "unsure"]


def test_a_call_that_the_correction_turned_is_not_put_down_to_caution(
    open_screen: Open, run: Run, workspace: Workspace
) -> None:
    make_usable(run, shares=(0.2, 0.5, 0.3))  # the untrained network's first class is benign
    shown = texts(drop(open_screen("predict", workspace), ("a.png", picture("PNG")))).replace("\\", "")
    assert "Model says **malignant**" in shown
    assert "Before correcting its probabilities: benign" in shown
    assert "Without caution: benign" not in shown


def test_class_and_file_names_are_no_markdown(open_screen: Open, run: Run, workspace: Workspace) -> None:
    shown = texts(drop(open_screen("predict", workspace), ("**<img>** :red[x].png", picture("PNG"))))
    assert r"\*\*\<img\>\*\* \:red\[x\]\.png" in shown


def test_the_table_holds_all_and_can_be_downloaded(open_screen: Open, run: Run, workspace: Workspace) -> None:
    screen = drop(
        open_screen("predict", workspace, predict_view="Table"), ("bad.png", b"no"), ("=1+1.png", picture("PNG"))
    )
    (every,) = screen.dataframe
    assert every.value["image"].tolist() == ["=1+1.png", "bad.png"]
    assert every.value["number"].tolist() == [1, 2]
    assert every.value["critical_probability"].iloc[0] == pytest.approx(30.0)
    assert every.value["advice"].iloc[1].startswith("Not judged: bad.png: the file is not an image")
    downloads = [download.proto.label for download in screen.get("download_button")]
    assert downloads == ["Download the table (CSV)", "Download the reviews (CSV)"]


def test_a_rerun_does_not_judge_again_but_another_run_does(
    open_screen: Open, run: Run, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = add_run(workspace, seed=1)
    make_usable(other, shares=(0.1, 0.1, 0.8))
    asked: list[str] = []

    def counting(predict: Predictor, name: str, content: bytes) -> Judged:
        asked.append(f"{predict.bundle.provenance['run']} {name}")
        return judge(predict, name, content)

    monkeypatch.setattr("pages.predict.results.judge", counting)
    files = ("a.png", picture("PNG")), ("b.png", picture("PNG", 30))
    screen = drop(open_screen("predict", workspace, predict_run=run.id), *files)
    assert asked == [f"{run.id} a.png", f"{run.id} b.png"]
    screen.run()
    assert len(asked) == 2
    drop(screen, *reversed(files), ("c.png", picture("PNG", 50)))  # dropped anew: only the new one is judged
    assert asked[2:] == [f"{run.id} c.png"]
    screen.selectbox(key="predict_run_chosen").select(other.id).run()
    assert len(asked) == 6
    assert "Model says **unsure**" in texts(screen)
    assert screen.query_params["predict_run"] == other.id
    screen.selectbox(key="predict_run_chosen").select(run.id).run()
    assert len(asked) == 6
    assert "Model says **benign**" in texts(screen)


def test_no_bytes_of_a_file_stay_in_the_session(open_screen: Open, run: Run, workspace: Workspace) -> None:
    content = picture("PNG", size=(900, 900))
    screen = drop(open_screen("predict", workspace), ("a.png", content))
    held = repr({key: screen.session_state[key] for key in ("predict_results", "predict_hashes")})
    assert "a.png" in held
    assert repr(content)[2:-1] not in held
    screen.file_uploader(key="predict_files").set_value(None).run()
    assert screen.session_state["predict_hashes"] == {}
    assert EXAMPLES in labels(screen)


def test_more_files_than_are_judged_at_once_are_refused_in_words(
    open_screen: Open, run: Run, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predict_files, "MOST_FILES", 2)
    screen = drop(open_screen("predict", workspace), *[(f"{n}.png", picture("PNG", n)) for n in range(3)])
    assert "3 files were dropped; the first 2 are judged." in screen.warning[0].value
    assert len(pictures(screen)) == 2


def test_many_cards_are_shown_by_the_dozen(open_screen: Open, run: Run, workspace: Workspace) -> None:
    screen = drop(open_screen("predict", workspace), *[(f"{n}.png", picture("PNG", n)) for n in range(14)])
    assert len(pictures(screen)) == 12
    screen.session_state["predict_page"] = 2
    screen.run()
    assert [name.split(":")[0] for name in pictures(screen)] == ["Image 13", "Image 14"]


def test_examples_are_test_images_of_the_run_with_their_truth(
    open_screen: Open, run: Run, workspace: Workspace
) -> None:
    screen = press(open_screen("predict", workspace), EXAMPLES)
    shown = texts(screen)
    truths = re.findall(r"The data set says: (\w+)", shown)
    assert len(truths) == 3
    kinds = {"malignant": "a dangerous mistake", "unsure": "another mistake"}  # all are called benign
    told = [f"Wrong: {kinds[truth]}" for truth in truths if truth in kinds]
    assert re.findall(r"Wrong: [a-z ]+", shown) == told
    assert told
    assert len(pictures(screen)) == 3
    assert screen.query_params["predict_examples"] == "yes"
    press(screen, AWAY)
    assert not pictures(screen)
    assert "predict_examples" not in screen.query_params


def test_examples_have_an_address_and_give_way_to_files(open_screen: Open, run: Run, workspace: Workspace) -> None:
    screen = open_screen("predict", workspace, predict_examples="yes")
    assert len(pictures(screen)) == 3
    drop(screen, ("a.png", picture("PNG")))
    assert len(pictures(screen)) == 1
    assert "predict_examples" not in screen.query_params


def test_examples_that_are_gone_are_one_line(open_screen: Open, run: Run, workspace: Workspace, patches: Path) -> None:
    for path in patches.rglob("*.png"):
        path.unlink()
    screen = open_screen("predict", workspace)
    assert EXAMPLES not in labels(screen)
    assert "there are no examples to try" in texts(screen)
    assert not screen.error
    screen = open_screen("predict", workspace, predict_examples="yes")
    assert len(screen.error) == 1
    assert "the example image is not there any more" in errors(screen)[0]
    assert AWAY in labels(screen)


def test_a_run_without_its_weights_is_one_line_and_another_can_be_chosen(
    open_screen: Open, run: Run, workspace: Workspace
) -> None:
    (run.folder / "bundle" / "trained.safetensors").unlink()
    other = add_run(workspace, seed=1)
    make_usable(other)
    screen = drop(open_screen("predict", workspace, predict_run=run.id), ("a.png", picture("PNG")))
    assert len(screen.error) == 1
    assert "cannot be loaded" in errors(screen)[0]
    screen.selectbox(key="predict_run_chosen").select(other.id).run()
    assert not screen.error
    assert "Model says **benign**" in texts(screen)


def test_a_damaged_description_is_one_line(open_screen: Open, run: Run, workspace: Workspace) -> None:
    (run.folder / "bundle" / "bundle.json").write_text("{")
    screen = open_screen("predict", workspace)
    assert len(screen.error) == 1
    assert "not valid JSON" in errors(screen)[0]
    assert screen.selectbox(key="predict_run_chosen").value == run.id


def test_the_address_names_a_run_or_a_pool_and_an_unknown_one_is_said(open_screen: Open, workspace: Workspace) -> None:
    made = fill(workspace)
    last = open_screen("predict", workspace).selectbox(key="predict_run_chosen").options[-1]
    assert "patches · " in last
    chosen = made["log_harm"][1]
    assert open_screen("predict", workspace, predict_run=chosen.id).selectbox[0].value == chosen.id
    pooled = open_screen("predict", workspace, predict_run=made["ce"][0].pool).selectbox[0].value
    assert pooled in {run.id for run in made["ce"]}
    gone = open_screen("predict", workspace, predict_run="*gone*")
    assert r"asks for the run \*gone\*, which is not here or not finished" in texts(gone)
    assert gone.query_params["predict_run"] == gone.selectbox[0].value


def test_the_training_that_overview_names_judges_unless_another_is_asked_for(
    open_screen: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [add_run(workspace, loss=loss, seed=seed) for loss in ("ce", "log_harm") for seed in (0, 1)]
    (entry,) = entries(finished_choices(RunStore(workspace)))
    for choice in entry.rivals:
        standing = SimpleNamespace(id=choice.id)
        monkeypatch.setattr(predict_screen, "best_of", lambda _, standing=standing: (standing, None))
        chosen = open_screen("predict", workspace).selectbox(key="predict_run_chosen").value
        seeds = {run.id: validation_cer(run) for run in choice.runs}
        assert seeds[chosen] == min(seeds.values())
    monkeypatch.undo()
    for run in runs:
        (run.folder / "predictions.parquet").unlink()
    screen = open_screen("predict", workspace)
    assert screen.selectbox(key="predict_run_chosen").options


def test_nothing_is_stored_until_it_is_asked_for(open_screen: Open, run: Run, workspace: Workspace) -> None:
    content = picture("PNG")
    screen = drop(open_screen("predict", workspace), ("bad.png", b"no"), ("../a.png", content))
    assert not (workspace.root / "predictions").exists()
    press(screen, SAVE)
    (folder,) = (workspace.root / "predictions").iterdir()
    assert [code.value for code in screen.code] == [str(folder)]
    assert not screen.success
    assert (folder / "images" / "001-a.png").read_bytes() == content
    assert len(list((folder / "images").iterdir())) == 1
    about = json.loads((folder / "about.json").read_text())
    assert about["provenance"]["run"] == run.id
    lines = (folder / "predictions.csv").read_text().splitlines()
    assert lines[1].startswith("../a.png,True,,High risk of a dangerous miss,benign,benign,0.6")


def test_a_workspace_that_cannot_be_written_is_one_line(open_screen: Open, run: Run, workspace: Workspace) -> None:
    (workspace.root / "predictions").write_text("a file in the way")
    screen = drop(open_screen("predict", workspace), ("a.png", picture("PNG")))
    press(screen, SAVE)
    assert len(screen.error) == 1
    assert not screen.success


def test_a_real_image_is_judged(open_screen: Open, run: Run, workspace: Workspace, real_data: Path) -> None:
    path = next((real_data / "isic2018" / "ISIC2018_Task3_Training_Input").glob("*.jpg"))
    screen = drop(open_screen("predict", workspace), (path.name, path.read_bytes()))
    assert not screen.error
    assert pictures(screen) == [f"Image 1: {path.name}"]


@pytest.mark.parametrize(
    ("threshold", "said"),
    [
        (1.0, "Within the certified limit: at most 50 dangerous mistakes per 1,000 answered cases."),
        (0.0, "For a person: "),
    ],
)
def test_a_card_says_whether_a_certificate_covers_it(
    open_screen: Open, run: Run, workspace: Workspace, threshold: float, said: str
) -> None:
    keep_rule(run.folder / "bundle", AnswerRule(threshold, 0.05, 0.95, "answered"))
    screen = drop(open_screen("predict", workspace, predict_run=run.id), ("a.png", picture("PNG")))
    assert not screen.error
    assert said in texts(screen).replace("\\", "")


@pytest.mark.parametrize("damage", ["weights", "temperature", "caution", "seal"])
def test_a_damaged_bundle_is_one_line_and_no_card_and_another_can_be_chosen(
    open_screen: Open, run: Run, workspace: Workspace, damage: str
) -> None:
    other = add_run(workspace, seed=1)
    make_usable(other)
    bundle = run.folder / "bundle"
    content = description(bundle)
    if damage == "weights":
        flip(bundle / "trained.safetensors", -2, 6)
    elif damage == "seal":
        del content["seal"]
    else:
        section, key, value = {
            "temperature": ("calibration", "temperature", 0),
            "caution": ("dial", "aversion", 0.1),
        }[damage]
        content[section][key] = value
    write_description(bundle, content)
    screen = open_screen("predict", workspace, predict_run=run.id)
    if damage == "weights":  # seen when they are loaded, for the first image
        drop(screen, ("a.png", picture("PNG")))
    assert len(screen.error) == 1
    assert "restore it from its run or a backup, or train again" in errors(screen)[0]
    assert not screen.image
    assert "Model says" not in texts(screen)
    assert not any(level.words in texts(screen) for level in LEVELS)
    screen.selectbox(key="predict_run_chosen").select(other.id).run()
    drop(screen, ("a.png", picture("PNG")))
    assert not screen.error
    assert "Model says **benign**" in texts(screen)


def test_a_model_without_finite_numbers_judges_no_image(open_screen: Open, run: Run, workspace: Workspace) -> None:
    write_bundle(run.folder / "bundle", Bundle.load(run.folder / "bundle"), overflow)
    for view in ("Cards", "Table"):
        screen = drop(open_screen("predict", workspace, predict_view=view), ("a.png", picture("PNG")))
        shown = texts(screen)
        assert levels(screen) == ["All 1", "Failed 1"]
        assert not any(level.words in shown for level in LEVELS)
        assert "Model says **" not in shown
        assert not screen.image
    (table,) = screen.dataframe
    assert table.value["advice"].iloc[0].startswith("Not judged: a.png: the model gives no finite numbers")
    assert table.value["decision"].isna().all()


def test_a_bundle_from_before_checksums_is_called_so(open_screen: Open, run: Run, workspace: Workspace) -> None:
    assert UNSEALED not in texts(open_screen("predict", workspace)).replace("\\", "")
    strip(run.folder / "bundle")
    screen = drop(open_screen("predict", workspace), ("a.png", picture("PNG")))
    assert UNSEALED in texts(screen).replace("\\", "")
    assert "Model says **benign**" in texts(screen)


def test_what_is_not_of_the_models_kind_comes_first_without_probability_or_advice(
    open_screen: Open, workspace: Workspace, patches: Path
) -> None:
    trained(workspace, model={"name": "tf_efficientnet_lite0", "size": 64})
    genuine = (patches / "malignant" / "001.png").read_bytes()
    files = [(path.name, path.read_bytes()) for path in other_kinds()]
    screen = drop(open_screen("predict", workspace), ("lesion.png", genuine), *files)
    shown = texts(screen)
    assert levels(screen)[:2] == ["All 4", "Unknown 3"]
    assert pictures(screen)[0] == f"Image 1: {NAMES[0]}"
    assert shown.count(f":material/{STRANGE.icon}: **{STRANGE.words}**") == 3
    assert escaped("Not judged: it is grey, while every training image is in colour") in shown
    assert shown.count(NEAREST_OF_STRANGE) == 3
    assert shown.count(NEAREST) == 1
    assert shown.count(f"**What to do.** {STRANGE.to_do}.") == 3
    assert len(screen.dataframe) == 1  # classes of the one that is judged
    press(screen, SAVE)
    (folder,) = (workspace.root / "predictions").iterdir()
    lines = (folder / "predictions.csv").read_text().splitlines()
    for name, line in zip(NAMES, lines[1:4], strict=True):
        assert line.startswith(f"{name},False,")
        assert f",{STRANGE.words},,,,,,,,,," in line
    assert lines[4].startswith("lesion.png,True,,")


def test_a_bundle_from_before_detectors_says_so(open_screen: Open, run: Run, workspace: Workspace) -> None:
    assert any(LACKS in one.value.replace("\\", "") for one in open_screen("predict", workspace).caption)


def test_training_images_that_are_gone_are_not_shown(open_screen: Open, workspace: Workspace, patches: Path) -> None:
    trained(workspace)
    content = (patches / "malignant" / "001.png").read_bytes()
    assert NEAREST in texts(drop(open_screen("predict", workspace), ("a.png", content)))
    (workspace.datasets / "patches.json").unlink()
    screen = drop(open_screen("predict", workspace), ("a.png", content))
    assert NEAREST not in texts(screen)
    assert not errors(screen)
