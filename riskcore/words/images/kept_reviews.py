"""Reviews kept in the workspace, when someone asks for it: a file a run."""

from pathlib import Path

import pandas as pd

from riskcore.errors import RunError
from riskcore.files import acquired, disk_full_is_clear
from riskcore.words.images.reviews import Review, Reviewed, merged, read_reviews, reviews_in, write_reviews
from riskcore.words.images.saved_predictions import safe_name
from riskcore.workspace import Workspace

PATIENCE = 5.0
"""Seconds to wait for another visitor who writes the same file."""


def reviews_file(workspace: Workspace, run: str) -> Path:
    """Where the reviews of a run's calls are kept.

    Example:
        >>> reviews_file(Workspace(Path("/w")), "20261125-011350-ce").relative_to("/w").as_posix()
        'reviews/20261125-011350-ce.csv'
    """
    return workspace.root / "reviews" / f"{safe_name(run)}.csv"


def kept_reviews(workspace: Workspace, run: str) -> dict[Reviewed, Review]:
    """What was said of a run's calls and kept.

    Raises:
        InputError: the file is not one of reviews any more.
    """
    file = reviews_file(workspace, run)
    return reviews_in(read_reviews(file)) if file.exists() else {}


def keep_reviews(workspace: Workspace, run: str, table: pd.DataFrame) -> Path:
    """Add reviews to those that are kept; of an image that is there already the newer one counts.

    Args:
        workspace: where to.
        run: whose calls they are of.
        table: as `riskcore.words.images.reviews.review_table` gives it.

    Returns:
        The file.

    Raises:
        RunError: it cannot be written. InputError: what is there is not a file of reviews; it stays as it is.

    Example:
        >>> import tempfile
        >>> from riskcore.words.images.reviews import COLUMNS
        >>> workspace = Workspace(Path(tempfile.mkdtemp()))
        >>> table = pd.DataFrame([("a.png", "e3b0", "1", "r1", "", "naevus", "no", "")], columns=list(COLUMNS))
        >>> file = keep_reviews(workspace, "r1", table)
        >>> [review.words for review in kept_reviews(workspace, "r1").values()]
        ['disagrees']
    """
    file = reviews_file(workspace, run)
    with disk_full_is_clear(file):
        file.parent.mkdir(parents=True, exist_ok=True)
    lock = acquired(file.with_suffix(".lock"), PATIENCE)
    if lock is None:
        raise RunError(f"{file}: another visitor has been writing it for long; try again.")
    try:
        write_reviews(file, merged(read_reviews(file), table) if file.exists() else table)
    finally:
        lock.release()
    return file
