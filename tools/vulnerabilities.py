"""Known vulnerabilities of the pinned packages, and of how many anything is known: `make vulnerabilities`.

pip-audit says "No known vulnerabilities found" also where it could look up nothing. Exit code 0 only if every package
was looked up and none has one.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PINNED = (ROOT / "requirements.lock", ROOT / "requirements.txt")
"""The second for torch and torchvision, which are not in the lock."""


def pins(files: Sequence[Path]) -> list[str]:
    """The packages that files name for this machine, each in its version."""
    lines = (line.rstrip(" \\") for file in files for line in file.read_text().splitlines() if line[:1].strip(" #"))
    found = (each for each in map(Requirement, lines) if each.marker is None or each.marker.evaluate())
    return sorted({f"{canonicalize_name(each.name)}{each.specifier}" for each in found})


def audit(packages: Sequence[str], options: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What pip-audit finds, a record a package; none where it could not work at all, which it says on stderr."""
    command = [Path(sys.executable).with_name("pip-audit"), "--format", "json", "--progress-spinner", "off"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(packages))
        file.flush()
        command += ["--disable-pip", "--no-deps", *options, "-r", file.name]
        done = subprocess.run(command, capture_output=True, text=True)
    try:
        return json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(done.stderr.strip().rpartition("\n")[2], file=sys.stderr)
        return []


def report(records: Sequence[dict[str, Any]], pinned: int) -> tuple[list[str], int]:
    """The lines to print, and the exit code.

    Args:
        records: from `audit`.
        pinned: how many packages there are.

    Example:
        >>> report([{"name": "a", "skip_reason": "not found"}], pinned=1)
        (['0 of 1 packages could be looked up: nothing is known of their vulnerabilities'], 1)
    """
    looked_up = {each["name"]: each for each in records if "skip_reason" not in each}
    lines = [
        f"{name} {each['version']}: {found['id']}, mended in {', '.join(found['fix_versions']) or 'no version'}"
        for name, each in sorted(looked_up.items())
        for found in each["vulns"]
    ]
    counted = f"{len(looked_up)} of {pinned} packages could be looked up"
    if not looked_up:
        return [f"{counted}: nothing is known of their vulnerabilities"], 1
    unknown = sorted({each["name"] for each in records} - set(looked_up))
    rest = f"; nothing is known of {', '.join(unknown)}" if unknown else ""
    known = f"{len(lines) or 'no'} known vulnerabilit{'y' if len(lines) == 1 else 'ies'}"
    lines.append(f"{counted}, with {known}{rest}")
    return lines, 0 if len(looked_up) == pinned and len(lines) == 1 else 1


def main() -> int:
    packages = pins(PINNED)
    lines, code = report(audit(packages, sys.argv[1:]), len(packages))
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
