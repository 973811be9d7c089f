"""Bad input: one clear line on stderr, exit code 2 (1 for the disk), and everything that was there stays as it was."""

import csv
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from riskcore.data.manifest import register
from riskcore.data.registry import save_dataset
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import save_matrix
from tests.helpers.cli_inputs import TRAINING

MATRIX = SeverityMatrix(["benign", "malignant"], [[0, 3], [10, 0]], critical=10)
LABELS = ("benign", "malignant")


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder a class of eight noisy images."""
    random = np.random.default_rng(0)
    for label in LABELS:
        (tmp_path / "images" / label).mkdir(parents=True)
        for number in range(8):
            pixels = random.integers(0, 255, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "images" / label / f"{number}.png")
    return tmp_path / "images"


@pytest.fixture
def stocked(riskcore, images: Path, tmp_path: Path):
    """A workspace with a data set, a matrix and a run; `intact` tells whether they are as they were."""
    workspace = riskcore.workspace
    save_dataset(workspace, register("earlier", images))
    save_matrix(workspace, "earlier", MATRIX)
    labels = {"data": "earlier", "matrix": "earlier", "model": "resnet18", "loss": "ce"}
    run = RunStore(workspace).create({"seed": 0}, **labels, files={"matrix.json": MATRIX.to_json()})
    with run.claim():
        run.end("finished")
    RunStore(workspace).list()
    return riskcore


def kept(home: Path) -> dict[str, bytes]:
    """What must not change: data sets, matrices, runs and what lies in the trash (no locks, no caches)."""
    folders = [home / name for name in ("datasets", "matrices", "runs", "trash")]
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): path.read_bytes() for path in files if "lock" not in path.name}


def refused(command, *arguments, code: int = 2, **environment) -> str:
    before = kept(command.home)
    message = command.error(*arguments, code=code, **environment)
    assert kept(command.home) == before
    assert [run["state"] for run in command.json("runs", "list")] == ["finished"]
    return message


def training_file(folder: Path, data: str = "earlier", matrix: str = "earlier", **changes: str) -> Path:
    text = TRAINING.replace("data: toy", f"data: {data}").replace("matrix: demo", f"matrix: {matrix}")
    for old, new in changes.items():
        text = text.replace(old, new)
    path = folder / "train.yaml"
    path.write_text(text)
    return path


# --- data sets


def test_a_missing_folder(stocked, tmp_path: Path) -> None:
    message = refused(stocked, "data", "add", "new", tmp_path / "nowhere")
    assert message.startswith(f"{tmp_path / 'nowhere'}: ")


def test_an_empty_class(stocked, images: Path) -> None:
    (images / "unsure").mkdir()
    message = refused(stocked, "data", "add", "new", images)
    assert "'unsure'" in message or "unsure" in message
    assert "no images" in message


def isic(folder: Path, rows: list[list[str]], header: list[str]) -> Path:
    """The published layout of the ISIC 2018 training part."""
    part = folder / "isic" / "ISIC2018_Task3_Training_Input"
    part.mkdir(parents=True)
    for row in rows:
        Image.new("RGB", (8, 8)).save(part / f"{row[0]}.jpg")
    with (folder / "isic" / "ISIC2018_Task3_Training_GroundTruth.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return folder / "isic"


HEADER = ["image", "MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC"]


def truth(name: str, *marked: str) -> list[str]:
    return [name, *("1.0" if column in marked else "0.0" for column in HEADER[1:])]


def test_a_ground_truth_row_with_two_labels(stocked, tmp_path: Path) -> None:
    rows = [truth(f"ISIC_{place}", label) for place, label in enumerate(HEADER[1:])]
    root = isic(tmp_path, [*rows, truth("ISIC_7", "MEL", "NV")], HEADER)
    message = refused(stocked, "data", "add", "new", root)
    assert "GroundTruth.csv" in message
    assert "ISIC_7" in message


def test_a_ground_truth_with_an_unknown_column(stocked, tmp_path: Path) -> None:
    rows = [[*truth(f"ISIC_{place}", label), "0.0"] for place, label in enumerate(HEADER[1:])]
    root = isic(tmp_path, rows, [*HEADER, "WART"])
    message = refused(stocked, "data", "add", "new", root)
    assert "WART" in message


# --- images: predicting and training


def cut_short(path: Path) -> None:
    random = np.random.default_rng(0)
    Image.fromarray(random.integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:600])


def text_named_png(path: Path) -> None:
    path.write_text("This is no image.")


def enormous(path: Path) -> None:
    """A PNG whose header says 30,000 × 30,000: small on disk, 2.7 GB if it were decoded."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    row = b"\x00" + bytes(3 * 30_000)
    packer = zlib.compressobj()
    pixels = b"".join(packer.compress(row) for _ in range(300)) + packer.flush()
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


BAD_IMAGES = {
    "cut.jpg": (cut_short, "the image is damaged or cut short"),
    "text.png": (text_named_png, "the file is not an image"),
    "huge.png": (enormous, "million pixels"),
}


@pytest.mark.parametrize("name", BAD_IMAGES)
def test_predicting_a_bad_image(trained, tmp_path: Path, name: str) -> None:
    make, reason = BAD_IMAGES[name]
    make(tmp_path / name)
    before = kept(trained.riskcore.home)
    message = trained.riskcore.error("predict", trained.run, tmp_path / name)
    assert message.startswith(f"{tmp_path / name}: ")
    assert reason in message.replace(" × 30,000 pixels, more than 89 million", " million pixels")
    assert kept(trained.riskcore.home) == before


