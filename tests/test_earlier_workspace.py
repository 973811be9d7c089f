"""A workspace made before the package became rooms opens, evaluates, compares and predicts with the same figures."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from riskcore.jobs.queue import worker_log
from riskcore.workspace import Workspace
from tests.helpers.command_line import CommandLine

EARLIER = Path(__file__).parent / "fixtures" / "before_rooms"
EXPECTED: dict[str, dict[str, Any]] = json.loads((EARLIER / "expected.json").read_text())

POOLS = ("evaluate a pool", "evaluate the other pool", "compare")

CHANGED: dict[str, tuple[str, tuple[str, ...]]] = {
    "sentence": ("both answers, in words that shell and screen share", ("compare",)),
    "same_place": ("empty where no bar asks for the same place", ("claims",)),
    "change": ("every dial and floor is chosen anew in each replicate; few seeds stay", ("claims",)),
    "p_value": ("as the change", ("claims",)),
    "equal_accuracy": ("another question, with other keys", ("compare",)),
    "n": ("different cases, however many seeds judge them", POOLS),
    "events": ("means over seeds", POOLS),
    "note": ("names what is calibrated and why no dial is chosen", ("evaluate a file",)),
}
"""Keys whose values differ on purpose: why, and in which commands."""

NEW = {
    "bars": "claims: what is claimed comes from a file",
    "cases": "subgroups: cases in the denominator",
    "plain_left_out": "claims: plain training that is the run itself",
    "absent": "critical classes that validation lacks",
    "note": "predict: why no dial was chosen",
    "chosen": "compare: with the dials that validation chose",
    "left_out": "compare: cases that not every side holds",
    "overlap": "judged cases that the model knew",
    "looks": "at a test part",
    "details": "what a reviewer asks for, on request",
    "decisions": "evaluate: whether they are those of a stated prevalence",
    "confusion_unit": "evaluate: cases, or of 1,000 at a stated prevalence",
    "ppv": "positive predictive value",
    "npv": "negative predictive value",
    "critical_auroc_within_folds": "beside the pooled one",
    "left": "runs list: what is left of a damaged run",
    "damaged_metrics": "runs show: lines that are left out",
    "frame": "predict: which image of a file with several",
    "frames": "predict: how many images the file holds",
    "untested": "evaluate: classes of which the judged part holds no case",
    "answered": "predict: whether the model may answer, by a certificate",
    "all_images": "evaluate: rates over images of another kind, too",
    "judged": "predict: whether the image is of the model's kind",
    "why": "predict: why it is not",
    "nearest": "predict: the most alike training images",
    "maps": "predict: class maps, on request",
    "certificates": "evaluate: which cases may be answered, on request",
    "review": "predict: what a reviewer said, on request",
    "annotation": "runs: what users wrote on a run",
    "name": "runs list --pools: what users called the members",
}
"""Keys that the earlier version did not have, and why they came."""

GONE = {"frontier_area": "half of the work of a comparison, and no answer"}
"""Keys that it had."""

BARS = Path(__file__).parents[1] / "research" / "results" / "bars.yaml"
"""What `riskcore claims` claimed by itself before."""


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """The command line over a copy of the workspace, at its present place; the current folder is its parent."""
    root = tmp_path_factory.mktemp("earlier")
    shutil.copytree(EARLIER / "home", root / "home")
    for name in ("images", "vendor.csv", "search.yaml"):
        source = EARLIER / name
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, root / name)
    for file in (root / "home").rglob("*.json"):
        file.write_text(file.read_text().replace("@ROOT@", str(root)))
    return CommandLine(root / "home")


@pytest.mark.parametrize("name", EXPECTED)
def test_the_same_command_gives_the_same_figures(name: str, earlier: CommandLine) -> None:
    root = earlier.home.parent
    command = [word.replace("@OUT@", str(root / "claims")) for word in EXPECTED[name]["command"]]
    if command[0] == "claims":
        command += ["--bars", str(BARS)]
    document = json.loads(json.dumps(earlier.json(*command)).replace(str(root), "@ROOT@"))
    differences = list(compared(EXPECTED[name]["output"], document, name))
    assert not differences
    assert not worker_log(Workspace(earlier.home), "cpu").exists()  # nothing was trained to give them


def compared(before: Any, now: Any, place: str) -> list[str]:
    """Where two documents differ: keys, texts, whole numbers exactly, others to five digits of float32."""
    if isinstance(before, dict) and isinstance(now, dict):
        command = place.partition(".")[0].partition("[")[0]
        changed = {key for key, (_, commands) in CHANGED.items() if command in commands}
        missing = [f"{place}: {key} is gone" for key in before.keys() - now.keys() - GONE.keys()]
        missing += [f"{place}: {key} is new" for key in now.keys() - before.keys() - NEW.keys()]
        return missing + [
            line
            for key in before.keys() & now.keys() - changed
            for line in compared(before[key], now[key][::40] if key == "frontier" else now[key], f"{place}.{key}")
        ]
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        return [
            line
            for number, (old, new) in enumerate(zip(before, now, strict=True))
            for line in compared(old, new, f"{place}[{number}]")
        ]
    if isinstance(before, float) and isinstance(now, int | float):
        near = math.isclose(before, now, rel_tol=1e-5, abs_tol=1e-9)
        return [] if near else [f"{place}: {before} became {now}"]
    return [] if before == now else [f"{place}: {before!r} became {now!r}"]
