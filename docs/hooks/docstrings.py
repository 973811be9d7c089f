"""Griffe extension: docstrings of riskcore in the form that mkdocstrings lays out.

``Example:`` becomes the section ``Examples:``, and an aligned table between lines of ``=`` becomes a block of code.
"""

import re
from typing import Any

import griffe

TABLE = re.compile(r"(?ms)^([ ]*)=+[ ]+=+[ ]*\n.*?^\1=+[ ]+=+[ ]*$")


class Docstrings(griffe.Extension):
    """Rewrites each docstring before it is parsed."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for each module, class, function and attribute."""
        if obj.docstring is not None:
            text = re.sub(r"(?m)^Example:$", "Examples:", obj.docstring.value)
            obj.docstring.value = TABLE.sub(_as_code, text)


def _as_code(found: re.Match[str]) -> str:
    rows = [row for row in found[0].splitlines() if set(row.strip()) - {"=", " "}]
    return "\n".join(["```text", *rows, "```"])
