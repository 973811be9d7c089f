"""The demo: what it draws, and that it trains what the screen's Quick trains."""

from pathlib import Path

import pytest

from riskcore.config import PACKAGED
from riskcore.data import synthetic
from riskcore.data.manifest import register
from riskcore.data.registry import load_dataset, save_dataset
from riskcore.decision.operating import Wish
from riskcore.jobs import demo, protocol, recipes
from riskcore.jobs.launch import drafted
from riskcore.workspace import Workspace


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace in which the demo draws few and small images."""
    write = synthetic.write_synthetic
    monkeypatch.setattr(demo, "PARTS", {"images": 60, "validation": 12, "test": 30})
    monkeypatch.setattr(synthetic, "write_synthetic", lambda folder, **more: write(folder, size=16, **more))
    return Workspace(tmp_path)


def test_it_draws_test_cases_enough() -> None:
    text = synthetic.synthetic_table(**demo.PARTS)
    assert sum(line.endswith(",test") for line in text.splitlines()) >= 1500


def test_all_that_quick_trains_on_the_screen_is_trained_by_the_demo(here: Workspace) -> None:
    demo.prepare_demo(here)
    recipe = recipes.build("demo", "demo", [PACKAGED], "hub", recipes.PRESETS["Quick"], str(Wish()))
    quick = {(own.pool, own.config.seed) for own in drafted(here, recipe)}
    planned = protocol.plan(here, demo.demo_protocol())
    assert quick < {(own.pool, own.config.seed) for own in planned}
    assert [(own.config.loss.form, own.config.seed) for own in planned] == [
        (form, seed) for seed in (0, 1) for form in ("ce", "focal", "log_harm")
    ]


def test_what_is_drawn_already_is_not_drawn_again(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    first = demo.prepare_demo(here)
    monkeypatch.setattr(synthetic, "write_synthetic", lambda *_, **__: pytest.fail("drawn again"))
    assert demo.prepare_demo(here).hash == first.hash


def test_the_set_of_an_earlier_version_grows_and_keeps_its_images(here: Workspace) -> None:
    folder = here.root / "synthetic"
    synthetic.write_synthetic(folder, images=20)
    save_dataset(here, register("demo", folder))
    before = {path.name: path.read_bytes() for path in (folder / "images").iterdir()}
    assert len(demo.prepare_demo(here)) == 60
    assert {name: (folder / "images" / name).read_bytes() for name in before} == before
    table = load_dataset(here, "demo").table
    assert (table["split"] == "test").sum() >= 30
