"""pydicom's own test files with pixels: each is read, or refused for what is wrong with it."""

import csv
from pathlib import Path

import numpy as np
import pydicom.data
import pytest

from riskcore.data.images import count_frames, decode
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
        assert count_frames(path) == int(row["frames"])
    else:
        with pytest.raises(InputError, match=row["outcome"]):
            decode(path)


def test_one_alone_is_called_damaged() -> None:
    damaged = [row["file"] for row in TABLE if row["outcome"].startswith("damaged")]
    assert damaged == ["MR_truncated.dcm"]
    assert len(TABLE) == 64


@pytest.mark.parametrize(
    ("coded", "plain", "off"),
    [
        ("MR_small_jpeg_ls_lossless.dcm", "MR_small.dcm", 0),
        ("MR_small_jp2klossless.dcm", "MR_small.dcm", 0),
        ("MR_small_RLE.dcm", "MR_small.dcm", 0),
        ("SC_rgb_jpeg_gdcm.dcm", "SC_rgb_rle.dcm", 0),
        ("SC_rgb_jls_lossy_line.dcm", "SC_rgb_rle.dcm", 5),
        ("SC_rgb_jls_lossy_sample.dcm", "SC_rgb_rle.dcm", 5),
        ("rtdose_rle.dcm", "rtdose.dcm", 0),
    ],
)
def test_the_same_image_in_another_code(coded: str, plain: str, off: int) -> None:
    difference = np.abs(decode(FILES / coded).astype(int) - decode(FILES / plain))
    assert difference.max() <= off
