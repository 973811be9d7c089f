"""Bad input: one clear line on stderr, exit code 2 (1 for the disk), and everything that was there stays as it was."""

import csv
import errno
import os
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from filelock import Timeout
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
    said = stocked("data", "add", "new", tmp_path / "more").stdout
    assert "called as images and hold none (1: malignant/text.png)" in said
    before = kept(stocked.home)
    message = stocked.error("train", training_file(tmp_path, data="new"), "--wait")
    assert "failed: new: malignant/cut.jpg: the image is damaged or cut short" in message
    assert before.items() <= kept(stocked.home).items()
    found = stocked.json("data", "audit", "new")
    decoded = set(BAD_IMAGES) - {"text.png"}
    assert {f"malignant/{name}" for name in decoded} <= set(found["files_to_drop"])


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


# --- hostile names and documents


def test_no_name_of_a_file_reaches_the_terminal_as_it_is(riskcore, images: Path) -> None:
    (images / "benign" / "0.png").rename(images / "benign" / "a\x1b[31m\x9b\u202egnp.png")
    (images / "benign\x07").mkdir()
    shutil.move(images / "malignant" / "0.png", images / "benign\x07" / "0.png")
    (images / "malignant" / "copy\x1b]0;x\x07.png").write_bytes((images / "malignant" / "1.png").read_bytes())
    (images / "malignant" / "bad\x1b.png").write_bytes(b"no image")
    save_matrix(riskcore.workspace, "mine", SeverityMatrix(["a\x1b[2J", "b\u202e"], [[0, 3], [10, 0]]))
    for command in (
        ("data", "add", "set", images),
        ("data", "audit", "set"),
        ("data", "audit", "set", "--json"),
        ("data", "list", "--json"),
        ("matrix", "show", "mine"),
        ("matrix", "show", "mine", "--json"),
        ("matrix", "generate", "--group", "a\x1b=g", "--group", "b\u202e=h", "--order", "g,h"),
    ):
        printed = riskcore(*command).stdout
        assert not {sign for sign in printed if not sign.isprintable()} - {"\n", "\u00a0"}
    assert riskcore.json("matrix", "show", "mine")["classes"] == ["a\x1b[2J", "b\u202e"]
    for command in (("matrix", "show", "x\x1b[31m"), ("data", "audit", "y\u202e\x9b"), ("matrix", "sh\x1bow")):
        assert riskcore.error(*command).isprintable()


def test_a_name_that_is_no_utf8_is_left_out_and_named(riskcore, images: Path) -> None:
    before = riskcore.json("data", "add", "set", images)["images"]
    (images / "benign" / "0.png").rename(images / "benign" / os.fsdecode(b"caf\xe9.png"))
    shown = riskcore("data", "add", "set", images).stdout
    assert shown.startswith(f"Registered set: {before - 1} images")
    assert "Left out: names that are not UTF-8 ('caf\\udce9.png'); rename them." in shown
    riskcore("data", "audit", "set")
    assert "caf\\udce9" in riskcore.error("matrix", "show", os.fsdecode(b"caf\xe9"))


def test_a_hostile_matrix_or_data_set_file_is_one_short_line(riskcore, tmp_path: Path) -> None:
    file = tmp_path / "m.json"
    file.write_text("[" * 100_000)
    for command in (("matrix", "validate", file), ("data", "audit", file)):
        message = riskcore.error(*command)
        assert message.startswith(f"{file}: not valid JSON (lists and mappings stand more than 64 deep")
        assert len(message) < 400


def test_a_path_that_is_too_long_is_wrong_input(riskcore) -> None:
    for command in (("matrix", "show", "x" * 5000), ("train", "x" * 300 + ".yaml")):
        assert len(riskcore.error(*command)) < 600


def test_whatever_leaves_a_command_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    import riskcore.cli as cli

    for error, code in (
        (RecursionError("deep"), 2),
        (MemoryError(), 1),
        (UnicodeEncodeError("utf-8", "a\ud800", 1, 2, "surrogates not allowed"), 2),
        (ValueError("embedded null byte"), 2),
        (OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), "x" * 5000), 2),
        (Timeout("a.lock"), 1),
        (ZeroDivisionError("a\nb\x1b"), 1),
    ):

        def fail(error: BaseException = error, **_: object) -> None:
            raise error

        monkeypatch.setattr(cli, "app", fail)
        monkeypatch.setattr(cli, "_assemble", lambda: None)
        with pytest.raises(SystemExit) as caught:
            cli.main()
        (line,) = capsys.readouterr().err.splitlines()
        assert (caught.value.code, line.startswith("Error: "), line.isprintable()) == (code, True, True)
        assert len(line) < 200
        assert ("a fault of riskcore" in line) == isinstance(error, ZeroDivisionError)
