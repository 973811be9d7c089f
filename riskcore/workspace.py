"""The workspace: where everything lives on disk."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Workspace:
    """The folders of one workspace; each is made when something is first written into it.

    Attributes:
        root: absolute path of the workspace.
    """

    root: Path

    @classmethod
    def default(cls) -> "Workspace":
        """The workspace that `RISKCORE_HOME` names, else `./workspace`."""
        return cls(Path(os.environ.get("RISKCORE_HOME") or "workspace").expanduser().absolute())

    @property
    def matrices(self) -> Path:
        return self.root / "matrices"

    @property
    def datasets(self) -> Path:
        return self.root / "datasets"

    @property
    def uploads(self) -> Path:
        """Images that came as a zip file or through a browser, a folder a data set."""
        return self.root / "uploads"

    @property
    def cache(self) -> Path:
        """Decoded images and features: safe to delete."""
        return self.root / "cache"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def trash(self) -> Path:
        """Deleted runs, until the trash is emptied."""
        return self.root / "trash"

    @property
    def workers(self) -> Path:
        """Lock and log of each host's worker for each device."""
        return self.root / "workers"

    @property
    def studies(self) -> Path:
        """Searches for settings (`riskcore.jobs.tuning`), a folder each."""
        return self.root / "studies"

    @property
    def marks(self) -> Path:
        """Images whose label looks wrong (`riskcore.marks`), a file for each data set."""
        return self.root / "marks"

    @property
    def index(self) -> Path:
        """SQLite index of the runs: safe to delete."""
        return self.root / "index.db"
