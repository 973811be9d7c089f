"""riskcore matrix and riskcore data."""

import json

import pytest

MATRIX = {
    "classes": ["naevus", "melanoma"],
    "values": [[0, 2], [10, 0]],
    "critical": 10,
    "groups": {"naevus": "benign", "melanoma": "malignant"},
}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "skin.json"
    path.write_text(json.dumps(MATRIX))
    return path


def test_matrices_are_validated_saved_listed_shown_and_compared(riskcore, file, tmp_path) -> None:
    assert riskcore("matrix", "validate", file).stdout == "Valid: 2 classes, 1 critical cells.\n"
    valid = riskcore.json("matrix", "validate", file)
    assert set(valid) == {"valid", "hash", "critical_cells"}
    assert riskcore("matrix", "save", "skin", file).stdout == "Saved skin (2 classes).\n"
    saved = riskcore.json("matrix", "save", "skin", file)
    assert saved == {"name": "skin", "hash": valid["hash"], "path": str(riskcore.home / "matrices" / "skin.json")}
    listed = riskcore.json("matrix", "list")
    assert {row["name"]: row["kind"] for row in listed} == {
        "skin": "saved",
        **dict.fromkeys(["brain_mri", "isic2018", "breakhis", "sicapv2", "demo"], "preset"),
    }
    assert set(listed[0]) == {"name", "kind", "hash", "classes", "values", "critical", "groups"}
    assert riskcore.json("matrix", "show", "skin") == {"name": "skin", "hash": valid["hash"], **MATRIX}
    shown = riskcore("matrix", "show", "skin").stdout.splitlines()
    assert shown[0].split() == ["truth", "\\", "model", "says", "naevus", "melanoma"]
    assert shown[3].split() == ["melanoma", "10!", "0"]
    milder = tmp_path / "milder.csv"
    milder.write_text("truth,naevus,melanoma\nnaevus,0,2\nmelanoma,8,0\n")
    assert riskcore.json("matrix", "diff", "skin", milder) == [
        {"truth": "melanoma", "prediction": "naevus", "first": 10, "second": 8}
    ]
    assert riskcore("matrix", "diff", "skin", file).stdout == "The cells are the same.\n"


def test_a_matrix_is_generated_from_groups(riskcore, tmp_path) -> None:
    groups = ("--group", "naevus=benign", "--group", "wart=benign", "--group", "melanoma=malignant")
    order = ("--order", "benign, malignant")
    made = riskcore.json("matrix", "generate", *groups, *order, "--within", 2)
    assert made["classes"] == ["naevus", "wart", "melanoma"]
    assert made["values"] == [[0, 2, 3], [2, 0, 3], [10, 10, 0]]
    output = tmp_path / "made.json"
    assert riskcore("matrix", "generate", *groups, *order, "-o", output).stdout == f"Wrote {output}.\n"
    assert json.loads(output.read_text())["values"][2] == [10, 10, 0]
    turned = riskcore.json("matrix", "generate", *groups, *order, "--critical", "benign=malignant", "-o", output)
    assert turned["values"] == [[0, 1, 10], [1, 0, 10], [5, 5, 0]]
    assert riskcore.error("matrix", "generate", "--group", "naevus", *order) == (
        "Expected --group CLASS=GROUP, but got 'naevus'."
    )


def test_wrong_matrices_name_the_cell_and_are_not_saved(riskcore, tmp_path) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps({**MATRIX, "values": [[0, 2], [-1, 0]]}))
    assert "melanoma" in riskcore.error("matrix", "save", "skin", path)
    path.write_text(json.dumps({**MATRIX, "critical": 99}))
    assert "critical" in riskcore.error("matrix", "validate", path)
    assert riskcore.json("matrix", "list")[0]["kind"] == "preset"
    assert riskcore.error("matrix", "show", "demmo") == (
        "No matrix named or stored in the file 'demmo': did you mean 'demo'?"
    )


def test_a_table_of_a_spreadsheet_is_saved_as_the_screen_reads_it(riskcore, tmp_path) -> None:
    path = tmp_path / "skin.csv"
    path.write_text("\ufefftruth;naevus;melanoma\nnaevus;0;2,5\nmelanoma;10;0\n", encoding="utf-8")
    assert riskcore("matrix", "save", "skin", path).stdout == "Saved skin (2 classes).\n"
    assert riskcore.json("matrix", "show", "skin")["values"] == [[0, 2.5], [10, 0]]


def test_a_table_with_predictions_as_rows_is_turned_or_refused(riskcore, tmp_path) -> None:
    path = tmp_path / "turned.csv"
    path.write_text("prediction \\ truth,naevus,melanoma\nnaevus,0,10\nmelanoma,2,0\n")
    for command in (("save", "skin"), ("show",), ("validate",)):
        message = riskcore.error("matrix", *command, path)
        assert message.startswith(
            f'{path}: the corner cell "prediction \\ truth" says that the rows are the prediction'
        )
        assert "--transpose" in message
    assert {row["kind"] for row in riskcore.json("matrix", "list")} == {"preset"}
    riskcore("matrix", "save", "skin", path, "--transpose")
    assert riskcore.json("matrix", "show", "skin")["values"] == [[0, 2], [10, 0]]
    assert riskcore.json("matrix", "show", path, "--transpose")["values"] == [[0, 2], [10, 0]]
    assert riskcore.json("matrix", "validate", path, "--transpose")["valid"] is True
    assert riskcore.error("matrix", "show", "skin", "--transpose") == (
        "--transpose turns a file, but 'skin' is a saved matrix: its rows are the truth."
    )


