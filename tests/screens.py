"""What tests of screens share."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

Open = Callable[..., AppTest]
"""`open_screen(address, workspace, **query parameters)`."""


def texts(screen: AppTest) -> str:
    """All that a screen says in words."""
    kinds = (screen.title, screen.header, screen.subheader, screen.markdown, screen.caption)
    kinds += (screen.info, screen.warning, screen.error, screen.success)
    return "\n".join(str(element.value) for kind in kinds for element in kind)
