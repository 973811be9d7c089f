"""Preset matrices: what is critical in them, the order of their costs, and the pages that print them."""

import re
from pathlib import Path

import pytest

from riskcore.errors import InputError
from riskcore.severity import PRESETS, SeverityMatrix, presets

DOCS = Path(__file__).parents[2] / "docs"


def test_presets():
    assert PRESETS == ("brain_mri", "isic2018", "breakhis", "sicapv2", "demo")
    with pytest.raises(InputError) as caught:
        SeverityMatrix.preset("isic")
    assert str(caught.value) == (
        "there is no preset matrix 'isic'; choose one of brain_mri, isic2018, breakhis, sicapv2, demo."
    )


@pytest.mark.parametrize("name", PRESETS)
def test_exactly_a_dangerous_class_called_harmless_is_critical(name):
    """Each preset has two groups, the harmless first: only calling the second the first is critical."""
    m = SeverityMatrix.preset(name)
    harmless, dangerous = presets.PRESETS[name].groups
    for i, truth in enumerate(m.classes):
        for j, prediction in enumerate(m.classes):
            miss = m.groups[truth] == dangerous and m.groups[prediction] == harmless
            assert m.critical_cells[i, j] == miss
            assert (m.values[i, j] == 0) == (i == j)
    assert m.merged_groups().classes == (harmless, dangerous)
    assert m.merged_groups().critical_cells.tolist() == [[False, False], [True, False]]


def test_the_demo_preset_is_the_matrix_of_its_groups():
    groups = dict.fromkeys(["naevus", "keratosis", "vascular"], "benign")
    groups |= dict.fromkeys(["melanoma", "carcinoma"], "malignant")
    generated = SeverityMatrix.from_groups(groups, ["benign", "malignant"])
    assert SeverityMatrix.preset("demo") == generated


def test_sicapv2_grades_are_ordered():
    values = SeverityMatrix.preset("sicapv2").values
    for truth in range(4):
        for step in (1, -1):
            costs = [values[truth, j] for j in range(truth, 4 if step > 0 else -1, step)]
            assert costs == sorted(costs)
            assert len(set(costs)) == len(costs)
    for low in range(4):
        for high in range(low + 1, 4):
            assert values[high, low] > values[low, high], "under-grading costs more than over-grading"


def test_preset_classes_are_the_names_in_the_real_data(real_data):
    def folders(pattern):
        return {path.name for path in real_data.glob(pattern) if path.is_dir()}

    header = (real_data / "isic2018/ISIC2018_Task3_Training_GroundTruth.csv").open().readline()
    assert header.strip().split(",")[1:] == list(SeverityMatrix.preset("isic2018").classes)
    assert folders("brain_mri/Training/*") == set(SeverityMatrix.preset("brain_mri").classes)
    breakhis = SeverityMatrix.preset("breakhis")
    for group in ("benign", "malignant"):
        named = {name for name, of in breakhis.groups.items() if of == group}
        assert folders(f"breakhis/BreaKHis_v1/histology_slides/breast/{group}/SOB/*") == named


def tables_in(text: str) -> dict[str, SeverityMatrix]:
    """Section "## `name`: ..." -> the matrix of its table and of its line "Critical from N."."""
    found = {}
    for name, section in re.findall(r"(?ms)^## `(\w+)`(.*?)(?=^## |\Z)", text):
        lines = [line for line in section.splitlines() if line.startswith("| ") and set(line) - set("| -:")]
        cells = [[cell.strip().strip("`*") for cell in line.strip("|").split("|")] for line in lines]
        csv = "\n".join(",".join(row) for row in cells)
        critical = float(re.search(r"Critical from (\S+):", section)[1])
        found[name] = SeverityMatrix.from_csv(csv, critical, SeverityMatrix.preset(name).groups)
    return found


def test_the_documentation_prints_every_preset_as_it_is():
    assert tables_in((DOCS / "severity.md").read_text(encoding="utf-8")) == {
        name: SeverityMatrix.preset(name) for name in PRESETS
    }
