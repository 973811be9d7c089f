"""riskcore claims: whether a recipe may be called better than the usual way and than plain training."""

from pathlib import Path
from typing import Annotated

import typer

from riskcore.cli.output import Json, emit, say, table, workspace
from riskcore.formats import RESEARCH_USE, SYNTHETIC


def claims(
    run: Annotated[str, typer.Argument(help="The finished run or pool that the claims are for.")],
    usual: Annotated[str, typer.Option(help="What people do today, without a dial: focal loss, for instance.")],
    plain: Annotated[
        str | None, typer.Option(help="Plain training, with its dial: cross-entropy at the same budget.")
    ] = None,
    bars: Annotated[
        Path | None, typer.Option(help="YAML file of what has to be shown; without it nothing is claimed.")
    ] = None,
    matrix: Annotated[str | None, typer.Option(help="Another matrix than the run's own.")] = None,
    average: Annotated[bool, typer.Option("--average", help="Judge each side's seeds as one ensemble.")] = False,
    usual_apart: Annotated[
        bool, typer.Option("--usual-apart", help="With --average: leave the usual way's seeds apart, one network each.")
    ] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Folder for claims.md and claims.json.")] = None,
    json: Json = False,
) -> None:
    """Test on pooled test cases what a recipe has to show against the usual way and plain training."""
    from riskcore.errors import InputError
    from riskcore.reports import claims as claims_output
    from riskcore.runs.store import RunStore
    from riskcore.severity.store import load_matrix

    if usual_apart and not average:
        raise InputError("--usual-apart leaves seeds apart that --average would average; give both.")
    here = workspace()
    judged = load_matrix(here, matrix) if matrix is not None else None
    asked = claims_output.read_bars(bars) if bars is not None else None
    document = claims_output.judge(
        RunStore(here), run, usual, plain, judged, bars=asked, average=average, usual_apart=usual_apart
    )
    if output is not None:
        claims_output.write(document, output)
    if json:
        emit(document)
        return
    if document["synthetic"]:
        say(SYNTHETIC)
    for line in [claims_output.cases(document), *claims_output.sides(document), ""]:
        say(line)
    table(claims_output.HEADERS, claims_output.rows(document["claims"]))
    for line in ["", *claims_output.remarks(document["claims"]), claims_output.method(document), RESEARCH_USE]:
        say(line)
