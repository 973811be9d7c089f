"""Documents read from files: what cannot be read is refused in one line that names the file."""

import json
from pathlib import Path
from typing import Any

import yaml

from riskcore.errors import InputError


def read_json(path: Path) -> Any:
    """The JSON document in a file; InputError when there is none or it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path.") from error
    except ValueError as error:
        raise InputError(f"{path}: not valid JSON ({error}); restore or delete the file.") from error


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file; InputError when there is none."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid YAML ({' '.join(str(error).split())}).") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected a mapping of settings, such as `data: isic2018`.")
    return content
