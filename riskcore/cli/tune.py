"""riskcore tune: which loss form and strength serve a wish best, judged on validation."""

from pathlib import Path
from typing import Annotated

import typer

from riskcore.cli.output import Json, emit, note, progress_bar, say, table, workspace

SHOWN = 10


def tune(
    config: Annotated[Path, typer.Argument(help="A training file (YAML); its loss is what is looked for.")],
    overrides: Annotated[
        list[str] | None, typer.Argument(metavar="[key=value ...]", help="Settings that replace the file's.")
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="How many losses to try, those tried before included.")] = 50,
    seeds: Annotated[int, typer.Option(min=1, help="Runs a trial.")] = 1,
    json: Json = False,
) -> None:
    """Search the loss and its strength for the wish; Ctrl+C stops, the same command goes on where it was."""
    from riskcore import tuning
    from riskcore.config import RunConfig
    from riskcore.submit import check_backbone

    here = workspace()
    search = tuning.Search(config=RunConfig.from_file(config, overrides or []), seeds=seeds, trials=trials)
    name = tuning.prepare(here, search)
    check_backbone(search.config)
    note(f"Search {name}: {trials} trials for {search.config.wish}.")
    with progress_bar() as progress:
        try:
            found = tuning.run(here, name, progress)
        except (KeyboardInterrupt, tuning.Stopped):
            note("Stopped; the same command goes on where it was, and the run that trains goes on.")
            if not tuning.study(here, name).trials:
                raise typer.Abort from None
            found = tuning.study(here, name)
    if json:
        emit(found.as_dict())
        return
    assert found.reference is not None
    ranked = sorted((trial for trial in found.trials if trial.score is not None), key=lambda trial: trial.score or 0.0)
    rows = [[trial.loss.label, f"{trial.score:.4f}", trial.runs[0]] for trial in [found.reference, *ranked[:SHOWN]]]
    table(["loss", "score on validation", "run"], rows)
    if found.best is not None:
        loss, fresh = found.best.loss, search.config.seed + seeds
        say(f"Best of {len(ranked)}: {loss.label}. The least of many scores flatters; compare over fresh seeds:")
        for settings in (f"loss.form={loss.form} loss.strength={loss.strength:g}", "loss=ce"):
            say(f"  riskcore train {config} {settings} seed={fresh}")