def test_versions_carry_what_was_said_and_a_preset_is_version_0(riskcore, file) -> None:
    riskcore("matrix", "save", "my-demo", "demo", "--author", "Dr A")
    riskcore("matrix", "save", "my-demo", file, "--author", "Dr B", "--note", "two classes\nonly")
    rows = riskcore.json("matrix", "versions", "my-demo")
    assert [tuple(row) for row in rows] == [("name", "time", "author", "note")] * 3
    assert [(row["name"], row["author"], row["note"]) for row in rows] == [
        ("my-demo", "Dr B", "two classes only"),
        ("my-demo.v1", "Dr A", ""),
        ("my-demo.v0", "", "preset demo"),
    ]
    shown = riskcore("matrix", "versions", "my-demo").stdout.splitlines()
    assert shown[0].split() == ["version", "saved", "(UTC)", "author", "note"]
    assert "Dr B" in shown[2]
    assert riskcore.json("matrix", "diff", "my-demo.v0", "demo") == []
    riskcore("matrix", "save", "plain", file)
    assert len(riskcore.json("matrix", "versions", "plain")) == 1
    assert riskcore.error("matrix", "versions", "demo") == "No matrix is saved as 'demo': did you mean 'my-demo'?"


def test_a_deleted_matrix_is_restored(riskcore, file) -> None:
    for source in ("demo", file):
        riskcore("matrix", "save", "skin", source)
    before = riskcore.json("matrix", "versions", "skin")
    assert riskcore("matrix", "delete", "skin").stdout == "Deleted skin. Undo: riskcore matrix restore skin\n"
    assert {row["kind"] for row in riskcore.json("matrix", "list")} == {"preset"}
    assert riskcore.error("matrix", "delete", "skin").startswith("No matrix is saved as 'skin'")
    assert riskcore("matrix", "restore", "skin").stdout == "Restored skin.\n"
    assert riskcore.json("matrix", "versions", "skin") == before
    assert riskcore.json("matrix", "delete", "skin") == {"deleted": "skin"}
    assert riskcore.json("matrix", "restore", "skin") == {"restored": "skin"}
    assert riskcore.error("matrix", "delete", "demo") == "'demo' is a preset: it comes with riskcore and stays."
    assert riskcore.error("matrix", "restore", "skin") == "No deleted matrix is called 'skin': there are none yet."


def test_a_data_set_is_registered_listed_and_audited(riskcore, synthetic, tmp_path) -> None:
    assert riskcore("data", "list").stdout.startswith("No data set is registered yet")
    assert riskcore.json("data", "list") == []
    shown = riskcore("data", "add", "toy", synthetic).stdout.splitlines()
    assert shown[0].startswith("Registered toy: 150 images, 5 classes, ")
    assert shown[-1] == "Next: riskcore data audit toy"
    added = riskcore.json("data", "add", "toy", synthetic)
    assert {"name", "root", "format", "classes", "subgroups", "has_groups", "synthetic", "hash", "images"} <= set(added)
    assert (added["images"], added["synthetic"], added["has_groups"]) == (150, True, True)
    (row,) = riskcore.json("data", "list")
    assert set(row) == {"name", "format", "images", "classes", "groups", "synthetic", "root", "hash"}
    assert (row["name"], row["images"], row["hash"]) == ("toy", 150, added["hash"])
    assert "toy (synthetic)" in riskcore("data", "list").stdout

    drop = tmp_path / "drop.txt"
    found = riskcore.json("data", "audit", "toy", "--drop-list", drop)
    assert found["synthetic"] is True
    assert drop.read_text().splitlines() == found["files_to_drop"]
    assert "SYNTHETIC" in riskcore("data", "audit", "toy").stdout


def test_groups_can_be_joined_and_absent_images_allowed(riskcore, tmp_path) -> None:
    from PIL import Image

    for label in "ab":
        (tmp_path / "set" / label).mkdir(parents=True)
        for number in range(2):
            Image.new("RGB", (8, 8)).save(tmp_path / "set" / label / f"{number}.png")
    groups = tmp_path / "patients.csv"
    groups.write_text("path,patient\na/0.png,p\nb/0.png,p\n")
    added = riskcore.json("data", "add", "set", tmp_path / "set", "--format", "folder", "--groups", groups)
    assert added["has_groups"] is True
    table = tmp_path / "table.csv"
    table.write_text("path,label\nset/a/0.png,a\nset/b/0.png,b\nset/b/9.png,b\n")
    assert riskcore.error("data", "add", "some", table) == (
        f"some: 1 of 3 listed images are absent under {tmp_path} (set/b/9.png); put them there, or pass "
        "--allow-missing to keep what is there."
    )
    assert riskcore.json("data", "add", "some", table, "--allow-missing")["images"] == 2
    assert riskcore.error("data", "add", "x", table, "--format", "isic").startswith("Expected")
    assert riskcore.error("data", "audit", "sett").startswith(
        "No data set named or stored in the file 'sett': did you mean 'set'?"
    )
