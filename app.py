"""The dashboard: ``python app.py`` starts its server, which then runs this file for each visitor and click.

Every address goes through here first, so that what must come before a screen stands here once.
"""

from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent


def show() -> None:
    """Draw the screen that the address names."""
    from pages import SCREENS
    from pages.kit.frame import frame
    from pages.kit.links import screen_page

    st.set_page_config(page_title="riskcore", page_icon=str(ROOT / "assets" / "icon.svg"), layout="wide")
    chosen = st.navigation(
        [screen_page(screen) for screen in SCREENS],
        position="top",
    )
    with frame(next(screen for screen in SCREENS if screen.path == chosen.url_path)):
        chosen.run()


if st.runtime.exists():
    show()
elif __name__ == "__main__":
    from pages.kit.server import serve

    serve(ROOT / "app.py")
else:  # `streamlit run app.py` takes its server from here
    from pages.kit.server import middleware

    app = st.App(ROOT / "app.py", middleware=middleware())
