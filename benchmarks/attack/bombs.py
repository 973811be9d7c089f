"""Every decoding bomb, one after another in a child process: what becomes of it, its peak of memory and its time.

Ends with 1 where one takes the limit or more, is not refused although it should be, or takes longer than a minute.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.helpers.bombs import LIMIT_MB, bombs, measuring

LONGEST = 60.0
"""Seconds that one file may take on an otherwise idle core; at most 89 million pixels are decoded in it."""


def main() -> int:
    """Print the table; 1 where a limit is broken."""
    print("| file | MB | outcome | peak MB | seconds |\n| --- | ---: | --- | ---: | ---: |")
    broken = 0
    with TemporaryDirectory() as folder, measuring(Path(folder)) as measure:
        for bomb in bombs():
            found = measure(bomb)
            size = (Path(folder) / "bomb").stat().st_size / 1e6
            outcome = found.outcome if found.outcome == "decoded" else "refused"
            kept = (outcome == "decoded") == bomb.decoded and found.peak < LIMIT_MB and found.seconds < LONGEST
            broken += not kept
            mark = "" if kept else " **broken**"
            print(
                f"| {bomb.kind} | {size:.1f} | {outcome}{mark} | {found.peak:.0f} | {found.seconds:.1f} |", flush=True
            )
    print(f"\n{len(bombs())} files, {broken} broken; limit {LIMIT_MB} MB above the process.")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
