"""Class maps that `riskcore predict --map` writes, laid over the images."""

import hashlib
import os
import tempfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from riskcore.errors import InputError
from riskcore.files import write_atomic

if TYPE_CHECKING:
    from riskcore.learning.prediction import RiskPrediction
    from riskcore.learning.predictor import Predictor

SIDE = 1024
"""Greatest side in pixels of the pictures."""


def writable(folder: Path, what: str) -> None:
    """Make a folder, or find out that nothing can be written there before anything is judged.

    Args:
        folder: for files of this command.
        what: they are, for the error.

    Raises:
        InputError: it is a file, or writing is denied.

    Example:
        >>> with tempfile.TemporaryDirectory() as home:
        ...     writable(Path(home) / "maps", "maps")
        ...     (Path(home) / "maps").is_dir()
        True
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise InputError(f"{folder}: {what} cannot be written there ({reason}); name another folder.") from error


class MapFiles:
    """Writes the class maps of images into a folder.

    Args:
        folder: exists and is writable.
        predictor: what judged the images.
        frame: of files with several images, from 1.

    Raises:
        InputError: the model's network has no class maps.
    """

    def __init__(self, folder: Path, predictor: "Predictor", frame: int) -> None:
        from riskcore.learning.maps import ClassMapper

        self._folder = folder
        self._mapper = ClassMapper(predictor)
        self._model = str(predictor.bundle.provenance.get("run"))
        self._frame = frame

    def write(self, image: Path, prediction: "RiskPrediction") -> dict[str, str | None] | None:
        """The maps of an image: of the class that is called and, where one may dangerously be missed, of that class.

        The names tell apart images of equal names in other folders, other frames and other models; the same question
        asked again replaces its files.

        Returns: `called` and `missed` -> path of the PNG, None where there is no such class or nothing to see. None
            for an image that is not judged.

        Raises:
            RunError: the disk is full.
        """
        from riskcore.data.images import decode
        from riskcore.data.resizing import within
        from riskcore.learning.maps import mapped_classes
        from riskcore.learning.prediction import is_call
        from riskcore.plots.class_map import overlay
        from riskcore.words.images.saved_predictions import safe_name

        if not is_call(prediction):
            return None
        pixels = decode(image, frame=self._frame)
        classes = mapped_classes(prediction)
        maps = self._mapper(pixels, classes)
        asked = f"{self._model}\n{image.absolute()}\n{self._frame}"
        stem = f"{safe_name(image.stem)}-{hashlib.sha256(os.fsencode(asked)).hexdigest()[:8]}"
        written: dict[str, str | None] = {"called": None, "missed": None}
        for role, name in zip(written, classes, strict=False):
            if (values := maps[name]) is None:
                continue
            file = self._folder / f"{stem}-{role}-{safe_name(name)}.png"
            stream = BytesIO()
            overlay(within(pixels, SIDE), values).save(stream, "PNG")
            write_atomic(file, stream.getvalue())
            written[role] = str(file)
        return written
