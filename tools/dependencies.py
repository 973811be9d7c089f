"""What riskcore needs at run time, as it is installed: the pins of requirements.txt and all that they need in turn."""

from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def runtime(requirements: Path) -> tuple[list[Distribution], list[str]]:
    """The installed distributions, sorted by name, and the names of those that are not installed."""
    lines = [line for line in requirements.read_text().splitlines() if line and not line.startswith("#")]
    waiting = [(Requirement(line), "") for line in lines]
    seen: set[tuple[str, str]] = set()
    found: dict[str, Distribution] = {}
    missing: set[str] = set()
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            missing.add(name)
            continue
        for wanted in {"", *requirement.extras}:
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                waiting += [(Requirement(each), wanted) for each in found[name].requires or ()]
    return [found[name] for name in sorted(found)], sorted(missing)
