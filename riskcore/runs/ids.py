"""Ids of runs and pools, and what they look like."""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

POOL = "pool-"
"""Ids of pools start with this."""

RUN_ID = re.compile(r"\d{8}-\d{6}-.+-[0-9a-f]{4}")
"""What ids of runs look like: a folder with such a name is a run, even where its run.json is gone."""


def pool_id(config: Mapping[str, Any], *, data: str, loss: str, fingerprint: str = "") -> str:
    """The pool that a run of these settings joins; arguments as for `RunStore.create`."""
    shared = {key: value for key, value in config.items() if key not in ("seed", "fold")}
    digest = hashlib.sha256(json.dumps([shared, fingerprint], sort_keys=True).encode()).hexdigest()
    return f"{POOL}{label_of(data, loss)}-{digest[:8]}"


def label_of(data: str, loss: str) -> str:
    """What ids say of a run: its data set and loss."""
    return f"{data_label(data)}-{_slug(loss)}"


def data_label(data: str) -> str:
    """What stands for a data set in ids: its name, or that of its file, without characters that ids cannot hold.

    Example:
        >>> data_label("/home/me/my images.csv")
        'my'
    """
    return _slug(Path(data).stem)


def new_id(label: str) -> str:
    """An id of a run that begins now, with a random end."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{label}-{secrets.token_hex(2)}"


def _slug(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9._]+", "_", label.split(" ")[0])[:40] or "run"
