"""Names, tags and notes of runs: kept in the run's folder, checked, and never in the way of the run."""

import json
import os
import shutil
import threading
from pathlib import Path

import pytest

from riskcore.errors import InputError, RunError
from riskcore.runs import annotations
from riskcore.runs.annotations import ANNOTATION, DAMAGED, Annotation, annotate, read_annotation
from riskcore.runs.choices import Choice
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace

LABELS = {"data": "isic2018", "matrix": "isic2018", "model": "lite0", "loss": "ce"}


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(Workspace(tmp_path / "workspace"))


@pytest.fixture
def run(store: RunStore) -> Run:
    return store.create({"seed": 0}, **LABELS)


def test_what_is_written_is_read_and_the_rest_stays(run: Run) -> None:
    assert run.annotation == Annotation()
    annotate(run.folder, name="  Größe \n 3 ")
    annotate(run.folder, add=["board", " for  review", "board"])
    annotate(run.folder, note="First line \n\n second\r\n")
    assert run.annotation == Annotation("Größe 3", ("board", "for review"), "First line\n\n second")
    annotate(run.folder, add=["late"], remove=["board", "never there"])
    assert run.annotation.tags == ("for review", "late")
    assert run.annotation.name == "Größe 3"


def test_what_is_empty_leaves_no_file(run: Run) -> None:
    annotate(run.folder, name="a", note="b", add=["c"])
    annotate(run.folder, name="", note=" ", remove=["c"])
    assert run.annotation == Annotation()
    assert not (run.folder / ANNOTATION).exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "x" * 81}, "A name can have 80 characters, but this one has 81: shorten it."),
        ({"add": ["x" * 41]}, "A tag can have 40 characters, but this one has 41: shorten it."),
        ({"note": "x" * 2001}, "A note can have 2,000 characters, but this one has 2,001: shorten it."),
        ({"add": [str(number) for number in range(20)]}, "A run can have 20 tags, but got 21: remove some first."),
        ({"name": "a\u202egnp"}, "A name must be plain text, but 'a\\u202egnp' holds signs that act or hide"),
        ({"note": "a\x1b[2J"}, "A note must be plain text, but 'a\\x1b[2J' holds signs that act or hide"),
    ],
)
def test_what_is_too_long_or_hides_is_refused_and_changes_nothing(run: Run, changes: dict, words: str) -> None:
    before = annotate(run.folder, name="kept", add=["kept"])
    with pytest.raises(InputError) as caught:
        annotate(run.folder, **changes)
    assert str(caught.value).startswith(words)
    assert run.annotation == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not valid JSON"),
        ("[]", "damaged, it is no JSON object; name the run anew"),
        ('{"schema": 1, "name": 5, "tags": [], "note": ""}', "damaged, name must be a text or null, but is 5"),
        ('{"schema": 1, "name": null, "tags": [1], "note": ""}', "damaged, tags must be a list of texts"),
        ('{"schema": 1, "name": null, "tags": [], "note": null}', "damaged, note must be a text, but is None"),
        ('{"schema": "1", "name": null, "tags": [], "note": ""}', "damaged, schema must be 1, but is '1'"),
        ('{"schema": 1, "name": "a\\u202eb", "tags": [], "note": ""}', "damaged, a name must be plain text"),
        (f'{{"schema": 1, "name": "{"x" * 70000}", "tags": [], "note": ""}}', "larger than"),
    ],
)
def test_a_broken_file_is_one_line_hides_nothing_and_is_set_aside(
    store: RunStore, run: Run, content: str, words: str
) -> None:
    (run.folder / ANNOTATION).write_text(content)
    found = run.annotation
    assert found.wrong.startswith(f"{run.folder / ANNOTATION}: {words}")
    assert "\n" not in found.wrong
    assert (found.name, found.tags, found.note) == (None, (), "")
    assert [each.id for each in store.list()] == [run.id]
    assert store.page(limit=9, text="ce")[0].id == run.id
    annotate(run.folder, name="anew")
    assert run.annotation == Annotation("anew")
    assert (run.folder / DAMAGED).read_text() == content


def test_a_newer_file_is_said_and_never_overwritten(run: Run) -> None:
    (run.folder / ANNOTATION).write_text('{"schema": 2, "stars": 5}')
    assert run.annotation.wrong.endswith("its layout is unknown here; use the version of riskcore that wrote it.")
    with pytest.raises(InputError, match="its layout is unknown here"):
        annotate(run.folder, name="anew")
    assert (run.folder / ANNOTATION).read_text() == '{"schema": 2, "stars": 5}'


def test_something_else_in_its_place_hides_nothing(store: RunStore, run: Run) -> None:
    os.mkfifo(run.folder / ANNOTATION)  # reading it would wait for ever
    assert "this is no regular file" in run.annotation.wrong
    assert store.list()[0].id == run.id


