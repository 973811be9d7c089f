"""riskcore tune."""

import json
import shlex
import signal
import time
from pathlib import Path

from riskcore.loss_names import FORMS


def test_it_searches_goes_on_and_its_trials_are_runs(riskcore, config: Path) -> None:
    done = riskcore("tune", config, "--trials", 1)
    lines = done.stdout.splitlines()
    assert done.stderr.startswith("Search toy-")
    assert lines[0].split() == ["loss", "score", "on", "validation", "run"]
    assert [line.split()[0] for line in lines[2:4]] == ["ce", FORMS[0]]
    assert lines[4].startswith(f"Best of 1: {FORMS[0]} s=3. The least of many scores flatters")
    assert lines[5:] == [
        f"  riskcore train {config} 'loss={{form: {FORMS[0]}, strength: 3}}' seed=1",
        f"  riskcore train {config} loss=ce seed=1",
    ]
    found = riskcore.json("tune", config, "--trials", 2)
    assert set(found) == {"study", "wish", "wanted", "reference", "best", "trials"}
    assert [trial["form"] for trial in found["trials"]] == list(FORMS[:2])
    runs = {run["id"]: run["state"] for run in riskcore.json("runs", "list")}
    tried = [*found["reference"]["runs"], *(id for trial in found["trials"] for id in trial["runs"])]
    assert runs == dict.fromkeys(tried, "finished")


def test_what_it_recommends_can_be_typed(riskcore, config: Path, tmp_path: Path) -> None:
    spaced = tmp_path / "a b.yaml"
    spaced.write_text(config.read_text())
    done = riskcore("tune", spaced, "train.learning_rate=0.002", "--trials", 1)
    for line, loss in zip(done.stdout.splitlines()[-2:], (FORMS[0], "ce"), strict=True):
        arguments = shlex.split(line)[1:]
        assert arguments[:3] == ["train", str(spaced), "train.learning_rate=0.002"]
        run = riskcore.json(*arguments)["id"]
        assert riskcore.json("runs", "show", run)["loss"].split()[0] == loss


def test_ctrl_c_stops_it_with_what_was_found(riskcore, config: Path) -> None:
    riskcore("tune", config, "--trials", 1)
    process = riskcore.start("tune", config, "--trials", 500, "--json")
    until = time.monotonic() + 60
    while len(list(riskcore.workspace.runs.iterdir())) < 4 and time.monotonic() < until:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped; the same command goes on where it was" in error
    assert json.loads(out)["trials"][0]["state"] == "finished"


def test_wrong_input_is_one_line(riskcore, config: Path) -> None:
    assert riskcore.error("tune", config, "data=tyo").startswith("No data set named or stored in the file 'tyo'")
    assert riskcore.error("tune", config, "wish=much").startswith("wish 'much': expected KIND=NUMBER")
    assert riskcore.error("tune", config, "model.name=no_such_model").startswith("model")
