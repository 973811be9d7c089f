"""What all settings have in common: unknown keys are refused, and what is wrong is one line."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from riskcore.errors import InputError
from riskcore.foreign_text import cut, quoted

AnySettings = TypeVar("AnySettings", bound=BaseModel)


class Settings(BaseModel):
    """Base of all settings: unknown keys are errors, values do not change after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def validated(model: type[AnySettings], values: Mapping[str, Any]) -> AnySettings:
    """`values` as a `model`, or an InputError with one line on the first thing that is wrong."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InputError(_explain(model, error)) from error


def settings(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every setting under its dotted name; a section before what is in it."""
    for name, setting in model.model_fields.items():
        yield prefix + name, setting
        if isinstance(setting.annotation, type) and issubclass(setting.annotation, BaseModel):
            yield from settings(setting.annotation, f"{prefix}{name}.")


def _explain(model: type[BaseModel], error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    location = [cut(str(part)) for part in first["loc"]]
    where = ".".join(location)
    if first["type"] == "extra_forbidden":
        valid = [name for name, _ in settings(model)]
        close = difflib.get_close_matches(where, valid, n=1, cutoff=0.4) or difflib.get_close_matches(
            location[-1], [key.rsplit(".", 1)[-1] for key in valid], n=1
        )
        hint = f"did you mean `{close[0]}`?" if close else f"valid are {', '.join(model.model_fields)}."
        return f"Unknown setting `{where}`: {hint}"
    if first["type"] == "missing":
        return f"Missing setting `{where}`: add it to the file or as an override, {where}=…"
    if first["type"] == "value_error":
        return str(first["ctx"]["error"])
    return f"Setting `{where}` = {quoted(first['input'])}: {first['msg'][0].lower()}{first['msg'][1:]}."
