"""riskcore tune."""

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
        f"  riskcore train {config} loss.form={FORMS[0]} loss.strength=3 seed=1",
        f"  riskcore train {config} loss=ce seed=1",
    ]
    found = riskcore.json("tune", config, "--trials", 2)
    assert set(found) == {"study", "wish", "wanted", "reference", "best", "trials"}
    assert [trial["form"] for trial in found["trials"]] == list(FORMS[:2])
    runs = {run["id"]: run["state"] for run in riskcore.json("runs", "list")}
    tried = [*found["reference"]["runs"], *(id for trial in found["trials"] for id in trial["runs"])]
    assert runs == dict.fromkeys(tried, "finished")


def test_wrong_input_is_one_line(riskcore, config: Path) -> None:
    assert riskcore.error("tune", config, "data=tyo").startswith("No data set named or stored in the file 'tyo'")
    assert riskcore.error("tune", config, "wish=much").startswith("wish 'much': expected KIND=NUMBER")
    assert riskcore.error("tune", config, "model.name=no_such_model").startswith("model")
