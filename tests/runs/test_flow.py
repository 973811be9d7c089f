"""The flow of cases of runs: as recorded, or not at all."""

from types import SimpleNamespace
from typing import Any, cast

from riskcore.runs.flow import recorded_flow
from riskcore.runs.folder import Run


def made(id: str, fold: int, result: dict[str, Any] | None) -> Run:
    return cast(Run, SimpleNamespace(id=id, seed=0, fold=fold, record={"result": result}))


def test_each_run_tells_its_own() -> None:
    runs = [made("a", 0, {"flow": {"listed": 3}}), made("b", 1, {"flow": {"listed": 4}})]
    assert recorded_flow(runs) == [
        {"run": "a", "seed": 0, "fold": 0, "listed": 3},
        {"run": "b", "seed": 0, "fold": 1, "listed": 4},
    ]


def test_a_run_of_an_earlier_version_leaves_nothing_to_tell() -> None:
    assert recorded_flow([made("a", 0, {"flow": {"listed": 3}}), made("b", 1, {"warnings": []})]) is None
    assert recorded_flow([made("a", 0, None)]) is None
