"""What a DICOM file declares to show: the kind of device and the part of the body."""

import re
from dataclasses import dataclass
from typing import BinaryIO

from riskcore.data.decoding.dicom_file import read_dicom

_CODE = re.compile(r"[A-Z][A-Z0-9 _]{0,15}")
"""A code string (DICOM PS3.5, 6.2): whatever else stands there is free text, which may name a patient."""


@dataclass(frozen=True)
class Declared:
    """Attributes:
    modality: such as "MR". body_part: such as "HEAD". None where there is none, or no code.
    """

    modality: str | None = None
    body_part: str | None = None


NOTHING_DECLARED = Declared()


def declared_kind(stream: BinaryIO, name: str) -> Declared:
    """The declared kind of a DICOM file; its pixels are not read.

    Raises:
        InputError: as `riskcore.data.decoding.dicom.decode_dicom`.

    Source: DICOM PS3.3, C.7.3.1 (Modality, Body Part Examined).
    """
    dataset = read_dicom(stream, name, 0).dataset
    return Declared(_code(dataset.get("Modality")), _code(dataset.get("BodyPartExamined")))


def _code(value: object) -> str | None:
    text = value.strip().upper() if isinstance(value, str) else ""
    return text if _CODE.fullmatch(text) else None
