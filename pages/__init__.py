"""The screens, in the order of the navigation. Each module has a function `show()` that draws it."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Screen:
    """A screen: its name in the navigation, its icon, its address, and the module that draws it."""

    title: str
    icon: str
    path: str
    module: str

    @property
    def default(self) -> bool:
        """Whether it answers at the bare address too."""
        return self.path == "overview"

    @property
    def show(self) -> Callable[[], None]:
        """Draws the screen; its module is imported when it is first opened, so that the others do not wait."""

        def show() -> None:
            import_module(f"pages.{self.module}").show()

        return show


SCREENS = (
    Screen("Overview", ":material/home:", "overview", "overview"),
    Screen("Data sets", ":material/photo_library:", "datasets", "datasets"),
    Screen("Severity matrix", ":material/grid_on:", "severity", "severity"),
    Screen("Train", ":material/model_training:", "train", "train"),
    Screen("Runs", ":material/list_alt:", "runs", "runs"),
    Screen("Compare", ":material/balance:", "compare", "compare"),
    Screen("Predict", ":material/image_search:", "predict", "predict"),
)
