"""riskcore predict: judge images with a run or a bundle."""

from pathlib import Path
from typing import Annotated, Any

import typer

from riskcore.cli.output import Json, emit, note, say, table, workspace
from riskcore.errors import InputError
from riskcore.foreign_text import listed
from riskcore.formats import RESEARCH_USE, percent

_COLUMNS = ("image", "class", "decision", "probability", "harm of it", "critical error", "likeliest missed")


def predict(
    source: Annotated[str, typer.Argument(metavar="ID_OR_BUNDLE", help="A finished run, or a bundle folder.")],
    images: Annotated[list[Path], typer.Argument(help="Image files or folders.")],
    frame: Annotated[int, typer.Option(min=1, help="Which image of a DICOM file with several.")] = 1,
    json: Json = False,
) -> None:
    """Class, calibrated probabilities, mean harm of each possible call, and the decision at the run's dial."""
    from riskcore.data.images import count_frames
    from riskcore.learning.bundle import Bundle
    from riskcore.runs.results import bundle_folder
    from riskcore.runs.store import RunStore
    from riskcore.words.certificate import certified
    from riskcore.words.missing_cases import caution_note
    from riskcore.words.seal import unsealed_note

    bundle, files = bundle_folder(RunStore(workspace()), source), _files(images)
    description = Bundle.load(bundle)
    synthetic, absent = description.provenance["synthetic"], list(description.absent)
    if unsealed := unsealed_note(description):
        note(unsealed)
    rule = description.answer_rule
    chosen = {"absent": absent, "note": description.note}

    from riskcore.learning.predictor import (
        Predictor,  # after what can be refused at once: torch takes seconds to import
    )

    rows: list[dict[str, Any]] = []
    for path, outcome in Predictor.load(bundle).many(files, frame):
        if isinstance(outcome, InputError):
            empty = dict.fromkeys(("class", "probabilities", "expected_severity", "decision"))
            rows.append({"image": str(path), **empty, "error": str(outcome), "frame": None, "frames": None, **chosen})
            continue
        frames = count_frames(path)
        rows.append(
            {"image": str(path), **outcome.as_dict(), "error": None, "frame": frame, "frames": frames, **chosen}
        )
    if several := [row["image"] for row in rows if row["frames"] not in (None, 1)]:
        note(
            f"Several images in one file ({listed(several)}): number {frame} is judged; `--frame N` chooses another of "
            "a DICOM file."
        )
    if json:
        emit(rows)
    else:
        table(
            [*(["answer by"] if rule else []), *_COLUMNS],
            [
                [
                    *(["model" if row["answered"] else "person"] if rule else []),
                    row["image"],
                    row["class"],
                    row["decision"],
                    f"{row['probabilities'][row['decision']]:.2f}",
                    f"{row['expected_severity'][row['decision']]:.2f}",
                    percent(row["critical_probability"]),
                    row["worst_miss"] or "–",
                ]
                for row in rows
                if row["error"] is None
            ],
        )
        if said := caution_note(absent, description.note):
            say(said)
        if rule:
            say(certified(rule))
        if synthetic:
            say("The model was trained on SYNTHETIC images: it knows nothing of patients.")
        say(RESEARCH_USE)
    failed = [row for row in rows if row["error"] is not None]
    for row in failed:
        note(f"Error: {row['error']}")
    if failed:
        raise typer.Exit(2)


def _files(given: list[Path]) -> list[Path]:
    from riskcore.data.finding import search

    files: list[Path] = []
    for path in given:
        if path.is_dir():
            found = search(path)
            if not found.images:
                raise InputError(" ".join([f"{path}: holds no images.", *found.notes()]))
            for line in found.notes():
                note(line)
            files += [path / image for image in found.images]
        else:
            files.append(path)
    return files
