"""Names of classes that are one class written in several ways, or none at all."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence

import pandas as pd

from riskcore.foreign_text import listed, quoted
from riskcore.readers import folded

_BETWEEN = re.compile(r"(?<=\w)[\s_-]+(?=\w)|_+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s_-]+(?=\d)")
_COPIED = re.compile(r"\s*-?\s*(?:copy|kopie|copie|copia)(?:\s*\(\d+\))?$|^(?:copy of|kopie von|copie de|copia de)\s+")
_SIGNS = str.maketrans(
    {**dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"), **dict.fromkeys("\u2018\u2019\u00b4`", "'")}
)
_COUNTED = re.compile(r"(.+?)\s*\([0-9]+\)")
_ACCENTS = re.compile("[\u0300-\u036f]")
_SHORT = 3
_WHOLE = re.compile(r"([0-9]+)[.]0+")
_NOTHING = {
    "nan",
    "none",
    "null",
    "na",
    "n/a",
    "n_a",
    "n-a",
    "#n/a",
    "#n_a",
    "#na",
    "<na>",
    "nil",
    "undefined",
    "unnamed",
}
_NOTHING |= {
    "-",
    "--",
    "?",
    ".",
    "unknown",
    "missing",
    "unlabeled",
    "unlabelled",
    "not available",
    "tbd",
    "(blank)",
    "empty",
}
_NOTHING |= {"unbekannt", "leer", "keine angabe", "k.a.", "inconnu", "desconocido", "(leer)"}


def alike(classes: Sequence[str]) -> list[list[str]]:
    """Groups of classes whose names differ only in how they are written.

    That is in case, in spaces, underscores and hyphens, in accents or their Unicode form, in signs without width, or as
    1 and 1.0, or a folder and its copy, do.

    Example:
        >>> alike(["Benign", "no tumor", "benign", "No_Tumor", "1-2", "12"])
        [['Benign', 'benign'], ['no tumor', 'No_Tumor']]
    """
    groups: dict[str, list[str]] = defaultdict(list)
    keys = set(map(_key, classes))
    for name in classes:
        counted = _COUNTED.fullmatch(name)  # "mel (1)" is a second download of "mel", if that is there
        groups[_key(counted[1]) if counted and _key(counted[1]) in keys else _key(name)].append(name)
    return [group for group in groups.values() if len(group) > 1]


def merged(classes: Sequence[str], table: pd.DataFrame) -> tuple[tuple[str, ...], pd.DataFrame, list[str]]:
    """Classes and table with each group of `alike` under its commonest name, composed (NFC), and a note on each."""
    counts = table["label"].value_counts()
    names = {name: name for name in classes}
    notes = []
    for group in alike(classes):
        kept = unicodedata.normalize("NFC", max(group, key=lambda name: counts.get(name, 0)))
        names |= dict.fromkeys(group, kept)
        notes.append(f"Merged into {quoted(kept)}: {_written(group)}.")
    return tuple(dict.fromkeys(names.values())), table.assign(label=table["label"].map(names)), notes


def doubts(classes: Sequence[str], table: pd.DataFrame) -> list[str]:
    """What is doubtful about the classes, a sentence each with its cure.

    Args:
        classes: names. table: with `label`, and `split` where splits are known.
    """
    notes = [
        f"{_written(group)} are {len(group)} classes whose names differ only in how they are written; pass "
        "--merge-names to make them one, or rename them."
        for group in alike(classes)
    ]
    if empty := [name for name in classes if name.strip().lower() in _NOTHING]:
        notes.append(
            f"A class is called {', '.join(map(quoted, empty))}, as a missing label is often written; take its "
            "images out if they have none, else rename it."
        )
    splits = table["split"].fillna("") if "split" in table else pd.Series("", index=table.index)
    within = table["label"].groupby(splits).unique().drop("", errors="ignore")
    if len(within) > 1:
        only = {
            name: places[0]
            for name in classes
            if len(places := [split for split, labels in within.items() if name in set(labels)]) == 1
            and not ((table["label"] == name) & (splits == "")).any()
        }
        if only:
            notes.append(
                f"Classes in one split only: {listed(f'{name} ({split})' for name, split in only.items())}; "
                "check how they are written, or divide the images anew in a CSV file."
            )
    return notes


def _key(name: str) -> str:
    plain = folded(name).translate(_SIGNS)
    plain = _COPIED.sub("", plain) or plain
    if len(plain) > _SHORT:  # of a letter or two, the accent is the name
        plain = unicodedata.normalize("NFKC", _ACCENTS.sub("", unicodedata.normalize("NFKD", plain)))
    plain = _WHOLE.sub(r"\1", plain) if _WHOLE.fullmatch(plain) else plain
    return _BETWEEN.sub("", _BETWEEN_DIGITS.sub("/", plain)) if plain.strip("_-") else plain


def _written(group: Sequence[str]) -> str:
    """Names that may look the same, told apart."""
    if len({unicodedata.normalize("NFC", name) for name in group}) < len(group):
        return " and ".join(
            f"{quoted(name)} ({'composed' if unicodedata.is_normalized('NFC', name) else 'decomposed'})"
            for name in group
        )
    return " and ".join(map(quoted, group))
