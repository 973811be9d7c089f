"""What DICOM files declare; free text in their tags goes nowhere."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file

from riskcore.data.decoding.declared import Declared
from riskcore.data.images import declared


def carried(name: str) -> Path:
    path = get_testdata_file(name)
    assert isinstance(path, str)
    return Path(path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CT_small.dcm", Declared("CT")),
        ("J2K_pixelrep_mismatch.dcm", Declared("CT", "HEAD")),
        ("JPEG-lossy.dcm", Declared("NM", "WHOLE BODY")),
        ("MR_small_bigendian.dcm", Declared("MR")),
        ("image_dfl.dcm", Declared("OT")),
    ],
)
def test_files_that_pydicom_carries(name: str, expected: Declared) -> None:
    assert declared(carried(name)) == declared(carried(name).read_bytes()) == expected


@pytest.mark.parametrize("value", ["Müller, Hans", "DOE^JOHN", "a" * 17, "", "1HEAD", "HEAD\\NECK"])
@pytest.mark.filterwarnings("ignore")
def test_what_is_no_code_is_not_taken(value: str) -> None:
    dataset = pydicom.dcmread(carried("CT_small.dcm"))
    dataset.BodyPartExamined = value
    stream = BytesIO()
    dataset.save_as(stream)
    assert declared(stream.getvalue()) == Declared("CT")


def test_other_files_and_damaged_ones_declare_nothing(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((4, 4), dtype=np.uint8)).save(tmp_path / "a.png")
    cut = carried("CT_small.dcm").read_bytes()[:300]
    for source in (tmp_path / "a.png", tmp_path / "absent.dcm", cut, b""):
        assert declared(source) == Declared()
