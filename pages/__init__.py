"""The screens, in the order of the navigation. Each module has a function `show()` that draws it."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Screen:
    """A screen: its title in the navigation, its icon, and the name of the module that draws it."""

    title: str
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
            import_module(f"pages.{self.name}").show()

        return show


SCREENS = (
    Screen("Overview", ":material/home:", "overview"),
    Screen("Data sets", ":material/photo_library:", "datasets"),
    Screen("Severity matrix", ":material/grid_on:", "severity"),
    Screen("Train", ":material/model_training:", "train"),
    Screen("Runs", ":material/list_alt:", "runs"),
    Screen("Compare", ":material/balance:", "compare"),
    Screen("Predict", ":material/image_search:", "predict"),
)
