"""Damaged bundles on the command line: one line and no class; those without checksums warn, and can be sealed."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from riskcore.cli import main
from riskcore.learning.bundle import Bundle
from riskcore.words.seal import UNSEALED
from riskcore.workspace import Workspace
from tests.helpers.bundles import BUNDLE, description, flip, overflow, strip, write_bundle, write_description
from tests.helpers.made_workspace import add_run, make_usable


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: list[str]


Call = Callable[..., Answer]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Call:
    """A command in this process, over a workspace in the test's folder."""
    monkeypatch.setenv("RISKCORE_HOME", str(tmp_path / "workspace"))

    def call(*words: object) -> Answer:
        monkeypatch.setattr("sys.argv", ["riskcore", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Answer(code, said.out, said.err.splitlines())

    return call


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("original"))


@pytest.fixture
def bundle(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "bundle"))


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    Image.fromarray(np.arange(7200).astype(np.uint8).reshape(40, 60, 3)).save(path)
    return path


@pytest.mark.parametrize("json_asked", [(), ("--json",)])
@pytest.mark.parametrize("damage", ["weights", "temperature", "matrix", "unsealed nan"])
def test_a_damaged_bundle_makes_no_call(
    call: Call, bundle: Path, image: Path, damage: str, json_asked: tuple[str, ...]
) -> None:
    content = description(bundle)
    if damage == "weights":
        flip(bundle / "trained.safetensors", -2, 6)
    elif damage == "temperature":
        content["calibration"]["temperature"] = 0
    elif damage == "matrix":
        content["matrix"]["values"][2][0] = 1
    else:
        strip(bundle)
        content = description(bundle)
        content["calibration"]["bias"][0] = float("nan")
    write_description(bundle, content)
    found = call("predict", bundle, image, *json_asked)
    assert (found.code, found.out, len(found.err)) == (2, "", 1)
    assert found.err[0].startswith(f"Error: {bundle}/")
    assert found.err[0].endswith(("restore it from its run or a backup, or train again.", "restore the file."))


def test_an_image_without_finite_numbers_gets_no_class(call: Call, tmp_path: Path, image: Path) -> None:
    bundle = write_bundle(tmp_path / "overflowing", change=overflow)
    found = call("predict", bundle, image, "--json")
    message = f"{image}: the model gives no finite numbers for this image; the bundle or the image is damaged."
    (row,) = json.loads(found.out)
    assert row["error"] == message
    assert [row[key] for key in ("class", "decision", "probabilities", "expected_severity")] == [None] * 4
    assert (found.code, found.err) == (2, [f"Error: {message}"])
    said = call("predict", bundle, image)
    assert (said.code, said.err) == (2, [f"Error: {message}"])
    assert image.name not in said.out  # nothing stands below the table's heading


def test_a_bundle_from_before_checksums_judges_with_a_warning_until_it_is_sealed(
    call: Call, bundle: Path, image: Path
) -> None:
    strip(bundle)
    before = call("predict", bundle, image, "--json")
    assert (before.code, before.err) == (0, [UNSEALED])
    assert call("runs", "seal", bundle).out == f"{bundle}: checksums were added.\n"
    after = call("predict", bundle, image, "--json")
    assert (after.code, after.err, after.out) == (0, [], before.out)
    assert call("runs", "seal", bundle).out == f"{bundle}: was sealed already and is intact.\n"
    found = call("runs", "seal", bundle, "--json")
    assert json.loads(found.out) == [{"bundle": str(bundle), "added": False, "error": None}]


def test_sealing_names_runs_pools_and_bundles_and_refuses_damaged_ones(
    call: Call, workspace: Workspace, bundle: Path, tmp_path: Path
) -> None:
    runs = [add_run(workspace, seed=seed) for seed in (0, 1)]
    for run in runs:
        make_usable(run)
        strip(run.folder / "bundle")
    damaged = write_bundle(tmp_path / "damaged", change=overflow)
    strip(damaged)
    flip(bundle / "front.safetensors", -1, 0)
    found = call("runs", "seal", runs[0].pool, runs[0].id, bundle, damaged, "--json")
    rows = {row["bundle"]: row for row in json.loads(found.out)}
    folders = [str(run.folder / "bundle") for run in runs]
    assert sorted(rows) == sorted([*folders, str(bundle), str(damaged)])
    assert all(rows[folder]["added"] and Bundle.load(Path(folder)).sealed for folder in folders)
    assert "does not match its checksum" in rows[str(bundle)]["error"]
    assert "no finite numbers" in rows[str(damaged)]["error"]
    assert not Bundle.load(damaged).sealed
    assert (found.code, len(found.err)) == (2, 2)


def test_a_sealed_bundle_says_all_that_it_said_before(call: Call, bundle: Path) -> None:
    before = description(bundle)
    strip(bundle)
    call("runs", "seal", bundle)
    assert description(bundle) == before
    assert Bundle.load(bundle).provenance == BUNDLE.provenance
