"""The files under assets/."""

from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[2] / "assets"


def asset_path(name: str) -> Path:
    """Where a file lies."""
    return _FOLDER / name


def asset_text(name: str) -> str:
    """The text of a style sheet, markup or script; inline components take strings, not paths."""
    return asset_path(name).read_text(encoding="utf-8")
