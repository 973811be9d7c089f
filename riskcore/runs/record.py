"""What `run.json` holds, checked once: whoever has a record can rely on the types of all that is in it."""

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeGuard, get_args

from riskcore.errors import InputError
from riskcore.foreign_text import quoted
from riskcore.readers import read_json

SCHEMA = 1
"""Version of run.json's layout."""

State = Literal["queued", "running", "finished", "failed", "stopped", "interrupted"]
STATES: tuple[State, ...] = get_args(State)

RECORDED = ("queued", "running", "finished", "failed", "stopped")
"""States that are written; *interrupted* is found."""

_INTEGER = 2**63  # what the index can hold
_PROCESS = 2**31


class NewerRunError(InputError):
    """A newer version of riskcore wrote this run: it is whole, yet nothing here can read it."""


def read_record(folder: Path) -> dict[str, Any]:
    """The content of a folder's run.json.

    Raises:
        NewerRunError: its layout is that of a newer version.
        InputError: it is missing or damaged; the message says where.
    """
    path = folder / "run.json"
    if not path.exists():
        raise InputError(f"{folder}: not a run's folder, run.json is missing; list the runs to see their ids.")
    record = read_json(path, nan_as_null=True)
    if isinstance(record, dict) and _is_integer(schema := record.get("schema")) and schema > SCHEMA:
        raise NewerRunError(f"{path}: its layout is unknown here; use the version of riskcore that wrote it.")
    if wrong := what_is_wrong(record, folder.name):
        raise InputError(f"{path}: damaged, {wrong}; restore it from a copy, or delete the run.")
    checked: dict[str, Any] = record
    return checked


def what_is_wrong(record: Any, id: str) -> str:
    """Why a document is not the record of the run `id`, as the end of a sentence; "" where it is.

    Example:
        >>> what_is_wrong([], "a"), what_is_wrong({"schema": 1}, "a")
        ('it is no JSON object', 'id is missing')
    """
    if not isinstance(record, dict):
        return "it is no JSON object"
    for key, (fits, expected) in _FIELDS.items():
        if key not in record:
            return f"{key} is missing"
        if not fits(record[key]):
            return f"{key} must be {expected}, but is {quoted(record[key])}"
    if record["id"] != id:
        return f"it is that of run {quoted(record['id'])}"
    if record["state"] == "running" and record["owner"] is None:
        return "it is running without an owner"
    if record["claims"] > 0 and "started" not in record["timings"]:
        return "it was begun, but timings.started is missing"
    return _wrong_result(record)


