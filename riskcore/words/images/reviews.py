"""What reviewers say of judged images: one row an image, the same in files, from the command line and on the screen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from riskcore.errors import InputError
from riskcore.files import write_atomic
from riskcore.foreign_text import printable, quoted, spreadsheet_plain
from riskcore.learning.bundle import Bundle
from riskcore.readers import missing_column, read_csv, row_number, with_known_names
from riskcore.words.images.judged import csv
from riskcore.words.images.risk_level import risk_level

if TYPE_CHECKING:
    from riskcore.learning.prediction import RiskPrediction

COLUMNS = ("image", "sha256", "frame", "run", "level", "call", "agree", "note")
"""Of a file of reviews. The first four say which image, seen by which run; a reviewer fills in the last two."""

LONGEST_NOTE = 500
"""Characters of a note on the screen."""

_KEY = ("image", "sha256", "frame", "run")
_NEEDED = ("image", "sha256", "run")
_SAID = {"yes": True, "agree": True, "true": True, "no": False, "disagree": False, "false": False, "": None}
_ANSWER = {True: "yes", False: "no", None: ""}


class Reviewed(NamedTuple):
    """Which image was reviewed, and whose call: the image's own name and hash, its place in the file, the run's id."""

    image: str
    sha256: str
    frame: str
    run: str


@dataclass(frozen=True)
class Review:
    """What a reviewer says of a call: whether they agree (None: they have not said) and a note."""

    agree: bool | None = None
    note: str = ""

    @property
    def words(self) -> str:
        """In a word; empty where nothing was said."""
        return {True: "agrees", False: "disagrees", None: ""}[self.agree]

    def __bool__(self) -> bool:
        return self != Review()


def reviewed(name: str, sha256: str, bundle: Bundle, frame: int = 1) -> Reviewed:
    """Which image, of a file's name or path; folders are left out, since they differ from place to place.

    Example:
        >>> from types import SimpleNamespace
        >>> bundle = SimpleNamespace(provenance={"run": "r1"})
        >>> reviewed("scans/7/a.png", "e3b0", bundle)
        Reviewed(image='a.png', sha256='e3b0', frame='1', run='r1')
    """
    own = printable(PurePosixPath(name.replace("\\", "/")).name).strip()
    return Reviewed(own, sha256, str(frame), str(bundle.provenance["run"]))


def review_table(
    judged: "Iterable[tuple[Reviewed, RiskPrediction]]", bundle: Bundle, reviews: Mapping[Reviewed, Review]
) -> pd.DataFrame:
    """A table for reviewers, one row an image, all of it text: `COLUMNS`.

    Args:
        judged: the images, those that are not of the model's kind among them, and what the bundle says of each.
        bundle: what judged them.
        reviews: what was said already; `agree` is yes, no or empty.
    """
    rows = []
    for key, prediction in judged:
        review = reviews.get(key, Review())
        level = risk_level(prediction, bundle.matrix).words
        rows.append((*key, level, prediction.decision or "", _ANSWER[review.agree], review.note))
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=str).drop_duplicates(list(_KEY), ignore_index=True)


def reviews_in(table: pd.DataFrame) -> dict[Reviewed, Review]:
    """What was said in a table as `review_table` or `read_reviews` gives it; images of which nothing was are left out.

    Example:
        >>> table = pd.DataFrame([("a.png", "e3b0", "1", "r1", "", "naevus", "no", "blurred")], columns=list(COLUMNS))
        >>> list(reviews_in(table).values())
        [Review(agree=False, note='blurred')]
    """
    keys = (Reviewed(*key) for key in table[list(_KEY)].itertuples(index=False))
    said = (Review(_SAID[agree], note) for agree, note in zip(table["agree"], table["note"], strict=True))
    return {key: review for key, review in zip(keys, said, strict=True) if review}


def merged(earlier: pd.DataFrame, later: pd.DataFrame) -> pd.DataFrame:
    """Two tables as one: earlier rows keep their place and further columns, those that are there later count, new ones
    follow.

    Example:
        >>> def table(*rows):
        ...     return pd.DataFrame(rows, columns=list(COLUMNS))
        >>> earlier = table(("a.png", "e3b0", "1", "r1", "", "naevus", "", "")).assign(reader="GM")
        >>> later = table(("b.png", "cf83", "1", "r1", "", "naevus", "", ""), earlier.iloc[0].replace("", "no")[:8])
        >>> merged(earlier, later)[["image", "agree", "reader"]].values.tolist()
        [['a.png', 'no', 'GM'], ['b.png', '', '']]
    """
    found = {Reviewed(*(row[name] for name in _KEY)): row for row in earlier.to_dict("records")}
    for row in later.to_dict("records"):
        key = Reviewed(*(row[name] for name in _KEY))
        found[key] = found.get(key, {}) | row
    columns = list(dict.fromkeys([*COLUMNS, *earlier.columns]))
    return pd.DataFrame(list(found.values()), columns=columns).fillna("")


def read_reviews(file: Path) -> pd.DataFrame:
    """A file of reviews as reviewers and their spreadsheets leave it: `COLUMNS` and what they added, all of it text.

    Args:
        file: CSV; `level`, `call`, `agree` and `note` may be absent, and `frame`, which then is 1.

    Raises:
        InputError: one line, where it is no such table, an answer is none of yes and no, or an image stands twice.
    """
    table = with_known_names(read_csv(file), COLUMNS, str(file))
    for column in _NEEDED:
        if column not in table:
            raise InputError(f"{file}: {missing_column(column, table)}")
    absent = {column: "1" if column == "frame" else "" for column in COLUMNS if column not in table}
    table = table.assign(**absent).map(spreadsheet_plain)
    for place, answer in zip(table.index, table["agree"], strict=True):
        if answer.lower() not in _SAID:
            raise InputError(
                f"{file}: row {row_number(place)}: agree is {quoted(answer)}; write yes or no, or leave it empty."
            )
    table["agree"] = table["agree"].str.lower().map({said: _ANSWER[value] for said, value in _SAID.items()})
    table["frame"] = table["frame"].replace("", "1")
    twice = table.index[table.duplicated(list(_KEY))]
    if len(twice):
        image = table.loc[twice[0], "image"]
        raise InputError(
            f"{file}: row {row_number(twice[0])}: the image {quoted(image)} is there twice; leave one of its rows."
        )
    return table.reset_index(drop=True)


def write_reviews(file: Path, table: pd.DataFrame) -> None:
    """Write a table of reviews, whole or not at all. RunError where that is refused."""
    write_atomic(file, csv(table))
