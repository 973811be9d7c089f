"""The severity matrix: how bad each confusion is. Rows are the truth, columns what the model says."""

import csv
import hashlib
import io
import json
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.errors import InputError
from riskcore.foreign_text import listed, quoted, spreadsheet_safe
from riskcore.readers import parse_json, read_bytes
from riskcore.severity import presets, reading
from riskcore.severity.checks import Values, as_number, checked_classes, checked_groups, checked_values

PRESETS: tuple[str, ...] = tuple(presets.PRESETS)
RULES = ("severity", "critical")
SAVED = "saved"
"""Key of a saved matrix that says who saved it, when and why; no part of the matrix (`riskcore.severity.store`)."""

_KEYS = ("classes", "values", "critical", "groups")


@dataclass(frozen=True, init=False, eq=False)
class SeverityMatrix:
    """Costs M of each confusion, and the threshold tau from which on an error counts as critical.

    `M[y, j] >= 0` is the harm of saying class j where the truth is class y; `M[y, y] = 0`; an error is
    critical when `M[y, j] >= tau`. Costs are relative: only their ratios (and tau's place among them)
    matter to the risk dial, the losses and the critical error rate. Everything is stored by class name, so
    reordering the classes changes nothing but the order of rows and columns.

    Args:
        classes: K >= 2 different class names.
        values: (K, K) finite costs >= 0 with a zero diagonal and at least one positive cost.
        critical: tau > 0; by default the largest cost, so that the worst confusions are critical. It may lie
            above every cost: `require_critical` then refuses, since no critical error can occur.
        groups: clinical group of each class, groups of less danger first; None where there are none.

    Raises:
        InputError: something of the above does not hold; the message names the cell.

    Example:
        >>> m = SeverityMatrix(classes=["naevus", "melanoma"], values=[[0, 2], [10, 0]], critical=10)
        >>> m.critical_cells.tolist()
        [[False, False], [True, False]]
        >>> m.reordered(["melanoma", "naevus"]).values.tolist()
        [[0.0, 10.0], [2.0, 0.0]]
    """

    classes: tuple[str, ...]
    values: NDArray[np.float64]
    critical: float
    groups: dict[str, str] | None

    def __init__(
        self,
        classes: Sequence[str],
        values: Values,
        critical: float | None = None,
        groups: Mapping[str, str] | None = None,
    ) -> None:
        names = checked_classes(classes)
        costs = checked_values(names, values)
        tau = float(costs.max()) if critical is None else as_number(critical)
        if not (math.isfinite(tau) and tau > 0):
            raise InputError(f"critical is {quoted(critical)}; the critical threshold must be a number above 0.")
        object.__setattr__(self, "classes", names)
        object.__setattr__(self, "values", costs)
        object.__setattr__(self, "critical", tau)
        object.__setattr__(self, "groups", checked_groups(names, groups))

    def __eq__(self, other: object) -> bool:
        """Same classes in the same order, same costs, threshold and groups; `hash` ignores the order."""
        return isinstance(other, SeverityMatrix) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return int(self.hash[:15], 16)

    # --- where a matrix comes from ---

    @classmethod
    def preset(cls, name: str) -> "SeverityMatrix":
        """The matrix of a supported data set; `docs/severity.md` gives its reasoning.

        Args:
            name: one of `PRESETS`.

        Raises:
            InputError: no preset has this name.

        Example:
            >>> SeverityMatrix.preset("sicapv2").critical_classes.tolist()
            [False, True, True, True]
        """
        if name not in presets.PRESETS:
            raise InputError(f"there is no preset matrix {quoted(name)}; choose one of {', '.join(PRESETS)}.")
        preset = presets.PRESETS[name]
        groups = {member: group for group, members in preset.groups.items() for member in members}
        return cls(preset.classes, preset.values, preset.critical, groups)

    @classmethod
    def from_groups(
        cls,
        groups: Mapping[str, str],
        order: Sequence[str],
        *,
        within: float = 1,
        over_call: float = 3,
        under_call: float = 5,
        critical_miss: float = 10,
        critical_pairs: Sequence[tuple[str, str]] | None = None,
    ) -> "SeverityMatrix":
        """A matrix from clinical groups and four costs, to be edited cell by cell afterwards.

        Args:
            groups: class name -> group name; its order is the order of the classes.
            order: the group names, the least dangerous first.
            within: cost of a confusion inside a group.
            over_call: cost of calling a class of a more dangerous group.
            under_call: cost of calling a class of a less dangerous group, where that is not critical.
            critical_miss: cost of the critical confusions and critical threshold; above the other costs.
            critical_pairs: (true group, predicted group) pairs that are critical; by default the most
                dangerous group called the least dangerous one.

        Raises:
            InputError: groups and order do not fit, or `critical_miss` is not the largest cost.

        Example:
            >>> SeverityMatrix.from_groups(
            ...     {"naevus": "benign", "melanoma": "malignant"}, order=["benign", "malignant"]
            ... ).values.tolist()
            [[0.0, 3.0], [10.0, 0.0]]
        """
        danger = {group: rank for rank, group in enumerate(order)}
        if len(danger) < 2 or len(danger) < len(order):
            raise InputError(f"order is {quoted(list(order))}; name at least two groups, each once.")
        for name, group in groups.items():
            if group not in danger:
                raise InputError(
                    f"class {quoted(name)} is in group {quoted(group)}, which order lacks: {listed(order)}."
                )
        for group in order:
            if group not in groups.values():
                raise InputError(f"group {quoted(group)} has no class; give it one or take it out of order.")
        for option, cost in (("within", within), ("over_call", over_call), ("under_call", under_call)):
            if not cost < critical_miss:
                raise InputError(
                    f"{option} is {quoted(cost)} and critical_miss {quoted(critical_miss)}; "
                    "a critical miss must cost more than any other confusion."
                )
        pairs = {(order[-1], order[0])} if critical_pairs is None else {tuple(pair) for pair in critical_pairs}
        for pair in pairs:
            if len(pair) != 2 or pair[0] == pair[1] or not set(pair) <= set(danger):
                raise InputError(
                    f"critical pair {quoted(pair)} must name two different groups of {listed(order)}, "
                    "the true one first."
                )

        def cost_of(truth: str, prediction: str) -> float:
            true_group, called_group = groups[truth], groups[prediction]
            if truth == prediction:
                return 0
            if (true_group, called_group) in pairs:
                return critical_miss
            if true_group == called_group:
                return within
            return over_call if danger[called_group] > danger[true_group] else under_call

        values = [[cost_of(truth, prediction) for prediction in groups] for truth in groups]
        by_danger = dict(sorted(groups.items(), key=lambda item: danger[item[1]]))
        return cls(tuple(groups), values, critical_miss, by_danger)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "SeverityMatrix":
        """The matrix of `{"classes", "values", "critical", "groups"}`; the last two may be absent or None."""
        if not isinstance(content, Mapping):
            raise InputError(f"a severity matrix is an object with the keys {', '.join(_KEYS)}.")
        content = {key: value for key, value in content.items() if key != SAVED}
        for key in content:
            if key not in _KEYS:
                raise InputError(f"unknown key {quoted(key)}; a severity matrix has the keys {', '.join(_KEYS)}.")
        for key in ("classes", "values"):
            if key not in content:
                raise InputError(f"key {quoted(key)} is missing; a severity matrix needs classes and values.")
        return cls(**content)

    @classmethod
    def equal_costs(cls, classes: Sequence[str]) -> "SeverityMatrix":
        """The matrix in which every mistake costs 1, to be edited.

        Raises:
            InputError: they are not at least two different names.

        Example:
            >>> SeverityMatrix.equal_costs(["a", "b"]).values.tolist()
            [[0.0, 1.0], [1.0, 0.0]]
        """
        return cls(classes, 1.0 - np.eye(len(classes)))

    @classmethod
    def from_json(cls, text: str) -> "SeverityMatrix":
        """The matrix of a JSON text, as `to_json` writes it."""
        return cls.from_dict(parse_json(text, ""))

    @classmethod
    def from_csv(
        cls, text: str, critical: float | None = None, groups: Mapping[str, str] | None = None
    ) -> "SeverityMatrix":
        """The matrix of a table: predictions in the first line, the truth in the first column.

        Commas, semicolons or tabs separate the cells, and rows may come in any order. A table holds neither threshold
        nor groups: pass them.

        Raises:
            InputError: it is no matrix, or says that its rows are the prediction; `load` turns such a file.

        Example:
            >>> SeverityMatrix.from_csv("truth,NV,MEL\\nMEL,10,0\\nNV,0,3\\n").values.tolist()
            [[0.0, 3.0], [10.0, 0.0]]
        """
        return cls(**reading.parsed_table(text), critical=critical, groups=groups)

    @classmethod
    def load(cls, path: str | Path, transpose: bool = False) -> "SeverityMatrix":
        """The matrix of a `.json` file, or of a table (`.csv`, `.tsv`, `.txt`); errors start with the file's name.

        A table gives the default threshold and no groups; `dataclasses.replace` sets them afterwards.

        Args:
            path: of the file.
            transpose: whether the file's rows are the prediction and its columns the truth.

        Raises:
            InputError: it cannot be read, is no matrix, or a table says that its rows are the other side.
        """
        return cls.from_file(str(path), read_bytes(Path(path), reading.MATRIX_MOST), transpose)

    @classmethod
    def from_file(cls, name: str, content: bytes, transpose: bool = False) -> "SeverityMatrix":
        """The matrix of a file that was handed over, as `load` reads it.

        Example:
            >>> turned = b"model says;naevus;melanoma\\nnaevus;0;10\\nmelanoma;2,5;0"
            >>> SeverityMatrix.from_file("m.csv", turned, transpose=True).values.tolist()
            [[0.0, 2.5], [10.0, 0.0]]
        """
        try:
            matrix = cls.from_dict(reading.parsed(name, content, transpose))
        except InputError as error:
            raise InputError(f"{name}: {error}") from error
        return matrix.transposed() if transpose else matrix

    # --- where it goes ---

    def to_dict(self) -> dict[str, Any]:
        """Plain Python objects, as in a matrix file; whole costs become int."""
        return {
            "classes": list(self.classes),
            "values": [[_plain(cost) for cost in row] for row in self.values.tolist()],
            "critical": _plain(self.critical),
            "groups": None if self.groups is None else dict(self.groups),
        }

    def to_json(self) -> str:
        """JSON text with one row of the matrix a line."""
        content = {key: json.dumps(value, ensure_ascii=False) for key, value in self.to_dict().items()}
        rows = ",\n".join(f"    {json.dumps(row)}" for row in self.to_dict()["values"])
        content["values"] = f"[\n{rows}\n  ]"
        return "{\n" + ",\n".join(f'  "{key}": {value}' for key, value in content.items()) + "\n}\n"

    def to_csv(self) -> str:
        """CSV text without threshold and groups: predictions in the first line, truth in the first column.

        Names that a spreadsheet would take for formulas get an apostrophe, which reading takes away again.
        """
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["truth \\ prediction", *map(spreadsheet_safe, self.classes)])
        for name, row in zip(self.classes, self.to_dict()["values"], strict=True):
            writer.writerow([spreadsheet_safe(name), *row])
        return text.getvalue()

    # --- what it says ---

    @property
    def number_of_classes(self) -> int:
        return len(self.classes)

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of costs, threshold and groups by class name: independent of the classes' order."""
        names = sorted(self.classes)
        rows = self.reordered(names).values.tolist()
        groups = None if self.groups is None else sorted(self.groups.items())
        content = json.dumps([names, rows, self.critical, groups])
        return hashlib.sha256(content.encode()).hexdigest()

    @property
    def critical_cells(self) -> NDArray[np.bool_]:
        """(K, K) bool: the confusions with a cost of at least the critical threshold."""
        return self.values >= self.critical

    @property
    def critical_classes(self) -> NDArray[np.bool_]:
        """(K,) bool: the classes whose row holds a critical cell."""
        return np.asarray(self.critical_cells.any(axis=1))

    def require_critical(self) -> "SeverityMatrix":
        """This matrix; InputError where no confusion is critical, so that no critical rate can be given."""
        if not self.critical_cells.any():
            raise InputError(
                f"no confusion is critical: the largest cost is {_plain(self.values.max())} and the critical "
                f"threshold {_plain(self.critical)}; lower the threshold or raise a cost."
            )
        return self

    def reordered(self, classes: Sequence[str]) -> "SeverityMatrix":
        """The same matrix with its classes in another order; InputError when the names differ."""
        names = checked_classes(classes)
        unknown = [name for name in names if name not in self.classes]
        missing = [name for name in self.classes if name not in names]
        if unknown or missing:
            parts = [f"no row for {listed(map(repr, unknown))}"] if unknown else []
            parts += [f"a row too many for {listed(map(repr, missing))}"] if missing else []
            raise InputError(
                f"the severity matrix is for other classes: it has {' and '.join(parts)}; "
                "use a matrix with exactly these class names."
            )
        index = [self.classes.index(name) for name in names]
        return SeverityMatrix(names, self.values[np.ix_(index, index)], self.critical, self.groups)

    def transposed(self) -> "SeverityMatrix":
        """The matrix with truth and prediction exchanged: of costs that were written the other way round.

        Example:
            >>> SeverityMatrix(["a", "b"], [[0, 2], [10, 0]]).transposed().values.tolist()
            [[0.0, 10.0], [2.0, 0.0]]
        """
        return SeverityMatrix(self.classes, self.values.T, self.critical, self.groups)

    def normalised(self) -> NDArray[np.float64]:
        """M-tilde, the costs that the losses use: (K, K) in 0..1, the mildest confusion 0, the worst 1.

        M minus its smallest off-diagonal entry (off the diagonal only), divided by the maximum of the
        result. All costs equal gives zeros and a warning, since no confusion is then worse than another.

        Example:
            >>> SeverityMatrix(["a", "b"], [[0, 2], [10, 0]]).normalised().tolist()
            [[0.0, 0.0], [1.0, 0.0]]
        """
        off_diagonal = ~np.eye(self.number_of_classes, dtype=bool)
        extra = np.where(off_diagonal, self.values - self.values[off_diagonal].min(), 0.0)
        # Costs that differ by rounding alone count as equal: dividing by their spread would blow it up.
        if extra.max() <= 1e-12 * self.values.max():
            warnings.warn("all confusions cost the same, so the severity matrix does not change the loss", stacklevel=2)
            return np.zeros_like(extra)
        return extra / extra.max()

    def cost(self, rule: str) -> NDArray[np.float64]:
        """H of the risk dial: (K, K) in 0..1.

        Args:
            rule: "severity" gives M / max(M), "critical" gives 1 where a confusion is critical, else 0.
        """
        if rule == "severity":
            return self.values / self.values.max()
        if rule == "critical":
            return self.critical_cells.astype(np.float64)
        raise InputError(f"Expected `rule` to be one of {RULES}, but got {quoted(rule)}.")

    def merged_groups(self) -> "SeverityMatrix":
        """The matrix over the clinical groups, in their order; the worst cell between two groups counts.

        Example:
            >>> SeverityMatrix.preset("isic2018").merged_groups().to_dict()["values"]
            [[0, 3], [10, 0]]
        """
        if self.groups is None:
            raise InputError("the severity matrix has no groups; give each class a group to merge them.")
        names = tuple(dict.fromkeys(self.groups.values()))
        group_of_class = np.array([names.index(self.groups[name]) for name in self.classes])
        merged = np.zeros((len(names), len(names)))
        np.maximum.at(merged, (group_of_class[:, None], group_of_class[None, :]), self.values)
        np.fill_diagonal(merged, 0.0)
        return SeverityMatrix(names, merged, self.critical)

    def difference(self, other: "SeverityMatrix") -> list[tuple[str, str, float, float]]:
        """The cells whose costs differ: (truth, prediction, cost here, cost there), row by row."""
        theirs = other.reordered(self.classes).values
        return [
            (self.classes[i], self.classes[j], float(self.values[i, j]), float(theirs[i, j]))
            for i, j in np.argwhere(self.values != theirs)
        ]


def _plain(number: float) -> int | float:
    return int(number) if float(number).is_integer() and abs(number) < 1e15 else float(number)
