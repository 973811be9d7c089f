"""Attacks on riskcore, on this machine alone: ``python -m benchmarks.attack [PART ...] [--kills N]``.

Parts: kills, images, documents, bundles, bombs, servers; by default all. Exit code 1 where anything went wrong.
What each promises stands in docs/reliability.md. `make attack` and `make attack-long` call this.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.attack import bombs, bundles, fuzz, kills, servers


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attack", description="Attack riskcore.")
    parser.add_argument("parts", nargs="*", help="kills, images, documents, bundles, bombs, servers; default: all")
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--documents", type=int, default=8_000)
    parser.add_argument("--bundles", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=180, help="of two dashboards and six writers")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    parts: dict[str, Callable[[Path], list[str]]] = {
        "bombs": bombs.attack,
        "images": lambda folder: fuzz.attack("images", given.images, folder, given.seed),
        "documents": lambda folder: fuzz.attack("documents", given.documents, folder, given.seed),
        "bundles": lambda folder: bundles.attack(given.bundles, folder, given.seed),
        "servers": lambda folder: servers.attack(given.seconds, folder),
        "kills": lambda folder: kills.attack(given.kills, folder, given.seed),
    }
    if unknown := set(given.parts) - parts.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    broken = 0
    for name in given.parts or parts:
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="riskcore-attack-", ignore_cleanup_errors=True) as folder:
            faults = parts[name](Path(folder))
        for fault in faults[:20]:
            print(f"  BROKEN: {fault}")
        print(f"  {name}: {len(faults) or 'nothing'} broken, {time.monotonic() - begun:.0f} s\n", flush=True)
        broken += len(faults)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
