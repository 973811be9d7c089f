"""riskcore predict: judge images with a run or a bundle."""

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from riskcore.cli.output import Json, emit, note, workspace
from riskcore.errors import InputError
from riskcore.foreign_text import listed
from riskcore.learning.prediction import not_judged

_NOTHING: dict[str, Any] = not_judged([]).as_dict() | {"judged": False, "error": None, "frame": None, "nearest": []}
"""A row of `--json` for a file that cannot be read, but for its error."""


def predict(
    source: Annotated[str, typer.Argument(metavar="ID_OR_BUNDLE", help="A finished run, or a bundle folder.")],
    images: Annotated[list[Path], typer.Argument(help="Image files or folders.")],
    frame: Annotated[int, typer.Option(min=1, help="Which image of a DICOM file with several.")] = 1,
    maps: Annotated[
        Path | None,
        typer.Option(
            "--map",
            metavar="FOLDER",
            help="Write class maps there, laid over the images, as PNG; maps that the same model made of the same "
            "files are replaced.",
        ),
    ] = None,
    reviews: Annotated[
        Path | None,
        typer.Option(
            "--reviews",
            metavar="FILE.csv",
            help="A table for reviewers, one row an image: write it, or fill it up and show what they said (yes or no "
            "under agree, and a note).",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Class, calibrated probabilities, mean harm of each possible call, and the decision at the run's dial."""
    from riskcore.cli.map_files import MapFiles, writable
    from riskcore.cli.printed.predictions import print_predictions
    from riskcore.cli.review_file import ReviewFile
    from riskcore.data.images import count_frames
    from riskcore.data.registry import load_dataset
    from riskcore.learning.bundle import Bundle
    from riskcore.learning.prediction import RiskPrediction
    from riskcore.learning.training_images import learnt_from, nearest
    from riskcore.runs.results import bundle_folder
    from riskcore.runs.store import RunStore
    from riskcore.words.images.map_note import MAP_NOTE
    from riskcore.words.images.reviews import Review
    from riskcore.words.seal import unsealed_note

    here = workspace()
    folder, files = bundle_folder(RunStore(here), source), _files(images)
    bundle = Bundle.load(folder)
    if unsealed := unsealed_note(bundle):
        note(unsealed)
    if maps is not None:
        writable(maps, "maps")
    sheet = None if reviews is None else ReviewFile(reviews, bundle, frame)

    from riskcore.learning.predictor import (
        Predictor,  # after what can be refused at once: torch takes seconds to import
    )

    outcomes: list[tuple[str, RiskPrediction | InputError]] = []
    frames: dict[str, int | None] = {}
    predictor = Predictor.load(folder)
    drawn = None if maps is None else MapFiles(maps, predictor, frame)
    mapped: dict[str, dict[str, str | None] | None] = {}
    said: dict[str, Review] = {}
    for path, outcome in predictor.many(files, frame):
        outcomes.append((str(path), outcome))
        if not isinstance(outcome, InputError):
            if drawn is not None:
                mapped[str(path)] = drawn.write(path, outcome)
            if sheet is not None:
                said[str(path)] = sheet.add(path, outcome)
        frames[str(path)] = None if isinstance(outcome, InputError) else count_frames(path)
    if several := [name for name, count in frames.items() if count not in (None, 1)]:
        note(
            f"Several images in one file ({listed(several)}): number {frame} is judged; `--frame N` chooses another of "
            "a DICOM file."
        )
    if json:
        data, rows = learnt_from(bundle, partial(load_dataset, here)), []
        for name, outcome in outcomes:
            row: dict[str, Any] = {"image": name, **_NOTHING}
            if isinstance(outcome, InputError):
                row["error"] = str(outcome)
            else:
                row |= outcome.as_dict() | {"frame": frame, "nearest": nearest(outcome, data)}
            row |= {
                "frames": frames[name],
                "maps": mapped.get(name),
                "review": asdict(said[name]) if name in said else None,
            }
            rows.append(row | {"absent": list(bundle.absent), "note": bundle.note})
        emit(rows)
    else:
        judged = [(name, outcome) for name, outcome in outcomes if not isinstance(outcome, InputError)]
        print_predictions(judged, bundle, said)
    if sheet is not None:
        sheet.write()
        note(f"Reviews are in {reviews}: write yes or no under agree and what you like under note.")
    if maps is not None:
        note(f"Class maps are in {maps}. {MAP_NOTE}")
    failed = [outcome for _, outcome in outcomes if isinstance(outcome, InputError)]
    for error in failed:
        note(f"Error: {error}")
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
