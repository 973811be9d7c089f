"""riskcore runs name, tag and note."""

from riskcore.runs.store import RunStore

LABELS = {"data": "toy", "matrix": "demo", "model": "resnet18", "loss": "ce"}
NOTHING = {"name": None, "tags": [], "note": "", "error": None}


def test_names_tags_and_notes_are_written_shown_and_removed(riskcore) -> None:
    store = RunStore(riskcore.workspace)
    first, second = (store.create({"seed": seed}, **LABELS) for seed in (0, 1))
    assert riskcore("runs", "name", first.id, " Warm  start").stdout == f"Run {first.id}\n  name: Warm start\n"
    tagged = riskcore.json("runs", "tag", first.id, "board", "late")
    assert tagged == [{"id": first.id, "annotation": {**NOTHING, "name": "Warm start", "tags": ["board", "late"]}}]
    riskcore("runs", "note", first.id, "ask Ada\nfirst")

    shown = riskcore("runs", "list").stdout.splitlines()
    assert shown[0].split() == ["id", "state", "loss", "accuracy", "CER", "name", "tags"]
    (line,) = (line for line in shown if first.id in line)
    assert line.endswith("Warm start  board, late")
    listed = {row["id"]: row["annotation"] for row in riskcore.json("runs", "list")}
    expected = {"name": "Warm start", "tags": ["board", "late"], "note": "ask Ada\nfirst", "error": None}
    assert listed == {first.id: expected, second.id: NOTHING}
    assert [row["id"] for row in riskcore.json("runs", "list", "--tag", "board")] == [first.id]
    assert riskcore("runs", "list", "--tag", "other").stdout == "No run is like that.\n"
    assert "  name: Warm start\n  tags: board, late\n  note: ask Ada\n    first\n" in (
        riskcore("runs", "show", first.id).stdout
    )
    assert riskcore.json("runs", "show", first.id)["annotation"] == expected

    riskcore("runs", "tag", first.id, "late", "never there", "--remove")
    riskcore("runs", "name", first.id, "")
    assert riskcore.json("runs", "note", first.id, "")[0]["annotation"] == {**NOTHING, "tags": ["board"]}
    assert riskcore("runs", "tag", first.id, "board", "--remove").stdout.endswith("  no name, tags or note\n")


def test_a_pool_is_written_on_as_one(riskcore) -> None:
    store = RunStore(riskcore.workspace)
    runs = [store.create({"seed": seed}, **LABELS) for seed in (0, 1)]
    other = store.create({"seed": 0}, **{**LABELS, "loss": "focal"})
    written = riskcore.json("runs", "name", runs[0].pool, "Pair")
    assert [row["id"] for row in written] == [run.id for run in runs]
    riskcore("runs", "tag", runs[1].id, "one")
    pools = {row["pool"]: row["name"] for row in riskcore.json("runs", "list", "--pools")}
    assert pools == {runs[0].pool: "Pair", other.pool: None}
    (tagged,) = riskcore.json("runs", "list", "--pools", "--tag", "one")
    assert (tagged["pool"], tagged["runs"]) == (runs[0].pool, 2)
    assert riskcore("runs", "list", "--pools").stdout.splitlines()[0].split()[-1] == "name"


def test_what_cannot_be_written_is_one_line(riskcore) -> None:
    run = RunStore(riskcore.workspace).create({"seed": 0}, **LABELS)
    assert riskcore.error("runs", "name", "absent", "x").startswith("No run 'absent'")
    assert riskcore.error("runs", "name", run.id, "x" * 81) == (
        "A name can have 80 characters, but this one has 81: shorten it."
    )
    (run.folder / "annotation.json").write_text("[]")
    reason = (
        f"{run.folder / 'annotation.json'}: damaged, it is no JSON object; name the run anew and the file is set aside "
        "as annotation.damaged.json."
    )
    assert riskcore("runs", "list").stdout.splitlines()[-1] == reason
    assert f"  Note: {reason}\n" in riskcore("runs", "show", run.id).stdout
    (row,) = riskcore.json("runs", "list")
    assert (row["id"], row["annotation"]) == (run.id, {**NOTHING, "error": reason})
