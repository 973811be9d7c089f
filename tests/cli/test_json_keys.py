"""What `--json` of every command holds, key by key: other programs read it.

The list `json_keys.json` was recorded with the version before the package became rooms, and has grown since. After a
change of the contract that is meant: ``python -m tests.cli.test_json_keys``, and look at the difference.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from riskcore.data.registry import load_dataset
from riskcore.jobs.queue import held_device
from tests.helpers.all_commands import all_commands
from tests.helpers.command_line import CommandLine

EARLIER = Path(__file__).parents[1] / "fixtures" / "before_rooms"
RECORDED = Path(__file__).with_name("json_keys.json")

BY_DATA = {"probabilities", "recall", "against", "frontiers", "groups", "classes"}
"""Keys whose objects are keyed by class names or losses."""

NOT_HERE = {
    "app": "has no --json",
    "demo": "trains for minutes; its document is that of compare",
    "weights add": "needs a file of 20 MB; its document is that of tests/cli/test_cli_weights.py",
    "runs export": "needs the optional package of MLflow",
    "runs stop": "needs a run that is training; its document is that of cancel",
}
"""Commands that are left out, and why."""

RATE = {"value", "low", "high", "events", "n", "groups", "method"}
"""Keys of a rate with its interval, which are written as one."""

COMMANDS: dict[str, list[str]] = {
    "data add": ["data", "add", "again", "images_by_class"],
    "data list": ["data", "list"],
    "data audit": ["data", "audit", "again"],
    "matrix list": ["matrix", "list"],
    "matrix show": ["matrix", "show", "toy"],
    "matrix save": ["matrix", "save", "other", "toy.v1"],
    "matrix versions": ["matrix", "versions", "other"],
    "matrix delete": ["matrix", "delete", "other"],
    "matrix restore": ["matrix", "restore", "other"],
    "matrix diff": ["matrix", "diff", "toy", "milder.json"],
    "matrix validate": ["matrix", "validate", "toy"],
    "matrix generate": [
        *("matrix", "generate", "--group", "naevus=benign", "--group", "melanoma=malignant"),
        *("--order", "benign,malignant"),
    ],
    "runs list": ["runs", "list"],
    "runs list --pools": ["runs", "list", "--pools"],
    "runs show": ["runs", "show", "RUN"],
    "runs log": ["runs", "log", "RUN"],
    "runs name": ["runs", "name", "RUN", "first"],
    "runs tag": ["runs", "tag", "RUN", "kept"],
    "runs note": ["runs", "note", "RUN", "why"],
    "runs seal": ["runs", "seal", "RUN"],
    "evaluate": ["evaluate", "RUN"],
    "evaluate --predictions": ["evaluate", "--predictions", "vendor.csv", "--matrix", "toy"],
    "compare": ["compare", "OTHER", "--baseline", "POOL"],
    "claims": ["claims", "OTHER", "--plain", "POOL", "--usual", "POOL", "-o", "claims"],
    "mistakes export": ["mistakes", "export", "POOL", "OTHER", "--all"],
    "mistakes mark": ["mistakes", "mark", "toy", "SAMPLE", "--note", "two lesions"],
    "mistakes marked": ["mistakes", "marked", "toy"],
    "predict": ["predict", "RUN", "IMAGE"],
    "predict --reviews": ["predict", "RUN", "IMAGE", "--reviews", "reviews.csv"],
    "tune": ["tune", "search.yaml", "--trials", "2"],
    "reproduce": ["reproduce", "protocol.yaml", "-o", "output"],
    "reproduce --dry-run": ["reproduce", "protocol.yaml", "-o", "output", "--dry-run"],
    "train": ["train", "queued.yaml"],
    "runs cancel": ["runs", "cancel", "QUEUED"],
    "runs resume": ["runs", "resume", "QUEUED"],
    "runs move": ["runs", "move", "QUEUED", "first"],
    "runs delete": ["runs", "delete", "QUEUED"],
    "runs trash": ["runs", "trash"],
    "runs restore": ["runs", "restore", "QUEUED"],
    "runs trash --empty": ["runs", "trash", "--empty"],
    "weights list": ["weights", "list"],
}
"""In this order; what is in capitals stands for ids of the workspace."""


def paths(document: Any, place: str = "", key: str = "") -> Iterator[str]:
    """The path of each key, as in ``runs[].argmax.cer: rate``; ``*`` for keys that are data."""
    if isinstance(document, dict) and document.keys() >= RATE:
        yield f"{place}: rate"
        yield from (f"{place}.{name}" for name in document.keys() - RATE)
    elif isinstance(document, dict):
        for name, value in document.items():
            below = f"{place}.{'*' if key in BY_DATA else name}".removeprefix(".")
            yield below
            yield from paths(value, below, name)
    elif isinstance(document, list):
        for value in document:
            yield from paths(value, f"{place}[]", key)


def furnished(root: Path) -> CommandLine:
    """A copy of the earlier workspace below `root`, with the files that the commands read."""
    shutil.copytree(EARLIER, root, dirs_exist_ok=True)
    for file in (root / "home").rglob("*.json"):
        file.write_text(file.read_text().replace("@ROOT@", str(root)))
    for image in sorted((root / "images").iterdir())[:2]:
        folder = root / "images_by_class" / image.stem
        folder.mkdir(parents=True)
        shutil.copyfile(image, folder / image.name)
    matrix = json.loads((root / "home" / "matrices" / "toy.json").read_text())
    matrix["values"][0][1] += 1
    (root / "milder.json").write_text(json.dumps(matrix))
    search = (root / "search.yaml").read_text()
    (root / "queued.yaml").write_text(f"{search}seed: 9\n")
    return CommandLine(root / "home")


def recorded(riskcore: CommandLine) -> dict[str, list[str]]:
    """The keys that each command gives, while no worker can start."""
    pools = {row["loss"]: row["pool"] for row in riskcore.json("runs", "list", "--pools") if row["runs"] == 2}
    ids = {"POOL": pools["ce"], "OTHER": pools["log_harm s=3"]}
    (ids["RUN"],) = (
        row["id"] for row in riskcore.json("runs", "list") if row["pool"] == ids["POOL"] and row["seed"] == 0
    )
    ids["IMAGE"] = str(min((riskcore.home.parent / "images").iterdir()))
    ids["SAMPLE"] = load_dataset(riskcore.workspace, "toy").table["sample"].iloc[0]
    found: dict[str, list[str]] = {}
    with held_device(riskcore.workspace, "cpu"):
        for name, command in COMMANDS.items():
            document = riskcore.json(*(ids.get(word, word) for word in command))
            if name == "train":
                ids["QUEUED"] = document["id"]
            found[name] = sorted(set(paths(document)))
    return found


@pytest.mark.timeout(600)
def test_every_command_has_the_keys_that_are_recorded(tmp_path: Path) -> None:
    now, before = recorded(furnished(tmp_path)), json.loads(RECORDED.read_text())
    assert list(now) == list(before)
    for name, keys in now.items():
        assert keys == before[name], name


def test_no_command_is_forgotten() -> None:
    options = {
        name: {option for each in command.params for option in each.opts} for name, command in all_commands().items()
    }
    with_json = {name for name, given in options.items() if "--json" in given}
    assert with_json == {name.partition(" --")[0] for name in COMMANDS} | (NOT_HERE.keys() & with_json)
    assert NOT_HERE.keys() <= options.keys()


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        lines = [f"{json.dumps(name)}: {json.dumps(keys)}" for name, keys in recorded(furnished(Path(folder))).items()]
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n")
