"""What ``bundle.json`` may hold, and the seal over it: whatever else it holds is refused in one line."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from riskcore.config import ModelSettings
from riskcore.config.checked import validated
from riskcore.errors import InputError
from riskcore.foreign_text import quoted
from riskcore.readers import read_json

FORMAT, UNSEALED = 3, 1
"""The format that is written, and the one from before bundles carried checksums; 2 is from before detectors."""

TRAINED, FRONT, DETECTOR = "trained.safetensors", "front.safetensors", "detector.safetensors"
ANEW = "restore it from its run or a backup, or train again."

_Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class _Preprocessing(_Part):
    size: int
    mean: list[float] = Field(min_length=3, max_length=3)
    std: list[Annotated[float, Field(gt=0)]] = Field(min_length=3, max_length=3)
    interpolation: Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos", "random"]


class _Calibration(_Part):
    temperature: float = Field(gt=0)
    bias: list[float]


class _Dial(_Part):
    rule: str
    aversion: float = Field(ge=0, le=1)


class _AnswerRule(_Part):
    threshold: float = Field(ge=0, le=1)
    cap: float = Field(gt=0)
    confidence: float | None = Field(gt=0, lt=1)
    per: Literal["answered", "case", "harm", "harm-case"]
    guarantee: Literal["confidence", "average"] = "confidence"

    @model_validator(mode="after")
    def _one_guarantee(self) -> "_AnswerRule":
        if (self.guarantee == "average") != (self.confidence is None):
            raise ValueError("it holds either with a confidence or on average")
        return self


class _Limit(_Part):
    distance: float = Field(ge=-1, le=2)
    images: int = Field(gt=0)
    groups: int = Field(gt=0)
    share: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    bound: float = Field(ge=0, le=1)


class _Kind(_Part):
    colour: Literal["grey", "colour"] | None
    least_side: int = Field(ge=0)
    modalities: list[str]
    body_parts: list[str]


class _Provenance(_Part):
    model_config = ConfigDict(extra="allow")

    run: str
    synthetic: bool


class _Unsealed(_Part):
    format: int
    notice: str
    classes: list[str]
    matrix: dict[str, Any]
    model: str = Field(pattern="^[A-Za-z0-9_.-]{1,100}$")
    hidden: int = 0
    members: int = 1
    stages: int | None = Field(ge=0, le=100)
    preprocessing: _Preprocessing
    calibration: _Calibration
    dial: _Dial
    absent: list[str] = []
    note: str | None = None
    answer_rule: _AnswerRule | None = None
    limit: _Limit | None = None
    kind: _Kind | None = None
    provenance: _Provenance


class _Sealed(_Unsealed):
    files: dict[Literal["trained.safetensors", "front.safetensors", "detector.safetensors"], _Sha256]
    seal: _Sha256


def seal_of(content: dict[str, Any]) -> str:
    """SHA-256 (hex) over all of a description but its seal: JSON with sorted keys, no spaces, finite numbers only.

    Raises:
        ValueError: a number is not finite.

    Example:
        >>> seal_of({"b": 1, "a": [0.5], "seal": "..."}) == seal_of({"a": [0.5], "b": 1})
        True
        >>> seal_of({"a": 1}) == seal_of({"a": 2})
        False
    """
    own = {name: value for name, value in content.items() if name != "seal"}
    canonical = json.dumps(own, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def read_description(path: Path) -> dict[str, Any]:
    """The content of a ``bundle.json`` in which everything has its type and range and, from format 2 on, its seal.

    What is optional is filled in; matrix and rule are for those to check who build them. `files` is missing in a
    description from before there were checksums.

    Raises:
        InputError: it cannot be read, is of a format unknown here, or was damaged or changed.
    """
    content = read_json(path)
    if not isinstance(content, dict) or content.get("format") not in range(UNSEALED, FORMAT + 1):
        raise InputError(f"{path}: not of the formats that this version of riskcore reads ({UNSEALED} to {FORMAT}).")
    sealed = content["format"] > UNSEALED
    try:
        found = (_Sealed if sealed else _Unsealed).model_validate(content).model_dump(exclude={"seal"})
    except ValidationError as error:
        raise InputError(f"{path}: {_explain(error)}; {ANEW}") from error
    if sealed and content["seal"] != _seal(path, content):
        raise InputError(f"{path}: does not match its own seal, so it was damaged or changed since its run; {ANEW}")
    network = {name: found[name] for name in ("hidden", "members")} | {"size": found["preprocessing"]["size"]}
    try:
        validated(ModelSettings, {"name": found["model"], "weights": "none", **network})
    except InputError as error:
        raise InputError(f"{path}: is damaged ({error}); {ANEW}") from error
    if len(found["calibration"]["bias"]) != len(found["classes"]):
        raise InputError(f"{path}: is damaged (calibration.bias has not one number a class); {ANEW}")
    return found


def _seal(path: Path, content: dict[str, Any]) -> str:
    try:
        return seal_of(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is damaged (it holds a number that is not finite); {ANEW}") from error


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = quoted(".".join(map(str, first["loc"])))
    if first["type"] == "missing":
        return f"lacks {place}"
    if first["type"] == "extra_forbidden":
        return f"is damaged ({place} is no part of a bundle)"
    return f"is damaged ({place}: {first['msg'][0].lower()}{first['msg'][1:]})"
