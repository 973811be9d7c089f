"""A workspace in which every panel of every screen has something to show."""

from pathlib import Path

from riskcore.data.manifest import register
from riskcore.data.prepare import renewed_audit
from riskcore.data.registry import save_dataset
from riskcore.data.synthetic import CLASSES, write_synthetic
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import save_matrix
from riskcore.workspace import Workspace
from tests.helpers.certified_runs import keep_part
from tests.helpers.made_workspace import SKILL, fill, judge_elsewhere, make_usable

SHARES = (0.5, 0.2, 0.1, 0.1, 0.1)
"""What the usable models give every image, a probability a class."""


def furnish(here: Workspace, images: Path) -> None:
    """Fill a new workspace, in some seconds.

    Args:
        here: it gets the data sets "lesions" (SYNTHETIC, with subgroups) and "messy" (audited, with findings), a matrix
            "lesions" with an older version, finished runs that can judge images (some judged elsewhere too) and have
            patients kept for a certificate, and one
            or more in each other state but running; the failed one is in the trash.
        images: folder for the images.
    """
    write_synthetic(images / "lesions", images=300, size=32)
    save_dataset(here, register("lesions", images / "lesions"))
    for critical in (9.0, 10.0):  # the first becomes an older version
        save_matrix(here, "lesions", SeverityMatrix(CLASSES, SeverityMatrix.preset("demo").values, critical=critical))
    made = fill(here, data="lesions")
    for run in (*made["ce"], *made["log_harm"]):
        make_usable(run, shares=SHARES)
        keep_part(run, 1000, SKILL)
    judge_elsewhere(made["ce"], "clinic-b-test-0123456789ab.parquet")
    RunStore(here).delete(made["failed"][0].id)
    _messy(here, images)


def _messy(here: Workspace, images: Path) -> None:
    """Copies within a label, copies across two labels, a file that cannot be read."""
    copies = sorted((images / "lesions").rglob("*.png"))[:3]
    for label, each in (("one", copies), ("other", copies[:1])):
        folder = images / "messy" / label
        folder.mkdir(parents=True)
        for place, image in enumerate([*each, each[-1]]):
            (folder / f"{place}.png").write_bytes(image.read_bytes())
    (images / "messy" / "one" / "broken.png").write_bytes(b"no image")
    messy = register("messy", images / "messy")
    save_dataset(here, messy)
    renewed_audit(here, messy)