def test_training_on_bad_images(stocked, images: Path, tmp_path: Path) -> None:
    """The audit lists them; training, which would need them, ends as failed and says which image it met first."""
    shutil.copytree(images, tmp_path / "more")
    for name, (make, _) in BAD_IMAGES.items():
        make(tmp_path / "more" / "malignant" / name)
    stocked("data", "add", "new", tmp_path / "more")
    before = kept(stocked.home)
    message = stocked.error("train", training_file(tmp_path, data="new"), "--wait")
    assert "failed: new: malignant/cut.jpg: the image is damaged or cut short" in message
    assert before.items() <= kept(stocked.home).items()
    found = stocked.json("data", "audit", "new")
    assert {f"malignant/{name}" for name in BAD_IMAGES} <= set(found["files_to_drop"])


# --- settings and matrices


def test_a_matrix_for_other_classes(stocked, tmp_path: Path) -> None:
    message = refused(stocked, "train", training_file(tmp_path, matrix="isic2018"))
    assert message.startswith("the severity matrix is for other classes")
    assert "'benign'" in message


def test_a_matrix_for_other_classes_when_judging(trained) -> None:
    message = trained.riskcore.error("evaluate", trained.run, "--matrix", "isic2018")
    assert message.startswith("the severity matrix is for other classes")


def test_a_misspelt_backbone(stocked, tmp_path: Path) -> None:
    message = refused(stocked, "train", training_file(tmp_path, test_efficientnet="test_eficientnet"))
    assert message.startswith("model.name=test_eficientnet: timm has no such model; did you mean test_efficientnet")


def test_a_predictions_file_whose_probabilities_do_not_sum_to_1(stocked, tmp_path: Path) -> None:
    file = tmp_path / "vendor.csv"
    file.write_text("sample,truth,benign,malignant\na,benign,0.9,0.1\nb,malignant,0.9,0.9\n")
    assert refused(stocked, "evaluate", "--predictions", file, "--matrix", "earlier") == (
        f"{file}, line 3: the probabilities sum to 1.8, not to 1 (1 such row); give shares of one whole."
    )


# --- a full disk


FULL_DISK = """
import errno, os, sys

_fsync = os.fsync


def fsync(descriptor):
    \"\"\"The disk takes small files, as long as FREE_BYTES says, and then no more.\"\"\"
    if os.fstat(descriptor).st_size > int(os.environ["FREE_BYTES"]):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    _fsync(descriptor)


os.fsync = fsync
"""


@pytest.fixture
def full(tmp_path: Path) -> dict[str, str]:
    """Environment in which every Python process finds the disk full when it makes a file durable."""
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(FULL_DISK)
    return {"PYTHONPATH": str(tmp_path / "hook"), "FREE_BYTES": "-1"}


def test_a_full_disk_when_registering_saving_or_queueing(stocked, images: Path, tmp_path: Path, full) -> None:
    matrix = tmp_path / "other.json"
    matrix.write_text(SeverityMatrix(LABELS, [[0, 1], [5, 0]]).to_json())
    for arguments, path in (
        (("data", "add", "new", images), stocked.home / "datasets" / "new.json"),
        (("data", "add", "earlier", images, "--format", "folder"), None),  # the same content: nothing to write
        (("matrix", "save", "earlier", matrix), stocked.home / "matrices" / "earlier.v1.json"),
    ):
        if path is None:
            stocked(*arguments, **full)
            continue
        message = refused(stocked, *arguments, code=1, **full)
        assert message == f"{path}: cannot be written, the disk is full; free some space and try again."
    message = refused(stocked, "train", training_file(tmp_path), code=1, **full)
    assert message.endswith("cannot be written, the disk is full; free some space and try again.")
    assert stocked.json("matrix", "show", "earlier")["values"] == MATRIX.values.tolist()
    assert not list(stocked.home.rglob(".tmp-*"))


def test_a_disk_that_fills_up_during_training(stocked, tmp_path: Path, full) -> None:
    """Small files still fit: the run is queued and begins, and the decoded images no longer find room."""
    before = kept(stocked.home)
    done = stocked("train", training_file(tmp_path), "--wait", code=1, **{**full, "FREE_BYTES": "20000"})
    (line,) = done.stderr.splitlines()
    run = stocked.json("runs", "list")[0]
    assert line == f"Error: run {run['id']} failed: {run['error']}"
    assert "No space left on device" in line
    assert before.items() <= kept(stocked.home).items()
    assert [state["state"] for state in stocked.json("runs", "list")] == ["failed", "finished"]


def test_a_full_disk_when_results_are_written(trained, tmp_path: Path, full) -> None:
    before = kept(trained.riskcore.home)
    done = trained.riskcore("reproduce", trained.protocol, "-o", tmp_path / "out", code=1, **full)
    (line,) = done.stderr.splitlines()
    assert line == (
        f"Error: {tmp_path / 'out' / 'protocol.yaml'}: cannot be written, the disk is full; "
        "free some space and try again."
    )
    assert kept(trained.riskcore.home) == before
