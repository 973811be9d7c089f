"""Runs whose run.json cannot be read: why, and what of them can still be used."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from riskcore.errors import InputError
from riskcore.runs.folder import METRICS
from riskcore.runs.record import NewerRunError, read_record

PARTS: Mapping[str, str] = {
    "bundle": "bundle",
    "predictions.parquet": "predictions",
    METRICS: "metrics",
    "log.txt": "log",
    "checkpoint.pt": "checkpoint",
}
"""File or folder of a run -> what it is called among the things that are left of a damaged one."""


@dataclass(frozen=True)
class UnreadRun:
    """A run that cannot be read; it can be moved into the trash and restored.

    Attributes:
        folder: its folder; its name is the run's id.
        state: "damaged", or "newer" where it is whole and a newer version of riskcore wrote it.
        reason: what is wrong and what to do, in one line.
        left: which of `PARTS` are there, by what they are called.
    """

    folder: Path
    state: Literal["damaged", "newer"]
    reason: str
    left: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.folder.name

    @classmethod
    def of(cls, folder: Path) -> "UnreadRun | None":
        """None where the run can be read, or is gone.

        Example:
            >>> import tempfile
            >>> folder = Path(tempfile.mkdtemp())
            >>> _ = (folder / "run.json").write_text("[]"), (folder / "log.txt").write_text("epoch 1")
            >>> found = UnreadRun.of(folder)
            >>> found.state, found.reason.removeprefix(str(folder))[:43], found.left
            ('damaged', '/run.json: damaged, it is no JSON object; r', ('log',))
        """
        try:
            read_record(folder)
        except NewerRunError as error:
            return cls(folder, "newer", str(error), _left(folder))
        except InputError as error:
            return cls(folder, "damaged", str(error), _left(folder)) if folder.is_dir() else None
        return None


def _left(folder: Path) -> tuple[str, ...]:
    return tuple(name for file, name in PARTS.items() if os.path.exists(folder / file))