def test_a_copied_run_keeps_it(store: RunStore, run: Run, tmp_path: Path) -> None:
    annotate(run.folder, name="travels", add=["far"], note="and wide")
    other = RunStore(Workspace(tmp_path / "other"))
    shutil.copytree(run.folder, other.workspace.runs / run.id)
    assert other.get(run.id).annotation == Annotation("travels", ("far",), "and wide")
    store.delete(run.id)
    assert store.trashed()[0].annotation.name == "travels"
    store.restore(run.id)
    assert [each.id for each in store.list(tag="far")] == [run.id]


def test_it_is_found_again_whatever_state_the_run_is_in(store: RunStore, run: Run) -> None:
    with run.claim() as owned:
        annotate(run.folder, name="while it trains")
        owned.update(result={})
        owned.end("finished")
    assert store.get(run.id).annotation.name == "while it trains"


def test_a_run_that_is_gone_is_not_made_anew(store: RunStore, run: Run) -> None:
    store.delete(run.id)
    with pytest.raises(InputError, match="is gone"):
        annotate(run.folder, name="ghost")
    with pytest.raises(InputError, match="is in the trash: restore it first"):
        store.annotate(run.id, name="ghost")
    assert not run.folder.exists()


def test_a_run_deleted_while_it_is_annotated_leaves_no_folder_behind(
    store: RunStore, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = annotations.write_json

    def late(path: Path, document: object) -> None:
        store.delete(run.id)
        write(path, document)

    monkeypatch.setattr(annotations, "write_json", late)
    with pytest.raises(InputError, match=f"Run {run.id} is gone"):
        annotate(run.folder, name="late")
    assert not run.folder.exists()
    store.restore(run.id)
    assert store.get(run.id).annotation.name is None


def test_no_change_is_lost_where_many_write_at_once(run: Run) -> None:
    def write(number: int) -> None:
        annotate(run.folder, add=[f"tag {number}"])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(run.annotation.tags) == {f"tag {number}" for number in range(16)}


def test_a_full_disk_leaves_what_was_written(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = annotate(run.folder, name="kept")

    def full(path: Path, document: object) -> None:
        raise RunError(f"{path}: cannot be written, the disk is full; free some space and try again.")

    monkeypatch.setattr(annotations, "write_json", full)
    with pytest.raises(RunError, match="the disk is full"):
        annotate(run.folder, name="lost")
    assert read_annotation(run.folder) == before


def test_a_pool_is_named_by_its_members_and_a_choice_by_what_they_share(store: RunStore) -> None:
    runs = [store.create({"seed": seed}, **LABELS) for seed in (0, 1)]
    choice = Choice(runs[0].pool, tuple(runs))
    assert choice.name is None
    store.annotate(runs[0].pool, name="Both", add=["pair"])
    assert [run.annotation.name for run in runs] == ["Both", "Both"]
    assert choice.name == "Both"
    store.annotate(runs[1].id, name="Other")
    assert choice.name is None
    assert Choice(runs[1].id, (runs[1],)).name == "Other"
    with pytest.raises(InputError, match="No pool"):
        store.annotate("pool-none", name="x")


def test_runs_are_selected_by_tag_and_found_by_words(store: RunStore) -> None:
    runs = [store.create({"seed": seed}, **LABELS) for seed in range(4)]
    ids = [run.id for run in runs]
    annotate(runs[1].folder, name="Warm START", add=["board", "late"], note="ask Ada")
    annotate(runs[2].folder, add=["board"])
    assert [run.id for run in store.list(tag="board")] == ids[2:0:-1]
    assert [run.id for run in store.list(tag="board", limit=1, offset=1)] == [ids[1]]
    assert [run.id for run in store.page(tag="board", limit=9)] == ids[1:3]
    assert store.counts(tag="board")["queued"] == 2
    assert store.list(tag="boar") == []
    for text in ("warm", "start isic", "ada", "late ce"):
        assert [run.id for run in store.page(text=text, limit=9)] == [ids[1]], text
        assert store.counts(text=text)["queued"] == 1
    assert store.page(text="warm late nothing", limit=9) == []
    annotate(runs[1].folder, name="", note="", remove=["board", "late"])
    assert store.page(text="warm", limit=9) == []
    assert [run.id for run in store.list(tag="board")] == [ids[2]]


def test_without_an_index_the_selection_is_the_same(store: RunStore, run: Run) -> None:
    annotate(run.folder, add=["board"])
    store.workspace.index.unlink(missing_ok=True)
    store.workspace.index.mkdir()
    assert [each.id for each in store.list(tag="board")] == [run.id]
    assert store.list(tag="other") == []


def test_a_file_edited_by_hand_counts_at_once(run: Run) -> None:
    annotate(run.folder, name="before")
    assert run.annotation.name == "before"
    document = json.loads((run.folder / ANNOTATION).read_text())
    (run.folder / ANNOTATION).write_text(json.dumps({**document, "name": "by hand"}))
    assert run.annotation.name == "by hand"
