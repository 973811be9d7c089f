"""Images that runs call wrong, as a list to take away: the same rows for shell and screen."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from riskcore.judging.mistakes import mistake_kind
from riskcore.judging.side_by_side import SharedCase
from riskcore.marks import Mark
from riskcore.severity import SeverityMatrix


def mistake_table(cases: Sequence[SharedCase], names: Sequence[str], marks: Mapping[str, Mark]) -> pd.DataFrame:
    """One row an image, in the order given.

    Columns: `sample`, `truth`, `group`, `fold`; of each run `NAME: call`, `NAME: probability` of the call, `NAME:
    truth probability`, `NAME: severity`, `NAME: critical` (whether the call is a dangerous mistake), `NAME: seeds` that
    call it so and `NAME: of seeds`; `looks_mislabelled` and `note`, as readers marked it.

    Args:
        cases: with a call of each run.
        names: of the runs, in the order of the calls; different ones.
        marks: sample -> mark.

    Example:
        >>> from riskcore.judging.side_by_side import Call
        >>> case = SharedCase("a.png", "nevus", "p1", None, (Call("melanoma", 0.8, 0.1, 2.0, False, False, 1, 2),))
        >>> mistake_table([case], ["plain"], {}).iloc[0].to_dict()["plain: call"]
        'melanoma'
    """
    columns = [*_CASE, *(f"{name}: {column}" for name in names for column in _CALL), *_MARK]
    rows = []
    for case in cases:
        calls = [call for each in case.calls for call in _call(each)]
        rows.append([case.sample, case.truth, case.group, case.fold, *calls, *_mark(case, marks)])
    return pd.DataFrame(rows, columns=columns).astype({"fold": "Int64"})


def mistake_rows(cases: Sequence[SharedCase], ids: Sequence[str], marks: Mapping[str, Mark]) -> list[dict[str, Any]]:
    """The JSON form of the same: a list of the runs' calls in each row."""
    keys = [column.replace(" ", "_") for column in _CALL]
    return [
        {
            **dict(zip(_CASE, (case.sample, case.truth, case.group, case.fold), strict=True)),
            "calls": [
                {"run": id, **dict(zip(keys, _call(call), strict=True))}
                for id, call in zip(ids, case.calls, strict=True)
            ],
            **dict(zip(_MARK, _mark(case, marks), strict=True)),
        }
        for case in cases
    ]


_CASE = ("sample", "truth", "group", "fold")
_CALL = ("call", "probability", "truth probability", "severity", "critical", "seeds", "of seeds")
_MARK = ("looks_mislabelled", "note")


def _call(call: Any) -> tuple[Any, ...]:
    shares = (call.probability, call.truth_probability)
    return (call.said, *shares, call.severity, call.critical, call.seeds, call.judged)


def _mark(case: SharedCase, marks: Mapping[str, Mark]) -> tuple[bool, str]:
    mark = marks.get(case.sample)
    return mark is not None, "" if mark is None else mark.note


def sure_words(probability: float) -> str:
    """How probable a model took a class to be; never 0 or 100 %, which no finite sample shows.

    Example:
        >>> sure_words(0.997), sure_words(0.31)
        ('over 99 %', '31 %')
    """
    percentage = round(100 * probability)
    return f"{'over 99' if percentage == 100 else 'under 1' if percentage == 0 else percentage} %"


def kind_words(truth: str, said: str, matrix: SeverityMatrix) -> str:
    """What a call is, as a mark over a picture.

    Example:
        >>> M = SeverityMatrix(["naevus", "wart", "melanoma"], [[0, 1, 2], [1, 0, 2], [10, 10, 0]], critical=10)
        >>> [kind_words(truth, "naevus", M) for truth in M.classes], kind_words("naevus", "melanoma", M)
        (['Right', 'Wrong', 'Dangerous'], 'False alarm')
    """
    return _KINDS[mistake_kind(truth, said, matrix)]


_KINDS = {
    None: "Right",
    "a dangerous mistake": "Dangerous",
    "a false alarm": "False alarm",
    "another mistake": "Wrong",
}
