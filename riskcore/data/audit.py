"""What is in a data set and what would flatter a result: counts, sizes, unreadable files, duplicates, leaks.

Which images to drop (`Audit.drop`), in this order:

1. files that cannot be decoded;
2. an image under two labels: all its copies outside the test split, as nobody knows which label is right;
3. an image with a copy in a later split (train < validation < test): the earlier copy;
4. images of a group (patient, slide, lesion) that also stands in a later split: those in the earlier one;
5. copies within one split: all but the first; near-duplicates of one group are kept, being views of it.

Images not assigned to a split count as training images, which they or their copies may become.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import pairwise
from os import cpu_count
from typing import Any

import pandas as pd

from riskcore.data.decoding.limits import too_little_memory
from riskcore.data.duplicates import Fingerprint, exact_sets, fingerprint, joined_sets, near_pairs
from riskcore.data.images import read_image_file
from riskcore.data.manifest import SPLITS, Manifest
from riskcore.errors import InputError
from riskcore.foreign_text import cut
from riskcore.progress import OnProgress

AUDIT_VERSION = 3
"""Raised when the rules or the form of the findings change, so that stored audits are made anew."""
UNASSIGNED = "unassigned"
_SPLITS = (*SPLITS, UNASSIGNED)
_LEVEL = {"": 0, "train": 0, "validation": 1, "test": 2}
_SHOWN = 10  # names listed in the text; the JSON holds all


@dataclass(frozen=True)
class Count:
    """Images and groups of one class ("all" for every class) in one split ("all" for every split)."""

    label: str
    split: str
    images: int
    groups: int


@dataclass(frozen=True)
class Sizes:
    """Widths and heights in pixels; `distinct` sizes occur, the most frequent are in `common`."""

    width: tuple[int, float, int]  # least, median, greatest
    height: tuple[int, float, int]
    distinct: int
    common: tuple[tuple[int, int, int], ...]  # width, height, images


@dataclass(frozen=True)
class Copy:
    """One image of a set of duplicates."""

    sample: str
    label: str
    split: str
    group: str


@dataclass(frozen=True)
class DuplicateSet:
    """Images that show the same picture; `kind` is "bytes" (equal files), "pixels" or "near"."""

    kind: str
    copies: tuple[Copy, ...]

    @property
    def across_splits(self) -> bool:
        """Whether a copy stands in a later split than another."""
        return len({_LEVEL[copy.split] for copy in self.copies}) > 1

    @property
    def within_group(self) -> bool:
        """Whether all copies are of one patient, slide or lesion."""
        return len({copy.group for copy in self.copies}) == 1

    @property
    def two_labels(self) -> bool:
        """Whether the copies have different labels."""
        return len({copy.label for copy in self.copies}) > 1


@dataclass(frozen=True)
class Named:
    """A sample and what is to be said of it."""

    sample: str
    reason: str


@dataclass(frozen=True)
class SharedGroup:
    """A group that stands in two splits, with its number of images in each."""

    group: str
    images: dict[str, int]


@dataclass(frozen=True)
class Audit:
    """The findings; `text()` for people, `as_dict()` for JSON.

    Attributes:
        name, format, synthetic, has_groups: of the manifest.
        counts: per class and split, with the totals.
        sizes: of the readable images; None when there is none.
        unreadable: files that cannot be decoded, and why.
        blank: readable images that show nothing (`riskcore.data.images.is_blank`).
        several: files with several images, of which the first is used.
        missing: images that are listed but absent (they are in no count).
        exact: sets of images with equal pixels. near: sets joined by at least one near-duplicate pair.
        shared_groups: groups that stand in two splits.
        drop: what to leave out, by the rules at the head of this module.
    """

    name: str
    format: str
    synthetic: bool
    has_groups: bool
    counts: tuple[Count, ...]
    sizes: Sizes | None
    unreadable: tuple[Named, ...]
    blank: tuple[str, ...]
    several: tuple[str, ...]
    missing: tuple[str, ...]
    exact: tuple[DuplicateSet, ...]
    near: tuple[DuplicateSet, ...]
    shared_groups: tuple[SharedGroup, ...]
    drop: tuple[Named, ...]

    @property
    def files_to_drop(self) -> list[str]:
        """The samples of `drop`, sorted."""
        return sorted(each.sample for each in self.drop)

    @property
    def lacking(self) -> dict[str, list[str]]:
        """The published parts "validation" and "test" that hold no image of some classes -> the names of those."""
        parts: dict[str, list[str]] = {}
        for each in self.counts:
            if each.split in ("validation", "test") and each.label != "all" and not each.images:
                parts.setdefault(each.split, []).append(each.label)
        return parts

    def duplicate_sets(self) -> list[list[str]]:
        """The samples of every set of duplicates, exact or near."""
        return [[copy.sample for copy in found.copies] for found in (*self.exact, *self.near)]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; `from_dict` gives the same audit back."""
        return asdict(self) | {"files_to_drop": self.files_to_drop}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Audit":
        """The audit that `as_dict` wrote, also by way of JSON; InputError when it is incomplete."""

        def sets(documents: Iterable[Mapping[str, Any]]) -> tuple[DuplicateSet, ...]:
            return tuple(
                DuplicateSet(each["kind"], tuple(Copy(**copy) for copy in each["copies"])) for each in documents
            )

        try:
            sizes = data["sizes"] and Sizes(
                width=tuple(data["sizes"]["width"]),
                height=tuple(data["sizes"]["height"]),
                distinct=data["sizes"]["distinct"],
                common=tuple((width, height, images) for width, height, images in data["sizes"]["common"]),
            )
            return cls(
                name=data["name"],
                format=data["format"],
                synthetic=data["synthetic"],
                has_groups=data["has_groups"],
                counts=tuple(Count(**each) for each in data["counts"]),
                sizes=sizes,
                unreadable=tuple(Named(**each) for each in data["unreadable"]),
                blank=tuple(data["blank"]),
                several=tuple(data["several"]),
                missing=tuple(data["missing"]),
                exact=sets(data["exact"]),
                near=sets(data["near"]),
                shared_groups=tuple(SharedGroup(**each) for each in data["shared_groups"]),
                drop=tuple(Named(**each) for each in data["drop"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"The audit file is incomplete ({cut(str(error))}); audit the data set again.") from None

    def text(self) -> str:
        """The findings as a table and sentences, for a terminal."""
        parts = [_headline(self), _count_table(self.counts), _size_lines(self.sizes)]
        if self.missing:
            parts.append(_listed(f"Listed but absent: {len(self.missing):,} images.", self.missing))
        unreadable = [f"{each.sample}: {each.reason}" for each in self.unreadable]
        parts.append(_listed(f"Unreadable files: {len(unreadable):,}.", unreadable))
        if self.blank:
            parts.append(_listed(f"Blank images, which `predict` does not judge: {len(self.blank):,}.", self.blank))
        if self.several:
            parts.append(
                _listed(f"Files with several images, the first of which is used: {len(self.several):,}.", self.several)
            )
        parts.append(_duplicate_lines("Exact duplicates (equal pixels)", self.exact))
        parts.append(_duplicate_lines("Near-duplicates (flips and turns included)", self.near))
        parts.append(_listed(*_two_label_lines([*self.exact, *self.near])))
        parts.append(_listed(*_shared_group_lines(self)))
        parts += [
            f"No image of {', '.join(labels)} in the published {part} part." for part, labels in self.lacking.items()
        ]
        reasons = Counter(each.reason for each in self.drop)
        dropped = [f"{number:,} {reason}" for reason, number in reasons.items()]
        parts.append(_listed(f"Files to drop: {len(self.drop):,}.", dropped))
        return "\n".join(parts) + "\n"


def audit(manifest: Manifest, *, progress: OnProgress | None = None) -> Audit:
    """Look at every image of a data set.

    Every file is read and decoded once, on all cores; about 8 KB an image stay in memory. Then all pairs are
    compared (10,000 images: seconds; 100,000: some minutes).

    Args:
        manifest: N images.
        progress: called as progress(done, total, label).
    """
    samples = [str(sample) for sample in manifest.table["sample"]]
    prints: dict[str, Fingerprint] = {}
    unreadable = []

    def look(sample: str) -> Fingerprint | str:
        try:
            return fingerprint(read_image_file(manifest.path(sample), sample), sample)
        except MemoryError:
            error = too_little_memory(sample)
        except InputError as refused:
            error = refused
        return str(error).removeprefix(f"{sample}: ")

    with ThreadPoolExecutor(cpu_count()) as pool:
        for done, (sample, result) in enumerate(zip(samples, pool.map(look, samples), strict=True), start=1):
            if isinstance(result, str):
                unreadable.append(Named(sample, result))
            else:
                prints[sample] = result
            if progress:
                progress(done, len(samples), "reading images")
    exact, near = _duplicates(manifest, prints, progress)
    shared = _shared_groups(manifest.table)
    return Audit(
        name=manifest.name,
        format=manifest.format,
        synthetic=manifest.synthetic,
        has_groups=manifest.has_groups,
        counts=tuple(_counts(manifest)),
        sizes=_sizes(list(prints.values())),
        unreadable=tuple(unreadable),
        blank=tuple(sample for sample, own in prints.items() if own.blank),
        several=tuple(sample for sample, own in prints.items() if own.frames > 1),
        missing=manifest.missing,
        exact=exact,
        near=near,
        shared_groups=shared,
        drop=_to_drop(manifest.table, unreadable, exact, near, shared),
    )


# --- finding ---


def _duplicates(
    manifest: Manifest,
    prints: Mapping[str, Fingerprint],
    progress: OnProgress | None,
) -> tuple[tuple[DuplicateSet, ...], tuple[DuplicateSet, ...]]:
    names, values = list(prints), list(prints.values())
    table = manifest.table.set_index("sample")[["label", "split", "group"]]
    rows = table.loc[names].itertuples()
    copies = [Copy(str(row[0]), str(row[1]), str(row[2]), str(row[3])) for row in rows]

    def compared(done: int, total: int) -> None:
        if progress:
            progress(done, total, "comparing images")

    equal = exact_sets(values)
    exact = tuple(
        DuplicateSet(
            "bytes" if len({values[position].file for position in positions}) == 1 else "pixels",
            tuple(copies[position] for position in positions),
        )
        for positions in equal
    )
    pairs = near_pairs(values, compared)
    with_near = {position for pair in pairs for position in pair}
    chains = [link for positions in equal for link in pairwise(positions)]
    near = tuple(
        DuplicateSet("near", tuple(copies[position] for position in positions))
        for positions in joined_sets([*pairs, *chains], len(values))
        if not with_near.isdisjoint(positions)
    )
    return exact, near


def _counts(manifest: Manifest) -> Iterable[Count]:
    table = manifest.table.assign(split=manifest.table["split"].replace("", UNASSIGNED))
    present = set(table["split"])
    for label in (*manifest.classes, "all"):
        for split in (*(each for each in _SPLITS if each in present), "all"):
            rows = table[
                ((table["label"] == label) | (label == "all")) & ((table["split"] == split) | (split == "all"))
            ]
            yield Count(label, split, len(rows), rows["group"].nunique())


def _sizes(prints: Sequence[Fingerprint]) -> Sizes | None:
    if not prints:
        return None
    frame = pd.DataFrame([(own.width, own.height) for own in prints], columns=["width", "height"])

    def spread(column: str) -> tuple[int, float, int]:
        values = frame[column]
        return int(values.min()), float(values.median()), int(values.max())

    counted = Counter((own.width, own.height) for own in prints)
    common = sorted(((w, h, images) for (w, h), images in counted.items()), key=lambda each: (-each[2], each))
    return Sizes(spread("width"), spread("height"), len(counted), tuple(common[:5]))


def _shared_groups(table: pd.DataFrame) -> tuple[SharedGroup, ...]:
    assigned = table[table["split"] != ""]
    splits = assigned.groupby("group")["split"].nunique()
    shared = assigned[assigned["group"].isin(splits.index[splits > 1])]
    return tuple(
        SharedGroup(
            str(group),
            {split: int((rows["split"] == split).sum()) for split in SPLITS if split in set(rows["split"])},
        )
        for group, rows in shared.groupby("group")
    )


def _to_drop(
    table: pd.DataFrame,
    unreadable: Sequence[Named],
    exact: Sequence[DuplicateSet],
    near: Sequence[DuplicateSet],
    shared: Sequence[SharedGroup],
) -> tuple[Named, ...]:
    reasons = {each.sample: "cannot be read" for each in unreadable}
    every = [*exact, *near]
    for found in every:
        if found.two_labels:
            for copy in found.copies:
                if copy.split != "test":
                    reasons.setdefault(copy.sample, "under two labels")
    for found in every:
        latest = max(_LEVEL[copy.split] for copy in found.copies)
        for copy in found.copies:
            if _LEVEL[copy.split] < latest:
                reasons.setdefault(copy.sample, "with a copy in a later split")
    latest_of = {each.group: max(_LEVEL[split] for split in each.images) for each in shared}
    for row in table[table["group"].isin(list(latest_of))].itertuples():
        if _LEVEL[str(row.split)] < latest_of[str(row.group)]:
            reasons.setdefault(str(row.sample), "of a group that stands in a later split")
    for found in every:
        kept = [copy for copy in found.copies if copy.sample not in reasons]
        for copy in kept[1:]:
            if found.kind != "near" or copy.group != kept[0].group:
                reasons.setdefault(copy.sample, "with a copy in the same split")
    return tuple(Named(sample, reasons[sample]) for sample in sorted(reasons))


# --- words ---


def _headline(findings: Audit) -> str:
    total = findings.counts[-1]
    groups = f"{total.groups:,} groups" if findings.has_groups else "no groups known"
    drawn = " SYNTHETIC: drawn by the program." if findings.synthetic else ""
    return f"{findings.name} ({findings.format}): {total.images:,} images, {groups}.{drawn}\n"


def _count_table(counts: Sequence[Count]) -> str:
    """Rows are classes, columns splits, cells "images (groups)"."""
    splits = list(dict.fromkeys(each.split for each in counts))
    cells = {(each.label, each.split): f"{each.images:,} ({each.groups:,})" for each in counts}
    labels = list(dict.fromkeys(each.label for each in counts))
    rows = [["images (groups)", *splits]]
    rows += [[label, *(cells[label, split] for split in splits)] for label in labels]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join([row[0].ljust(len(first)), *rest]))
    return "\n".join(lines) + "\n"


def _size_lines(sizes: Sizes | None) -> str:
    if sizes is None:
        return "Sizes: no image could be read."
    common = ", ".join(f"{width} × {height} ({images:,})" for width, height, images in sizes.common)
    (least_w, median_w, most_w), (least_h, median_h, most_h) = sizes.width, sizes.height
    return (
        f"Width {least_w:,} to {most_w:,} (median {median_w:,.0f}), height {least_h:,} to {most_h:,} "
        f"(median {median_h:,.0f}); distinct sizes: {sizes.distinct:,}, the most frequent {common}."
    )


def _duplicate_lines(title: str, duplicates: Sequence[DuplicateSet]) -> str:
    def total(some: Sequence[DuplicateSet]) -> str:
        return f"{len(some):,} sets of {sum(len(each.copies) for each in some):,} images"

    across = [each for each in duplicates if each.across_splits]
    within = [each for each in duplicates if not each.across_splits]
    line = f"{title}: {total(within)} within a split, {total(across)} across splits"
    if across:
        splits = Counter(copy.split or UNASSIGNED for each in across for copy in each.copies)
        line += f" ({', '.join(f'{splits[name]:,} {name}' for name in _SPLITS if splits[name])})"
    if one_group := [each for each in duplicates if each.within_group]:
        line += f"; {len(one_group):,} of the sets lie within one group"
    return _listed(f"{line}.", [" = ".join(copy.sample for copy in each.copies) for each in (*across, *within)])


def _two_label_lines(duplicates: Sequence[DuplicateSet]) -> tuple[str, list[str]]:
    samples = {copy.sample: copy.label for each in duplicates if each.two_labels for copy in each.copies}
    shown = [
        " = ".join(f"{copy.sample} ({copy.label})" for copy in each.copies) for each in duplicates if each.two_labels
    ]
    return f"One image under two labels: {len(shown):,} sets of {len(samples):,} images.", shown


def _shared_group_lines(findings: Audit) -> tuple[str, list[str]]:
    if not findings.has_groups:
        return "Groups in two splits: unknown, as no groups are given.", []
    shown = [
        f"{each.group}: " + ", ".join(f"{images:,} {split}" for split, images in each.images.items())
        for each in findings.shared_groups
    ]
    total = sum(sum(each.images.values()) for each in findings.shared_groups)
    return f"Groups in two splits: {len(shown):,} with {total:,} images.", shown


def _listed(line: str, items: Sequence[str]) -> str:
    more = [f"  … and {len(items) - _SHOWN:,} more"] if len(items) > _SHOWN else []
    return "\n".join([line, *(f"  {item}" for item in items[:_SHOWN]), *more])
