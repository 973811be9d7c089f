"""A folder in which some files ask for far too much: the others are judged, and these are named."""

import os
from pathlib import Path

from PIL import Image

from tests.helpers import bombs, image_files
from tests.helpers.bundles import write_bundle


def test_a_folder_with_bombs_is_judged_all_the_same(riskcore, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    Image.linear_gradient("L").save(folder / "a_good.png")
    (folder / "b_line.png").write_bytes(image_files.png(bombs.CAP, 1, colour=0))
    (folder / "c_deflated.dcm").write_bytes(image_files.deflated(image_files.dicom_body(40_000, 40_000), 4_000_000_000))
    (folder / "d_nested.dcm").write_bytes(
        image_files.dicom_head() + image_files.nested(5000) + image_files.dicom_body(8, 8)
    )
    os.mkfifo(folder / "e_pipe.png")
    (folder / "f_float.tif").write_bytes(image_files.deflated_tiff(9400, 9400, 32, 1, 9400, sample_format=3))
    Image.linear_gradient("L").save(folder / "z_good.tif")

    bundle = tmp_path / "bundle"
    bundle.mkdir()
    done = riskcore("predict", write_bundle(bundle), folder, code=2)
    left_out, *errors = done.stderr.splitlines()
    assert left_out == "Left out: what is no ordinary file (1)."
    assert len(errors) == 4
    for line, name in zip(errors, ("b_line", "c_deflated", "d_nested", "f_float"), strict=True):
        assert line.startswith(f"Error: {folder / name}")
    assert "one side is more than 100 times the other" in errors[0]
    assert "has more than 268 MB" in errors[1]
    assert "of memory to be decoded, more than 560. Cut or shrink it first." in errors[3]
    for good in ("a_good.png", "z_good.tif"):
        assert good in done.stdout
