"""Puts the dashboard, which stands beside the engine in a checkout, inside it in the wheel."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Dashboard(BuildHookInterface[Any]):
    """Not for editable installations, which would get copies that edits do not reach."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            for source in ("app.py", "pages", "assets", ".streamlit"):
                build_data["force_include"][source] = f"riskcore/dashboard/{source}"
