"""The table for reviewers that `riskcore predict --reviews` writes, and fills up where it is there already."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from riskcore.cli.map_files import writable
from riskcore.errors import InputError
from riskcore.learning.bundle import Bundle
from riskcore.words.images.reviews import (
    Review,
    Reviewed,
    merged,
    read_reviews,
    review_table,
    reviewed,
    reviews_in,
    write_reviews,
)

if TYPE_CHECKING:
    import pandas as pd

    from riskcore.learning.prediction import RiskPrediction


class ReviewFile:
    """A file of reviews and the images that belong into it.

    Args:
        file: CSV; what reviewers wrote there stays.
        bundle: what judges the images.
        frame: of files with several images, from 1.

    Raises:
        InputError: what is there is not a file of reviews, or nothing can be written there.
    """

    def __init__(self, file: Path, bundle: Bundle, frame: int) -> None:
        self._file, self._bundle, self._frame = file, bundle, frame
        earlier = self._earlier()
        writable(file.parent, "reviews")
        self._said = {} if earlier is None else reviews_in(earlier)
        self._judged: list[tuple[Reviewed, RiskPrediction]] = []

    def add(self, image: Path, prediction: "RiskPrediction") -> Review:
        """Give an image a row; what was said of it."""
        try:
            with image.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
        except OSError as error:
            said = f"{image}: it could be judged, but not read again for the reviews ({error.strerror})."
            raise InputError(said) from error
        key = reviewed(image.name, digest, self._bundle, self._frame)
        self._judged.append((key, prediction))
        return self._said.get(key, Review())

    def write(self) -> None:
        """Write all rows, those of earlier calls first; what someone wrote there meanwhile stays as well.

        Raises:
            RunError: that is refused; the file stays as it was.
        """
        earlier = self._earlier()  # anew: judging takes a while
        table = review_table(self._judged, self._bundle, {} if earlier is None else reviews_in(earlier))
        if earlier is not None:
            table = merged(earlier, table)
        if len(table):
            write_reviews(self._file, table)

    def _earlier(self) -> "pd.DataFrame | None":
        return read_reviews(self._file) if self._file.exists() else None
