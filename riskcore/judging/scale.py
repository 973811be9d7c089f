"""What the numbers of a predictions file are: probabilities, percentages or logits; each is told, none is guessed."""

from typing import TYPE_CHECKING, Literal, NoReturn

import numpy as np
from numpy.typing import NDArray

from riskcore.errors import InputError
from riskcore.foreign_text import quoted
from riskcore.predictions import LEAST_PROBABILITY
from riskcore.readers import as_numbers, row_number

if TYPE_CHECKING:
    import pandas as pd

Scale = Literal["probability", "percent", "logit"]
SCALES: tuple[Scale, ...] = ("probability", "percent", "logit")

SUM_TOLERANCE = 1e-2
"""A row of probabilities may miss a sum of 1 by this in any case."""

_LEAST_DECIMALS = 2
_ROUNDING = 1e-6
"""By this a probability in single precision may lie outside 0 to 1."""
_LOGIT_MOST = 1e6
_FLAGS = {"percent": "--percent", "logit": "--logits"}


def logits_of(cells: "pd.DataFrame", scale: Scale, shown: str) -> NDArray[np.float64]:
    """Logits of the cells of a table, one column a class.

    A row of probabilities may miss a sum of 1 by what rounding can do to it: half a unit of the last decimal that the
    table prints (the second at least) for each class, and `SUM_TOLERANCE` in any case.

    Args:
        cells: (N, K) text; the index as `parse_csv` gives it.
        scale: what the numbers are.
        shown: what errors call the file.

    Returns:
        (N, K): the logarithms of the probabilities, or the logits as they are.

    Raises:
        InputError: a cell is no number or outside its range, a row does not sum to the whole, or most rows are of
            another scale.

    Example:
        >>> import pandas as pd
        >>> cells = pd.DataFrame({"naevus": ["75 %", "50"], "melanoma": ["25", "50,0"]})
        >>> np.exp(logits_of(cells, "percent", "vendor.csv")).round(9).tolist()
        [[0.75, 0.25], [0.5, 0.5]]
    """
    if scale not in SCALES:
        raise InputError(f"Expected the scale to be one of {', '.join(SCALES)}, but got {quoted(scale)}.")
    plain = cells.apply(lambda column: column.str.rstrip("%").str.rstrip()) if _has_percent_signs(cells) else cells
    numbers = plain.apply(as_numbers).to_numpy(dtype=np.float64)
    known = np.isfinite(numbers) | np.isneginf(numbers)
    seen = _recognised(numbers) if known.all() else None
    if seen == "probability" and scale != "probability":
        raise InputError(f"{shown}: the rows sum to 1: these are probabilities; leave {_FLAGS[scale]} out.")
    if seen == "percent" and scale != "percent":
        raise InputError(
            f"{shown}: the rows sum to 100: these look like percentages; pass --percent, or choose it beside the file."
        )
    if seen == "logit" and scale == "probability" and (whole := _whole(numbers)):
        raise InputError(f"{shown}: the rows sum to {whole:.6g}, not to 1; divide the values by {whole:.6g}.")
    if seen == "logit" and (scale == "probability" or (scale == "percent" and numbers.min() < 0)):
        raise InputError(
            f"{shown}: the values go from {numbers.min():.3g} to {numbers.max():.3g}: these look like logits, not "
            f"{'percentages' if scale == 'percent' else 'probabilities'}; pass --logits, or choose it beside the file."
        )
    if scale == "logit":
        numbers = _without_minus_infinity(numbers)
        _refuse(cells, ~(np.abs(numbers) <= _LOGIT_MOST), "logit; give a finite number", shown)
        return numbers
    whole = 100 if scale == "percent" else 1
    shares = numbers / whole
    out = ~(shares >= -_ROUNDING) | ~(shares <= 1 + _ROUNDING)
    kind = "percentage" if scale == "percent" else "probability"
    _refuse(cells, out, f"{kind}; give a number from 0 to {whole}", shown)
    _check_sums(shares, plain, scale, shown)
    return np.log(np.maximum(shares, LEAST_PROBABILITY))


def _has_percent_signs(cells: "pd.DataFrame") -> bool:
    return any(cells[column].str.endswith("%").any() for column in cells)


def _without_minus_infinity(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithms of probabilities with that of the least one in place of the logarithm of 0; else as they are."""
    logarithms = np.abs(np.exp(np.minimum(numbers, 1)).sum(axis=1, keepdims=True) - 1) <= SUM_TOLERANCE
    return np.where(np.isneginf(numbers) & logarithms, np.log(LEAST_PROBABILITY), numbers)


def _whole(numbers: NDArray[np.float64]) -> float | None:
    """What several rows all sum to, if no value is negative: then they are shares of that."""
    sums = numbers.sum(axis=1)
    return float(sums[0]) if len(sums) > 1 and numbers.min() >= 0 and np.ptp(sums) <= 1e-3 * sums[0] else None


def _recognised(numbers: NDArray[np.float64]) -> Scale | None:
    """What at least half the rows can only be; None where they are none of the three."""
    sums, least, most = numbers.sum(axis=1), numbers.min(axis=1), numbers.max(axis=1)
    for scale, whole in (("probability", 1), ("percent", 100)):
        near = (np.abs(sums - whole) <= 0.05 * whole) & (least >= -_ROUNDING * whole)
        if near.mean() >= 0.5:
            return "probability" if scale == "probability" else "percent"
    outside = (least < 0) | (most > 1)
    return "logit" if outside.mean() >= 0.5 else None


def _refuse(cells: "pd.DataFrame", wrong: NDArray[np.bool_], expected: str, shown: str) -> None:
    if wrong.any():
        row, column = (int(where[0]) for where in np.nonzero(wrong))
        label, cell = str(cells.columns[column]), cells.iat[row, column]
        fail(shown, cells, row, f"column {quoted(label)}: {quoted(cell)} is no {expected}.")


def _check_sums(shares: NDArray[np.float64], cells: "pd.DataFrame", scale: Scale, shown: str) -> None:
    sums = shares.sum(axis=1)
    missed = np.abs(sums - 1)
    if not (missed > SUM_TOLERANCE + 1e-9).any():
        return
    decimals = max(_LEAST_DECIMALS, _decimals(cells) + (2 if scale == "percent" else 0))
    off = missed > max(SUM_TOLERANCE, 0.5 * 10.0**-decimals * shares.shape[1]) + 1e-9
    if off.any():
        row = int(np.flatnonzero(off)[0])
        such = f"{int(off.sum()):,} such row{'' if off.sum() == 1 else 's'}"
        words = "percentages" if scale == "percent" else "probabilities"
        whole = 100 if scale == "percent" else 1
        fail(
            shown,
            cells,
            row,
            f"the {words} sum to {sums[row] * whole:.4g}, not to {whole} ({such}); give shares of one whole.",
        )


def _decimals(cells: "pd.DataFrame") -> int:
    """So many decimals has the cell that has most; trailing zeros may be left out in the others."""
    printed = (cells[column].str.extract(r"[.,]([0-9]*)", expand=False) for column in cells)
    return max(int(decimals.str.len().fillna(0).max()) for decimals in printed)


def fail(shown: str, table: "pd.DataFrame", row: int, reason: str) -> NoReturn:
    """Refuse a row of a table, by the number that a spreadsheet shows beside it."""
    raise InputError(f"{shown}, line {row_number(int(table.index[row]))}: {reason}")
