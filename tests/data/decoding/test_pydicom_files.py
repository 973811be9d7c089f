"""pydicom's own test files with pixels: each is read, or refused for what is wrong with it."""

import csv
from pathlib import Path

import pydicom.data
import pytest

from riskcore.data.images import decode
from riskcore.errors import InputError

FILES = Path(pydicom.data.__file__).parent / "test_files"
TABLE = list(csv.DictReader((Path(__file__).parent / "pydicom_files.csv").read_text().splitlines()))


@pytest.mark.parametrize("row", TABLE, ids=[row["file"] for row in TABLE])
def test_a_file_is_read_or_refused_for_its_cause(row: dict[str, str]) -> None:
    path = FILES / row["file"]
    if row["outcome"] == "read":
        image = decode(path)
        assert image.shape[:2] == tuple(pydicom.dcmread(path, specific_tags=["Rows", "Columns"])[key].value
                                        for key in ("Rows", "Columns"))  # fmt: skip
        assert image.std() > 0
    else:
        with pytest.raises(InputError, match=row["outcome"]):
            decode(path)


def test_no_more_than_two_are_called_damaged() -> None:
    """MR_truncated.dcm is; GDCMJ2K_TextGBR.dcm is a JPEG 2000 that Pillow does not read."""
    damaged = [row["file"] for row in TABLE if row["outcome"].startswith("damaged")]
    assert damaged == ["GDCMJ2K_TextGBR.dcm", "MR_truncated.dcm"]
    assert len(TABLE) == 64
