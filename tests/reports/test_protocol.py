"""A protocol's tables and figures: each file is read back by a reader of its kind."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from riskcore.comparing.comparison import compare
from riskcore.comparing.rate_differences import RATES
from riskcore.config import DataSettings, ModelSettings, validated
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.jobs.protocol import Protocol
from riskcore.reports.protocol import csv_table, figure_stems, latex, markdown, write
from riskcore.reports.protocol_table import (
    ProtocolResult,
    ProtocolRow,
    ProtocolTable,
    against,
    frontier_curves,
    over_seeds,
)
from tests.helpers.simulated import MATRIX, run

WISH = Wish()


def made(seeds=(0, 1), change=lambda pool: pool) -> ProtocolResult:
    """A result as `tabulate` gives it, of simulated pools; `change` is made to the last of them."""
    skills = {"focal": 1.2, "ce & more_50%": 1.4, "log_harm s=3": 2.4}
    pools = {
        loss: run(f"pool-{place}", skill, n=80, groups=40, seeds=seeds, noise=place)
        for place, (loss, skill) in enumerate(skills.items())
    }
    pools["log_harm s=3"] = change(pools["log_harm s=3"])
    labels = {pool.id: loss for loss, pool in pools.items()}
    found = compare(list(pools.values()), pools["focal"], MATRIX, labels=labels, resamples=20, synthetic=True)
    table = ProtocolTable(
        data=DataSettings(name="toy", folds=5),
        model=ModelSettings(name="resnet18", weights="none", size=32),
        comparison=found,
        warnings=("3 images have duplicates.",),
        rows=tuple(
            ProtocolRow(row, over_seeds(JudgedRun(pools[row.loss], MATRIX), WISH), beside)
            for row, beside in zip(found.runs, beside_focal(found, pools), strict=True)
        ),
        frontiers={loss: frontier_curves(JudgedRun(pool, MATRIX)) for loss, pool in pools.items()},
    )
    values = {"title": "Toy", "note": "Nothing here is real.\n", "data": "toy", "losses": ["focal", "ce"]}
    protocol = validated(Protocol, {**values, "seeds": list(seeds), "baselines": ["focal"]})
    return ProtocolResult(protocol, (table,))


def beside_focal(found, pools):
    focal, *others = (JudgedRun(pool, MATRIX) for pool in pools.values())
    beside = against(found, others, focal)
    return [{}, *({"focal": each} for each in beside)]


@pytest.fixture(scope="module")
def result():
    return made()


@pytest.fixture(scope="module")
def folder(result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("output") / "new"
    write(result, folder)
    return folder


def tables_of(text: str) -> list[list[list[str]]]:
    """The tables of a Markdown text as rows of cells; every row must be as long as its heading."""
    found = []
    for block in re.findall(r"(?:^\|.*\|$\n?)+", text, flags=re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.strip().split("\n")]
        assert all(set(cell) <= set("-:") for cell in rows[1])
        assert {len(row) for row in rows} == {len(rows[0])}
        found.append([rows[0], *rows[2:]])
    return found


def test_the_markdown_tables_hold_every_loss_and_number(result) -> None:
    text = markdown(result)
    argmax, dial, against, equal, chosen = tables_of(text)
    (table,) = result.as_dict()["tables"]
    assert argmax[0] == ["loss", "accuracy %", "CER %", "miss rate %", "over-call %", "harm"]
    for line, row in zip(argmax[1:], table["rows"], strict=True):
        spread = row["over_seeds"]["argmax"]
        cer, harm = spread["cer"], spread["expected_severity"]
        assert line[0] == row["loss"]
        assert line[2] == f"{100 * cer['mean']:.1f} ± {100 * cer['sd']:.1f}"
        assert line[5] == f"{harm['mean']:.2f} ± {harm['sd']:.2f}"
    assert len(dial) == len(argmax) == 4
    assert [line[0] for line in against[1:]] == ["ce & more_50%", "log_harm s=3"]
    assert [line[0] for line in equal[1:]] == ["focal (baseline)", "ce & more_50%", "log_harm s=3"]
    best = table["rows"][2]["against"]["focal"]
    assert against[2][2] == f"{100 * best['argmax']['relative_cer_change']:+.1f}"
    assert equal[3][2] == f"{100 * best['equal_accuracy']['relative_cer_change']:+.1f}"
    spread = best["equal_accuracy"]["over_seeds"]
    assert equal[1][1] == f"{100 * spread['baseline_cer']['mean']:.1f} ± {100 * spread['baseline_cer']['sd']:.1f}"
    assert equal[3][1] == f"{100 * spread['cer']['mean']:.1f} ± {100 * spread['cer']['sd']:.1f}"
    for place, name in enumerate(("gap", "over_call_gap", "balanced_accuracy_gap"), start=3):
        assert equal[3][place].startswith(f"{100 * best['equal_accuracy'][name]['value']:+.1f} (")
    assert equal[3][-2:] == [f"{100 * best['equal_accuracy']['could_show']:.1f}", best["equal_accuracy"]["safer"]]
    assert [line[0] for line in chosen[1:]] == ["focal (baseline)", "ce & more_50%", "log_harm s=3"]
    shown = best["chosen"]["over_seeds"]
    for place, name in enumerate(("accuracy", "cer", "over_call_rate"), start=1):
        assert chosen[3][place] == f"{100 * shown[name]['mean']:.1f} ± {100 * shown[name]['sd']:.1f}"
        other = shown[f"baseline_{name}"]
        assert chosen[1][place] == f"{100 * other['mean']:.1f} ± {100 * other['sd']:.1f}"
    for place, name in enumerate(("cer", "accuracy", "over_call_rate", "balanced_accuracy"), start=4):
        assert chosen[3][place].startswith(f"{100 * best['chosen']['difference'][name]['value']:+.1f} (")
    assert best["sentence"] in text
    for expected in ("# Toy", "Nothing here is real.", "SYNTHETIC", "3 images have duplicates.", "5 folds, pooled"):
        assert expected in text
    assert "2 seeds; figures are mean ± standard deviation over seeds." in text
    assert "resample groups, not seeds: they speak of these trainings;" in text
    assert "![Critical error rate against accuracy as the risk dial turns](frontier.png)" in text


def test_one_seed_shows_intervals_instead_of_deviations() -> None:
    text = markdown(made(seeds=(0,)))
    argmax = tables_of(text)[0]
    assert "±" not in text
    assert re.fullmatch(r"[\d.]+ \([\d.]+–[\d.]+\)", argmax[1][1])
    assert re.fullmatch(r"[\d.]+ \([\d.]+–[\d.]+\)", argmax[1][5])
    assert "One seed; ranges are 95 % intervals over groups." in text


def test_from_five_seeds_on_intervals_speak_of_recipes() -> None:
    text = markdown(made(seeds=range(5)))
    assert "resample groups and seeds;" in text
    assert "these trainings" not in text


def test_where_one_loss_has_nothing_to_choose_on_the_others_keep_their_dials() -> None:
    result = made(change=lambda pool: pool.without_validation())
    *_, equal, chosen = tables_of(markdown(result))
    assert [line[0] for line in equal[1:]] == ["focal (baseline)", "ce & more_50%", "log_harm s=3"]
    assert [line[0] for line in chosen[1:]] == ["focal (baseline)", "ce & more_50%", "log_harm s=3"]
    assert chosen[3][1:] == ["–"] * (len(chosen[0]) - 1)
    assert "–" not in chosen[2]
    rows = list(csv.DictReader(io.StringIO(csv_table(result))))
    assert rows[2]["chosen_cer"] == rows[2]["chosen_floor"] == ""
    assert rows[1]["chosen_cer"] != ""
    assert json.loads(json.dumps(result.as_dict()))["tables"][0]["rows"][2]["against"]["focal"]["chosen"]["cer"] is None


def test_the_csv_has_shares_under_named_columns(result) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_table(result))))
    (table,) = result.as_dict()["tables"]
    assert [(row["loss"], row["baseline"]) for row in rows] == [
        ("focal", ""),
        ("ce & more_50%", "focal"),
        ("log_harm s=3", "focal"),
    ]
    assert all(None not in row and None not in row.values() for row in rows)  # no line is too long or too short
    best = table["rows"][2]
    equal = best["against"]["focal"]["equal_accuracy"]
    assert float(rows[2]["argmax_cer_mean"]) == best["over_seeds"]["argmax"]["cer"]["mean"]
    assert float(rows[2]["dial_accuracy_sd"]) == best["over_seeds"]["dial"]["accuracy"]["sd"]
    assert float(rows[2]["equal_gap_low"]) == equal["gap"]["low"]
    assert float(rows[2]["equal_over_call_gap"]) == equal["over_call_gap"]["value"]
    assert [float(rows[2][name]) for name in ("equal_low", "equal_high")] == equal["window"]
    assert float(rows[2]["equal_baseline_cer"]) == equal["baseline_cer"]
    assert float(rows[2]["could_show"]) == equal["could_show"]
    chosen = best["against"]["focal"]["chosen"]
    assert float(rows[2]["chosen_floor"]) == chosen["floor"]
    for name in RATES:
        assert float(rows[2][f"chosen_{name}"]) == chosen[name]["value"]
        assert float(rows[2][f"chosen_baseline_{name}"]) == chosen[f"baseline_{name}"]["value"]
        assert float(rows[2][f"chosen_{name}_difference_high"]) == chosen["difference"][name]["high"]
    assert (rows[2]["safer"], rows[2]["pool"], rows[2]["n"]) == (equal["safer"], "pool-2", "80")


def test_the_latex_is_balanced_and_escaped(result) -> None:
    text = latex(result)
    begun, ended = re.findall(r"\\begin{(\w+)}", text), re.findall(r"\\end{(\w+)}", text)
    assert sorted(begun) == sorted(ended)
    assert begun.count("tabular") == 5
    assert r"ce \& more\_50\%" in text
    blocks = re.findall(r"\\begin{tabular}{(lr+)}(.*?)\\end{tabular}", text, flags=re.DOTALL)
    assert len(blocks) == 5
    for columns, body in blocks:
        lines = [line for line in body.splitlines() if line.endswith(r"\\")]
        assert len(lines) in (3, 4)
        assert all(len(re.findall(r"(?<!\\)&", line)) == len(columns) - 1 for line in lines)
    bare = re.sub(r"\$[^$]*\$", "", "\n".join(line for line in text.splitlines() if not line.startswith("%")))
    assert not re.search(r"(?<!\\)[%#_±–<>]", bare)


def test_the_json_is_the_result(result, folder: Path) -> None:
    assert json.loads((folder / "results.json").read_text()) == json.loads(json.dumps(result.as_dict()))


def test_all_files_are_there_and_what_their_suffix_says(result, folder: Path) -> None:
    names = {"table.md", "table.csv", "table.tex", "results.json", "frontier.html", "frontier.png", "frontier.pdf"}
    assert {path.name for path in folder.iterdir()} == names
    assert (folder / "table.md").read_text() == markdown(result)
    assert (folder / "table.csv").read_text() == csv_table(result)
    assert (folder / "table.tex").read_text() == latex(result)
    with Image.open(folder / "frontier.png") as image:
        image.load()
        assert image.format == "PNG"
    assert (folder / "frontier.pdf").read_bytes().startswith(b"%PDF-")
    page = (folder / "frontier.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "Plotly.newPlot" in page
    assert '"name":"focal"' in page
    assert '"name":"log_harm s=3"' in page


def test_figures_of_several_tables_have_names_of_their_own(result) -> None:
    def named(*pairs: tuple[str, str]) -> ProtocolResult:
        (table,) = result.tables
        tables = [
            replace(table, data=DataSettings(name=data), model=ModelSettings(name=model)) for data, model in pairs
        ]
        return replace(result, tables=tuple(tables))

    assert figure_stems(result) == ["frontier"]
    assert figure_stems(named(("a", "m"), ("b", "m"))) == ["frontier-a-m", "frontier-b-m"]
    assert figure_stems(named(("a", "m"), ("b", "m"), ("a", "m"))) == [
        "frontier-a-m-1",
        "frontier-b-m",
        "frontier-a-m-3",
    ]
    assert figure_stems(named(("/far/a.csv", "m"), ("b", "hub/m"))) == ["frontier-a-m", "frontier-b-m"]
