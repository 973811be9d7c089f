"""Image files that ask for much: what becomes of each, one after another in a child process, its peak and its time."""

from pathlib import Path

from tests.helpers.bombs import LIMIT_MB, bombs, measuring

LONGEST = 60.0
"""Seconds that one file may take on an otherwise idle core; at most 89 million pixels are decoded in it."""


def attack(folder: Path) -> list[str]:
    """Decode each; prints a table and returns those that break a limit or end otherwise than they should."""
    faults = []
    print("| file | MB | outcome | peak MB | seconds |\n| --- | ---: | --- | ---: | ---: |")
    with measuring(folder) as measure:
        for bomb in bombs():
            found = measure(bomb)
            size = (folder / "bomb").stat().st_size / 1e6
            outcome = found.outcome if found.outcome == "decoded" else "refused"
            line = f"| {bomb.kind} | {size:.1f} | {outcome} | {found.peak:.0f} | {found.seconds:.1f} |"
            print(line, flush=True)
            if (outcome == "decoded") != bomb.decoded or found.peak >= LIMIT_MB or found.seconds >= LONGEST:
                faults.append(line)
    print(f"{len(bombs())} files; limit {LIMIT_MB} MB above the process and {LONGEST:.0f} seconds")
    return faults
