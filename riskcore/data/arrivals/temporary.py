"""Where what arrives lies until it has a name; light enough for a server to import while it starts."""

import secrets
from pathlib import Path

from riskcore.files import TEMPORARY, disk_full_is_clear
from riskcore.workspace import Workspace


def new_temporary(workspace: Workspace) -> Path:
    """A path among the uploads of the workspace at which nothing is, for a file or folder that has no name yet.

    Raises:
        RunError: the workspace cannot be written.

    Example:
        >>> import tempfile
        >>> path = new_temporary(Workspace(Path(tempfile.mkdtemp())))
        >>> path.parent.name, path.exists()
        ('uploads', False)
    """
    with disk_full_is_clear(workspace.uploads):
        workspace.uploads.mkdir(parents=True, exist_ok=True)
    return workspace.uploads.resolve() / f"{TEMPORARY}{secrets.token_hex(8)}"
