"""A small recipe on the patches of the tests."""

from typing import Any

from riskcore.recipes import PRESETS, Recipe, build

TINY: dict[str, Any] = {
    **PRESETS["Quick"],
    "model.size": 32,
    "train.epochs": 1,
    "train.device": "cpu",
    "train.threads": 1,
}


def tiny(*models: str, weights: str = "none", **choices: Any) -> Recipe:
    """Two losses × two seeds of an untrained test network; choices are written with `__` for the dot."""
    named = {name.replace("__", "."): value for name, value in choices.items()}
    wish = named.pop("wish", "accuracy_loss=0.01")
    return build("patches", "patches", models or ("test_efficientnet",), weights, {**TINY, **named}, wish)
