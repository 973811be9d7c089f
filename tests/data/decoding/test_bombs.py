"""Files that ask for much: none takes 600 MB above the process, and each is decoded or refused in one line."""

import sys
from collections.abc import Callable, Iterator

import pytest

from tests.helpers.bombs import LIMIT_MB, Bomb, Measured, bombs, measuring

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="peaks are read from /proc")

LARGE = {  # of those at the cap, the others are for benchmarks/attack/bombs.py
    "PNG, grey 16 bits at the cap",
    "PNG, RGBA at the cap",
    "TIFF, float32 in one strip at the cap",
    "DICOM, RLE 16 bits at the cap",
}
HERE = [bomb for bomb in bombs() if bomb.quick or bomb.kind in LARGE]


@pytest.fixture(scope="module")
def measure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Bomb], Measured]]:
    with measuring(tmp_path_factory.mktemp("bombs")) as measured:
        yield measured


@pytest.mark.parametrize("bomb", HERE, ids=[bomb.kind for bomb in HERE])
def test_a_bomb_stays_within_the_limit(bomb: Bomb, measure: Callable[[Bomb], Measured]) -> None:
    found = measure(bomb)
    assert found.peak < LIMIT_MB
    assert found.seconds < 120
    if bomb.decoded:
        assert found.outcome == "decoded"
        # An honest image of the cap is large, which shows that the measure sees what is held.
        assert bomb.quick or found.peak > 300
    else:
        assert found.outcome.startswith("bomb: ")
        assert found.outcome.endswith(".")
        assert "\n" not in found.outcome
        assert len(found.outcome) < 250


def test_the_large_ones_are_among_the_bombs() -> None:
    assert {bomb.kind for bomb in HERE if not bomb.quick} == LARGE
