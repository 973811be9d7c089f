"""The bill of materials of riskcore as it is installed: `make sbom` writes build/sbom.json (CycloneDX)."""

import json
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

from tools.dependencies import runtime

ROOT = Path(__file__).resolve().parents[1]


def environment() -> dict[str, Any]:
    """The bill of everything that is installed beside this Python, tools for development among it."""
    command = [Path(sys.executable).with_name("cyclonedx-py"), "environment", "--no-validate", "--output-reproducible"]
    command += ["--pyproject", ROOT / "pyproject.toml", sys.executable]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def narrowed(bill: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The bill with these packages only; names: canonical."""
    kept = [each for each in bill["components"] if canonicalize_name(each["name"]) in names]
    known = {each["bom-ref"] for each in kept} | {bill["metadata"]["component"]["bom-ref"]}
    graph = [
        each | ({"dependsOn": [name for name in each["dependsOn"] if name in known]} if "dependsOn" in each else {})
        for each in bill["dependencies"]
        if each["ref"] in known
    ]
    return bill | {"components": kept, "dependencies": graph}


def fault(bill: dict[str, Any]) -> str | None:
    """Where a bill is not one by the CycloneDX schema; None: it is."""
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill))
    return None if error is None else str(error)


def main() -> int:
    packages, missing = runtime(ROOT / "requirements.txt")
    names = {canonicalize_name(each.metadata["Name"]) for each in packages}
    bill = narrowed(environment(), names)
    left_out = names - {canonicalize_name(each["name"]) for each in bill["components"]}
    faults = [f"{name} is missing" for name in sorted({*missing, *left_out})]
    if (wrong := fault(bill)) is not None:
        faults.append(wrong)
    if faults:
        print("\n".join(faults), file=sys.stderr)
        return 1
    target = ROOT / "build" / "sbom.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(bill, indent=1) + "\n")
    print(f"{target.relative_to(ROOT)}: {len(names)} packages, CycloneDX {bill['specVersion']}, valid")
    return 0


if __name__ == "__main__":
    sys.exit(main())
