"""The demo: synthetic images, registered and audited, and the runs that it trains on them.

Heavy imports happen inside, since every Overview asks for the demo's name.
"""

from typing import TYPE_CHECKING

from riskcore.data.registry import save_dataset
from riskcore.jobs.queue import start_workers
from riskcore.progress import OnProgress
from riskcore.runs.folder import Run
from riskcore.workspace import Workspace

if TYPE_CHECKING:
    from riskcore.data.manifest import Manifest
    from riskcore.jobs.protocol import Protocol

NAME = "demo"
"""Of the data set and its matrix."""

PARTS = {"images": 3300, "validation": 700, "test": 1600}
"""Images of the data set, and how many of them are for validation and test: so many that caution's effect and an edit
of the matrix are told from luck (research/demo), while those that are trained on stay few."""


def prepare_demo(workspace: Workspace, progress: OnProgress | None = None) -> "Manifest":
    """Draw the synthetic images unless they are there, register and audit them: a minute the first time.

    Those of an earlier version of the demo stay, and more are drawn beside them.

    Args:
        workspace: the images go into its folder `synthetic`.
        progress: called as progress(done, total, label).

    Raises:
        RunError: the disk is full, or writing is denied.
    """
    from riskcore.data import synthetic
    from riskcore.data.manifest import register
    from riskcore.data.prepare import stored_audit

    folder = workspace.root / "synthetic"
    table = folder / "synthetic.csv"
    if not table.exists() or table.read_text() != synthetic.synthetic_table(**PARTS):
        synthetic.write_synthetic(folder, **PARTS, progress=progress)
    manifest = register(NAME, folder)
    save_dataset(workspace, manifest)
    stored_audit(workspace, manifest, progress)
    return manifest


def demo_protocol() -> "Protocol":
    """What the demo trains: what the preset Quick trains, so that the runs of both pool, and focal loss."""
    from riskcore.config import PACKAGED
    from riskcore.decision.operating import Wish
    from riskcore.jobs import recipes
    from riskcore.jobs.protocol import Protocol, ProtocolData

    choices = recipes.PRESETS["Quick"] | {"losses": ["ce", "focal", "log_harm"]}
    recipe = recipes.build(NAME, NAME, [PACKAGED], "hub", choices, str(Wish()))
    return Protocol(
        title="Demo on synthetic images",
        data=(ProtocolData(**recipe.data.model_dump(), matrix=recipe.matrix),),
        models=recipe.models,
        losses=recipe.losses,
        seeds=recipe.seeds,
        train=recipe.train,
        baselines=("ce",),
        wish=recipe.wish,
    )


def queue_demo(workspace: Workspace) -> list[Run]:
    """Queue those of the demo's runs that are missing; a worker begins at once.

    Returns:
        All of its runs, the baseline first.

    Raises:
        InputError: `prepare_demo` was not called. RunError: a run's folder cannot be written.
    """
    from riskcore.jobs import protocol

    runs = protocol.queue(workspace, demo_protocol())
    start_workers(workspace)
    return runs
