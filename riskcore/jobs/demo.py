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

NAME = "demo"
"""Of the data set, its matrix and its protocol."""


def prepare_demo(workspace: Workspace, progress: OnProgress | None = None) -> "Manifest":
    """Draw the synthetic images unless they are there, register and audit them: some 20 seconds the first time.

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
    if not (folder / "synthetic.csv").exists():
        synthetic.write_synthetic(folder, progress=progress)
    manifest = register(NAME, folder)
    save_dataset(workspace, manifest)
    stored_audit(workspace, manifest, progress)
    return manifest


def queue_demo(workspace: Workspace) -> list[Run]:
    """Queue those of the demo's runs that are missing; a worker begins at once.

    Returns:
        All of its runs, the baseline first.

    Raises:
        InputError: `prepare_demo` was not called. RunError: a run's folder cannot be written.
    """
    from riskcore.jobs import protocol

    runs = protocol.queue(workspace, protocol.demo_protocol())
    start_workers(workspace)
    return runs
