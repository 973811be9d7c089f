"""What came of the mutants: rows that are kept, equivalents that are known, and the table of both."""

import csv
from collections import Counter
from dataclasses import dataclass, fields
from pathlib import Path

from tools.mutation.places import Mutant

KEY = ("file", "operator", "before", "after", "occurrence")
WANTED = 0.9
"""Share of the mutants not shown equivalent that must be killed."""


@dataclass(frozen=True)
class Row:
    """One mutant that was run."""

    file: str
    line: str
    operator: str
    before: str
    after: str
    occurrence: str
    outcome: str
    """killed, timeout, survived or equivalent."""
    seconds: str
    commit: str
    digest: str
    """Of the module and its mirror test: a row counts for as long as both stay as they were."""

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(getattr(self, name) for name in KEY)


def read_rows(path: Path) -> list[Row]:
    """Rows that an earlier, perhaps interrupted, call left; a torn last line is left out."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [Row(**row) for row in csv.DictReader(file) if None not in row and None not in row.values()]


def append_row(path: Path, row: Row) -> None:
    new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, [each.name for each in fields(Row)])
        if new:
            writer.writeheader()
        writer.writerow(vars(row))


def read_equivalents(path: Path) -> dict[tuple[str, ...], str]:
    """Mutants that no test can kill, by key, with the reason."""
    with path.open(newline="") as file:
        return {tuple(row[name] for name in KEY): row["reason"] for row in csv.DictReader(file)}


def killed_share(rows: list[Row]) -> float:
    """Killed and timed out, of those not shown equivalent; 1 where there are none."""
    counts = Counter(row.outcome for row in rows)
    judged = len(rows) - counts["equivalent"]
    return (counts["killed"] + counts["timeout"]) / judged if judged else 1.0


def table(rows: list[Row]) -> str:
    """A Markdown table by module, and every survivor with what was changed."""
    outcomes = ("killed", "timeout", "survived", "equivalent")
    lines = ["| module | mutants | killed | timeout | survived | equivalent |", "| --- | --- | --- | --- | --- | --- |"]
    for file in [*sorted({row.file for row in rows}), "all"]:
        own = [row for row in rows if file in (row.file, "all")]
        counts = Counter(row.outcome for row in own)
        lines.append(f"| {file} | {len(own)} | {' | '.join(str(counts[name]) for name in outcomes)} |")
    lines.append(f"\nKilled of those not shown equivalent: {killed_share(rows):.1%}")
    for row in rows:
        if row.outcome == "survived":
            lines.append(f"\n{row.file}:{row.line} {row.operator}\n- {row.before}\n+ {row.after}")
    return "\n".join(lines)


def row_of(mutant: Mutant, outcome: str, seconds: float, commit: str, digest: str) -> Row:
    return Row(
        mutant.file, str(mutant.line), mutant.operator, mutant.before, mutant.after, str(mutant.occurrence),
        outcome, f"{seconds:.1f}", commit, digest,
    )  # fmt: skip
