"""riskcore tune: which loss form and strength serve a wish best, judged on validation."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskcore.cli.output import Json, emit, note, progress_bar, say, table, workspace

if TYPE_CHECKING:
    from riskcore.jobs.tuning import Study

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
    from riskcore.config import RunConfig
    from riskcore.jobs import tuning
    from riskcore.jobs.submit import check, check_backbone

    here = workspace()
    (plan,) = check(here, [RunConfig.from_file(config, overrides or [])])
    check_backbone(plan.config)
    name = tuning.prepare(here, tuning.Search.of(plan, seeds=seeds, trials=trials))
    note(f"Search {name}: {trials} trials for {plan.config.wish}.")
    stopped = False
    with progress_bar() as progress:
        try:
            tuning.run(here, name, progress)
        except (KeyboardInterrupt, tuning.SearchStopped):
            stopped = True
    found = tuning.study(here, name)
    if json:
        emit(found.as_dict())
    else:
        _show(found, [str(config), *(overrides or [])])
    if stopped:
        note("Stopped; the same command goes on where it was, and the run that trains goes on.")
        raise typer.Exit(130)


def _show(study: "Study", command: list[str]) -> None:
    shown = [*([study.reference] if study.reference else []), *study.ranked[:SHOWN]]
    if shown:
        rows = [[trial.loss.label, f"{trial.score:.4f}", trial.runs[0]] for trial in shown]
        table(["loss", "score on validation", "run"], rows)
    for line in advice(study, command):
        say(line)


def advice(study: "Study", command: list[str]) -> list[str]:
    """What came out, and the commands that put it to the test; `command`: training file and settings as typed."""
    best, reference = study.best, study.reference
    if best is None or reference is None:
        return []
    tried = f"Best of {len(study.ranked)}: {best.loss.label}"
    if (best.score or 0) >= (reference.score or 0):
        return [f"{tried}, which is no better than {reference.loss.label}."]
    fresh = study.search.config.seed + study.search.seeds
    losses = (f"{{form: {best.loss.form}, strength: {best.loss.strength:g}}}", "ce")
    return [
        f"{tried}. The least of many scores flatters; compare over fresh seeds, this and more:",
        *(f"  {shlex.join(['riskcore', 'train', *command, f'loss={loss}', f'seed={fresh}'])}" for loss in losses),
    ]
