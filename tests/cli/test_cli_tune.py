"""riskcore tune."""

import json
import shlex
import signal
import time
from dataclasses import replace
from pathlib import Path

from riskcore.cli.tune import advice
from riskcore.config import FORMS, LossSettings, RunConfig
from riskcore.jobs.tuning import Search, Study, Trial


def test_it_searches_goes_on_and_its_trials_are_runs(riskcore, config: Path) -> None:
    done = riskcore("tune", config, "--trials", 1)
    lines = done.stdout.splitlines()
    assert done.stderr.startswith("Search toy-")
    assert lines[0].split() == ["loss", "score", "on", "validation", "run"]
    assert [line.split()[0] for line in lines[2:4]] == ["ce", FORMS[0]]
    assert lines[4].startswith(f"Best of 1: {FORMS[0]} s=3")
    document = riskcore.json("tune", config, "--trials", 2)
    assert set(document) == {"study", "wish", "wanted", "reference", "best", "trials"}
    assert [trial["form"] for trial in document["trials"]] == list(FORMS[:2])
    runs = {run["id"]: run["state"] for run in riskcore.json("runs", "list")}
    tried = [*document["reference"]["runs"], *(id for trial in document["trials"] for id in trial["runs"])]
    assert runs == dict.fromkeys(tried, "finished")


def found(score: float) -> Study:
    """A search with seed 4 and two seeds, whose only trial has a score; cross-entropy's is 0.5."""
    config = RunConfig.build({"data": "toy", "matrix": "demo", "seed": 4})
    trial = Trial(0, LossSettings(form="margin", strength=0.25), "finished", score, ("a",))
    reference = Trial(-1, LossSettings(form="ce"), "finished", 0.5, ("b",))
    return Study(Search(config=config, content="c0ffee", seeds=2), reference, (trial,))


def test_what_it_recommends_can_be_typed(riskcore, config: Path, tmp_path: Path) -> None:
    spaced = tmp_path / "a b.yaml"
    spaced.write_text(config.read_text())
    first, *commands = advice(found(0.4), [str(spaced), "train.learning_rate=0.002", "loss.confusion=0.5"])
    assert first.startswith("Best of 1: margin s=0.25. The least of many scores flatters; compare over fresh seeds")
    for line, loss in zip(commands, ("margin s=0.25", "ce"), strict=True):
        program, *arguments = shlex.split(line)
        assert program == "riskcore"
        run = riskcore.json("runs", "show", riskcore.json(*arguments)["id"])
        assert (run["loss"], run["config"]["seed"], run["config"]["train"]["learning_rate"]) == (loss, 6, 0.002)


def test_a_search_that_found_nothing_better_says_so() -> None:
    assert advice(found(0.5), ["a.yaml"]) == ["Best of 1: margin s=0.25, which is no better than ce."]
    assert advice(replace(found(0.4), reference=None), ["a.yaml"]) == []


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
