"""riskcore reproduce and riskcore demo."""

import csv
import json
import re
from pathlib import Path

import pytest
from PIL import Image

from riskcore.data.manifest import register
from riskcore.data.registry import save_dataset
from riskcore.runs.store import RunStore
from tests.helpers.cli_inputs import PROTOCOL

FILES = {
    *("table.md", "table.csv", "table.tex", "results.json", "protocol.yaml"),
    *("frontier.html", "frontier.png", "frontier.pdf"),
}


def test_reproduce_leaves_tables_figures_and_the_protocol(trained) -> None:
    output = trained.output
    assert {path.name for path in output.iterdir()} == FILES
    result = json.loads((output / "results.json").read_text())
    (table,) = result["tables"]
    assert (result["title"], table["data"], table["synthetic"], table["n"]) == ("Toy protocol", "toy", True, 150)
    assert [row["id"] for row in table["rows"]] == [trained.baseline, trained.other]
    with (output / "table.csv").open() as file:
        assert [(row["loss"], row["baseline"]) for row in csv.DictReader(file)] == [("ce", ""), ("log_harm s=3", "ce")]
    with Image.open(output / "frontier.png") as image:
        image.verify()
    assert "SYNTHETIC" in (output / "table.md").read_text()
    assert (output / "protocol.yaml").read_text() == trained.protocol.read_text()


def test_the_same_command_again_trains_nothing(trained, tmp_path: Path) -> None:
    store = RunStore(trained.riskcore.workspace)
    before = {run.id: (run.folder / "run.json").read_bytes() for run in store.list()}
    done = trained.riskcore("reproduce", trained.protocol, "-o", tmp_path / "again")
    assert {run.id: (run.folder / "run.json").read_bytes() for run in store.list()} == before
    assert done.stderr == "Toy protocol: 4 runs, 4 of them finished before.\n"
    assert done.stdout.startswith("# Toy protocol\n")
    for name in sorted(FILES):
        assert (tmp_path / "again" / name).read_bytes() == (trained.output / name).read_bytes()


def test_a_dry_run_checks_everything_and_changes_nothing(trained, tmp_path: Path) -> None:
    protocol = tmp_path / "wider.yaml"
    protocol.write_text(PROTOCOL.replace("seeds: 1", "seeds: 3"))
    found = trained.riskcore.json("reproduce", protocol, "-o", tmp_path / "out", "--dry-run")
    assert (found["runs"], found["finished"]) == (12, 4)
    assert found["seconds"] > 0
    assert not (tmp_path / "out").exists()

    def error(old: str, new: str) -> str:
        protocol.write_text(PROTOCOL.replace(old, new))
        return trained.riskcore.error("reproduce", protocol, "-o", tmp_path / "out", "--dry-run")

    assert error("name: toy", "name: toi").startswith(
        "No data set named or stored in the file 'toi': did you mean 'toy'?"
    )
    assert error("folds: 2", "folds: published") == "toy: the data set has no published folds; give a number of folds."
    assert error("baselines: [ce]", "baselines: [focal]").startswith("The baseline 'focal' is none of the losses")
    assert error("seeds: 1", "sedes: 1") == "Unknown setting `sedes`: did you mean `seeds`?"
    assert len(RunStore(trained.riskcore.workspace).list()) == 4


def test_a_dry_run_times_a_few_batches_where_nothing_like_it_was_trained(
    riskcore, synthetic: Path, tmp_path: Path
) -> None:
    save_dataset(riskcore.workspace, register("toy", synthetic))
    protocol = tmp_path / "protocol.yaml"
    protocol.write_text(PROTOCOL)
    found = riskcore.json("reproduce", protocol, "-o", tmp_path / "out", "--dry-run")
    assert (found["runs"], found["finished"]) == (4, 0)
    assert found["seconds"] > 0
    told = riskcore("reproduce", protocol, "-o", tmp_path / "out", "--dry-run").stdout
    assert re.match(r"Toy protocol: 4 runs, 0 of them finished before, about \d+ \w+ on one device\. Data sets,", told)
    assert RunStore(riskcore.workspace).list() == []


def test_runs_that_fail_are_named_and_no_table_is_written(riskcore, synthetic: Path, tmp_path: Path) -> None:
    save_dataset(riskcore.workspace, register("toy", synthetic))
    protocol = tmp_path / "protocol.yaml"
    diverging = PROTOCOL.replace("device: cpu", "device: cpu, learning_rate: 1e30").replace("folds: 2", "test: 0.3")
    protocol.write_text(diverging)
    first = riskcore("reproduce", protocol, "-o", tmp_path / "out", code=1).stderr.splitlines()
    assert len(first) == 2  # what there is to do, and what went wrong
    failed = RunStore(riskcore.workspace).list()[-1]
    assert first[1] == (
        f"Error: 2 of 2 runs did not finish, first {failed.id} (failed: {failed.record['error'].rstrip('.')}); "
        "mend the cause and run the same command again: finished runs are kept."
    )
    assert not (tmp_path / "out" / "table.md").exists()


def test_the_demo_in_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The command itself, on fewer images and a smaller network than its own."""
    from riskcore.cli import demo
    from riskcore.data import synthetic
    from riskcore.jobs import demo as job
    from riskcore.jobs import protocol

    small = PROTOCOL.replace("name: toy, matrix: demo, folds: 2", "name: demo")
    (tmp_path / "small.yaml").write_text(small)
    monkeypatch.setenv("RISKCORE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    write = synthetic.write_synthetic
    monkeypatch.setattr(job, "PARTS", {"images": 150, "validation": 30, "test": 40})
    monkeypatch.setattr(synthetic, "write_synthetic", lambda folder, **more: write(folder, size=32, **more))
    monkeypatch.setattr(job, "demo_protocol", lambda: protocol.read_protocol(tmp_path / "small.yaml"))
    demo.demo()
    shown = capsys.readouterr()
    tested = re.search(r"150 synthetic images, (\d+) of them for test\.", shown.err)
    assert tested
    assert 40 <= int(tested[1]) <= 42
    assert shown.out.startswith("SYNTHETIC images")
    assert "log_harm s=3 makes " in shown.out
    assert f"{tested[1]} cases" in shown.out
    assert shown.out.splitlines()[-1] == "Open: riskcore app → Compare"
    demo.demo(json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["synthetic"], found["n"]) == (True, int(tested[1]))
    assert [run["loss"] for run in found["runs"]] == ["ce", "log_harm s=3"]
