"""The screens, in the order of the navigation. Each module has a function `show()` that draws it."""

import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Screen:
    """A screen: its title, what it is for in a sentence, its icon, and the name of the module that draws it."""

    title: str
    purpose: str
    icon: str
    name: str

    @property
    def path(self) -> str:
        """Its address; the first screen answers at the bare one."""
        return "" if self.name == "overview" else self.name

    @property
    def show(self) -> Callable[[], None]:
        """Draws the screen; its module is imported when it is first opened, so that the others do not wait."""

        def show() -> None:
            module = f"pages.{self.name}.screen"
            first = module not in sys.modules
            try:
                import_module(module).show()
            finally:
                if first:
                    # Streamlit collects garbage after each script, a tenth of a second were it to go through the
                    # libraries that have been loaded by now.
                    gc.freeze()

        return show


SCREENS = (
    Screen("Overview", "How much harm do mistakes do here, and what comes next?", ":material/home:", "overview"),
    Screen(
        "Data sets",
        "Register images whose classes are known; see what would flatter a result.",
        ":material/photo_library:",
        "datasets",
    ),
    Screen(
        "Severity matrix",
        "Say how bad each mistake is; see what changes.",
        ":material/grid_on:",
        "severity",
    ),
    Screen(
        "Train",
        "Which images, whose severity, how long: then launch.",
        ":material/model_training:",
        "train",
    ),
    Screen(
        "Runs",
        "What trains, what waits and what has ended.",
        ":material/list_alt:",
        "runs",
    ),
    Screen(
        "Compare",
        "Which training misses fewer dangerous cases at equal accuracy?",
        ":material/balance:",
        "compare",
    ),
    Screen(
        "Predict",
        "Drop images in; each gets a call, its risk and what to do.",
        ":material/image_search:",
        "predict",
    ),
)
