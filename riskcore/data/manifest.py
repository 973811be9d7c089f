"""The manifest: one row an image, whatever the layout on disk; every later step reads a data set from it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.errors import InputError
from riskcore.foreign_text import cut, listed, quoted

SPLITS = ("train", "validation", "test")
SYNTHETIC_MARKER = "SYNTHETIC"
"""A file of this name in a data set's folder says that its images were drawn by a program."""
_TYPED = ("csv", "folder", "brain_mri")
"""Formats whose class names people write, and may have written in several ways."""
COLUMNS = ("sample", "label", "split", "group", "fold")


@dataclass(frozen=True, eq=False)
class Manifest:
    """A registered data set.

    Attributes:
        name: the name it is registered under.
        root: absolute folder that the samples' paths start from.
        format: the adapter that read it, e.g. "isic2018".
        classes: class names, in the order of every logit column.
        table: one row an image, sorted by sample: `sample` (unique posix path below root), `label` (class
            name), `split` ("train", "validation", "test" or "" = not assigned), `group` (patient, slide or
            lesion; the sample itself where unknown), `fold` (int, published fold, -1 = none), then the
            subgroup columns (str, "" where unknown).
        subgroups: names of the subgroup columns.
        has_groups: whether any image's group is known.
        synthetic: whether the images were drawn by the program.
        notes: what a reader should know, one sentence each.
        missing: images that were listed but are not on disk (and are not in `table`).

    Raises:
        InputError: an unknown label or split, or a sample twice.

    Example:
        >>> table = pd.DataFrame({"sample": ["b.png", "a.png"], "label": ["yes", "no"]})
        >>> manifest = Manifest("toy", Path("/data"), "folder", ("no", "yes"), table)
        >>> list(manifest.table["group"]), manifest.targets.tolist()
        (['a.png', 'b.png'], [0, 1])
    """

    name: str
    root: Path
    format: str
    classes: tuple[str, ...]
    table: pd.DataFrame
    subgroups: tuple[str, ...] = ()
    has_groups: bool = False
    synthetic: bool = False
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", _tidy(self.table, self.subgroups))
        table = self.table
        if repeated := table["sample"][table["sample"].duplicated()].tolist():
            raise InputError(f"{self.name}: {repeated[0]} is listed twice; list each image once.")
        for column, allowed in (("label", self.classes), ("split", (*SPLITS, ""))):
            wrong = table[~table[column].isin(allowed)]
            if len(wrong):
                row = wrong.iloc[0]
                raise InputError(
                    f"{self.name}: {row['sample']} has the unknown {column} {quoted(row[column])}; "
                    f"expected one of {listed(map(repr, allowed))}."
                )

    def __len__(self) -> int:
        return len(self.table)

    @property
    def targets(self) -> NDArray[np.int64]:
        """(N,) int64 class index of each row, 0..K-1."""
        return pd.Index(self.classes).get_indexer(pd.Index(self.table["label"])).astype(np.int64)

    @property
    def empty_classes(self) -> tuple[str, ...]:
        """Classes without a single image, as happens when listed images are absent."""
        return tuple(_classes_without_rows(self.classes, self.table))

    @cached_property
    def hash(self) -> str:
        """SHA-256 of classes and rows: the same wherever the set lies and whatever it is called."""
        columns = [*COLUMNS, *sorted(self.subgroups)]
        digest = hashlib.sha256(json.dumps([self.classes, columns]).encode())
        for column in columns:
            digest.update(json.dumps(self.table[column].tolist()).encode())
        return digest.hexdigest()

    def path(self, sample: str) -> Path:
        """Absolute path of a sample."""
        return self.root / sample

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; `from_dict` gives the same manifest back."""
        columns = {column: self.table[column].tolist() for column in (*COLUMNS, *self.subgroups)}
        own = self.table["group"] == self.table["sample"]
        columns["group"] = self.table["group"].mask(own, "").tolist()
        return {
            "name": self.name,
            "root": str(self.root),
            "format": self.format,
            "classes": list(self.classes),
            "subgroups": list(self.subgroups),
            "has_groups": self.has_groups,
            "synthetic": self.synthetic,
            "notes": list(self.notes),
            "missing": list(self.missing),
            "hash": self.hash,
            "columns": columns,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Manifest":
        """The manifest that `to_dict` wrote; InputError when it is incomplete or was changed since."""
        try:
            manifest = cls(
                name=data["name"],
                root=Path(data["root"]),
                format=data["format"],
                classes=tuple(data["classes"]),
                table=pd.DataFrame(data["columns"]),
                subgroups=tuple(data["subgroups"]),
                has_groups=data["has_groups"],
                synthetic=data["synthetic"],
                notes=tuple(data["notes"]),
                missing=tuple(data["missing"]),
            )
            stored = data["hash"]
        except InputError:
            raise
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InputError(
                f"The data set file is incomplete ({cut(str(error))}); register the data set again."
            ) from None
        if stored != manifest.hash:
            raise InputError(
                f"{manifest.name}: the file was changed since it was written; register the data set again."
            )
        return manifest


def _tidy(table: pd.DataFrame, subgroups: tuple[str, ...]) -> pd.DataFrame:
    """The columns in order, unknown values filled, rows sorted by sample."""
    text = [column for column in (*COLUMNS, *subgroups) if column != "fold"]
    tidy = table.reindex(columns=[*COLUMNS, *subgroups])
    tidy[text] = tidy[text].astype("str").fillna("")
    tidy["fold"] = tidy["fold"].fillna(-1).astype(np.int64)
    tidy["group"] = tidy["group"].where(tidy["group"] != "", tidy["sample"])
    return tidy.sort_values("sample", kind="stable", ignore_index=True)


def register(
    name: str,
    path: str | Path,
    format: str = "auto",
    groups: str | Path | None = None,
    allow_missing: bool = False,
    merge_names: bool = False,
) -> Manifest:
    """Read a data set's layout into a manifest; images are looked for, not decoded.

    Args:
        name: what to call it.
        path: its folder, or a CSV file that lists it.
        format: an adapter's name or "auto".
        groups: a CSV file with the columns `path` and `patient` (or `group`), joined by path below the root.
        allow_missing: keep what is there when listed images are absent; else that is refused.
        merge_names: make one class of those whose names differ only in case, separators or Unicode form; else they
            are noted.

    Raises:
        InputError: the layout is not recognised, a table is wrong, images are absent, or a class is empty.
    """
    from riskcore.data import adapters
    from riskcore.data.adapters.class_names import doubts, merged
    from riskcore.data.adapters.download import folders_of_the_one_class

    listing = adapters.read(Path(path), format)
    classes, table, notes = listing.classes, listing.table, list(listing.notes)
    if merge_names:
        classes, table, about = merged(classes, table)
        notes += about
    inner = folders_of_the_one_class(table["sample"]) if listing.format == "folder" else []
    deeper = (
        f" If {listed(inner, 5)} are the classes, give the path {listing.root / table['label'].iloc[0]}."
        if inner
        else ""
    )
    if len(classes) < 2:
        raise InputError(f"{name}: there is one class only ({cut(classes[0])}); add images of another.{deeper}")
    if empty := _classes_without_rows(classes, table):
        left_out = [line for line in notes if line.startswith("Left out:") and listing.format in _TYPED]
        raise InputError(
            " ".join(
                [
                    f"{name}: class {quoted(empty[0])} has no images; add images of it or remove the class.{deeper}",
                    *left_out,
                ]
            )
        )
    if groups is not None:
        table, joined = _join_groups(table, listing.root, Path(groups))
        notes += joined
    present = np.array([(listing.root / sample).is_file() for sample in table["sample"]], dtype=bool)
    missing = tuple(sorted(table["sample"][~present]))
    if missing:
        names = listed(missing)
        absent = f"{len(missing):,} of {len(present):,} listed images are absent"
        if not present.any():
            raise InputError(f"{name}: {absent} under {listing.root} ({names}); put them there.")
        if not allow_missing:
            raise InputError(
                f"{name}: {absent} under {listing.root} ({names}); put them there, or pass "
                "--allow-missing to keep what is there."
            )
        notes.append(f"{absent} and left out ({names}).")
        if empty := _classes_without_rows(classes, table[present]):
            notes.append(f"No image of {listed(empty)} is there: enough to look at, not to train on.")
    notes += doubts(classes, table[present] if listing.format in _TYPED else table[["label"]][present])
    return Manifest(
        name=name,
        root=listing.root,
        format=listing.format,
        classes=classes,
        table=table[present],
        subgroups=listing.subgroups,
        has_groups="group" in table and bool((table["group"][present].fillna("") != "").any()),
        synthetic=any((place / SYNTHETIC_MARKER).is_file() for place in (listing.root, Path(path))),
        notes=tuple(notes),
        missing=missing,
    )


def _classes_without_rows(classes: tuple[str, ...], table: pd.DataFrame) -> list[str]:
    labels = set(table["label"])
    return [label for label in classes if label not in labels]


def _join_groups(table: pd.DataFrame, root: Path, file: Path) -> tuple[pd.DataFrame, list[str]]:
    """Put a groups file's ids into the `group` column; unnamed samples keep theirs."""
    from riskcore.data.adapters.table_paths import paths_below
    from riskcore.readers import GROUP_NAMES, read_csv, stands_for_nothing, with_known_names

    given = with_known_names(read_csv(file), ("path", *GROUP_NAMES), str(file))
    columns = [column for column in GROUP_NAMES if column in given]
    if "path" not in given or len(columns) != 1:
        raise InputError(
            f"{file}: a groups file needs the columns path and either patient or group; this one has "
            f"{listed(given.columns)}."
        )
    given = given[~given[columns[0]].map(stands_for_nothing) & (given["path"] != "")]
    ids = pd.Series(given[columns[0]].to_numpy(), index=paths_below(list(given["path"]), root, file))
    ids = ids[~pd.MultiIndex.from_arrays([ids.index, ids]).duplicated()]
    if ids.index.has_duplicates:
        twice = ids.index[ids.index.duplicated()][0]
        raise InputError(f"{file}: {twice} is listed under two groups; list each image once.")
    named = table["sample"].isin(ids.index)
    if not named.any():
        raise InputError(
            f"{file}: none of its {len(ids):,} paths names an image of the data set; write paths relative "
            f"to its folder, such as {table['sample'].iloc[0]}."
        )
    known = table["group"] if "group" in table else pd.Series("", index=table.index)
    joined = table.assign(group=known.mask(named, table["sample"].map(ids)))
    notes = [f"{file.name} names the group of {int(named.sum()):,} of {len(table):,} images."]
    if unmatched := len(ids) - int(named.sum()):
        notes.append(f"Left out: rows of {file.name} that name no image of the data set ({unmatched:,}).")
    return joined, notes