def _is_integer(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and -_INTEGER <= value < _INTEGER


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_time(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _is_owner(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict)
        and _is_text(value.get("host"))
        and _is_integer(value.get("pid"))
        and 0 < value["pid"] < _PROCESS
    )


def _are_timings(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    times = all(_is_time(value[key]) for key in ("started", "ended") if key in value)
    return times and _is_number(value.get("seconds", 0.0))


def _is_progress(value: Any) -> bool:
    """None, a phase, or a line of the metrics."""
    if not isinstance(value, dict):
        return value is None
    if value.get("kind") == "phase":
        return (
            _is_text(value.get("phase"))
            and all(_is_number(value.get(key)) for key in ("done", "total"))
            and _is_optional(_is_number)(value.get("remaining"))
        )
    return value.get("kind") in ("epoch", "step") and is_report(value)


def is_report(line: Mapping[str, Any]) -> bool:
    """Whether a line of the metrics can be shown: an epoch, a step, or a line of a kind that is passed over.

    Example:
        >>> is_report({"kind": "epoch", "epoch": 1, "epochs": 3}), is_report({"kind": "epoch", "epoch": "1"})
        (True, False)
    """
    if not _is_number(line.get("time", 0.0)):
        return False
    if line.get("kind") not in ("epoch", "step"):
        return True
    figures = [value for key, value in line.items() if key not in ("kind", "epoch", "epochs", "progress", "time")]
    return (
        all(_is_integer(line.get(key)) for key in ("epoch", "epochs"))
        and line["epochs"] > 0
        and (line["kind"] == "epoch" or (_is_number(line.get("progress")) and "train_loss" in line))
        and all(value is None or _is_number(value) for value in figures)
    )


def _is_optional(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict)


_FIELDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "schema": (lambda value: _is_integer(value) and value == SCHEMA, f"{SCHEMA}"),
    "id": (_is_text, "a text"),
    "created": (_is_time, "a time with its zone"),
    **dict.fromkeys(("data", "matrix", "model", "loss", "pool"), (_is_text, "a text")),
    "seed": (_is_integer, "a whole number"),
    "fold": (_is_optional(_is_integer), "a whole number or null"),
    "state": (lambda value: _is_text(value) and value in RECORDED, f"one of {', '.join(RECORDED)}"),
    "order": (_is_integer, "a whole number"),
    "claims": (lambda value: _is_integer(value) and value >= 0, "a whole number from 0 on"),
    "owner": (_is_owner, "null or host and process of an owner"),
    "error": (_is_optional(_is_text), "a text or null"),
    "progress": (_is_progress, "null or what training reported"),
    "result": (_is_optional(_is_mapping), "null or an object"),
    "timings": (_are_timings, "times and seconds"),
    "config": (_is_mapping, "an object of settings"),
}
"""Key of run.json -> what it must be, and that in words."""


def _wrong_result(record: Mapping[str, Any]) -> str:
    """What is wrong with the figures of a run, which lists, screens and comparisons show."""
    result = record["result"] or {}
    if "exit_code" in result and not _is_integer(result["exit_code"]):
        return "result.exit_code must be a whole number"
    parts = [part for part in ("validation", "test") if part in result]
    for part in parts:
        if not _is_part(result[part]):
            return f"result.{part} does not hold the figures of a part"
    for key in ("warnings", "absent"):
        listed = result.get(key, [])
        if not isinstance(listed, list) or not all(_is_text(each) for each in listed):
            return f"result.{key} must be a list of texts"
    if not _is_optional(_is_text)(result.get("note")):
        return "result.note must be a text or null"
    if not _is_optional(_is_mapping)(result.get("flow")):
        return "result.flow must be an object"
    if record["state"] == "finished" and parts:
        if len(parts) < 2:
            return f"result.{'test' if 'validation' in parts else 'validation'} is missing"
        return _wrong_settings(record["config"])
    return ""


def _is_part(part: Any) -> bool:
    if not (isinstance(part, dict) and _is_integer(part.get("n")) and _is_number(part.get("majority_accuracy"))):
        return False
    return "dial" in part and _are_figures(part.get("argmax")) and _is_optional(_are_figures)(part["dial"])


def _are_figures(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and _is_number(found.get("accuracy"))
        and "cer" in found
        and _is_optional(_is_number)(found["cer"])
    )


_SETTINGS: Mapping[str, Mapping[str, Callable[[Any], bool]]] = {
    "model": {"name": _is_text, "size": _is_integer, "members": _is_integer, "hidden": _is_integer},
    "train": {"backbone": _is_text, "epochs": _is_integer, "teachers": _is_integer},
    "loss": {"form": _is_text, "strength": _is_number, "base": _is_text, "confusion": _is_number, "gamma": _is_number},
}
"""What comparisons read of the settings of a finished run."""

_LATER = ("members", "hidden", "teachers", "gamma")
"""Settings that runs of earlier versions do not mention."""


def _wrong_settings(config: Mapping[str, Any]) -> str:
    if "data" not in config:
        return "config.data is missing"
    for group, keys in _SETTINGS.items():
        found = config.get(group)
        for key, fits in keys.items():
            if not isinstance(found, dict) or (not fits(found.get(key)) and not (key in _LATER and key not in found)):
                return f"config.{group}.{key} is missing or of another type"
    return ""
