"""What went wrong, in one line on the screen; the details go to the server's log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from pages.kit.plain_text import escaped
from riskcore.errors import InputError, RunError

_LOG = logging.getLogger("riskcore.dashboard")


@contextmanager
def shown_errors() -> Iterator[None]:
    """Show an error of the block as one line and go on after it; fragments and callbacks need their own."""
    try:
        yield
    except (InputError, RunError) as error:
        st.error(escaped(_sentence(str(error))), icon=":material/error:")
    except Exception:
        _LOG.exception("A screen failed")
        st.error(
            "Something went wrong in riskcore itself. Reload the page; if it comes back, the server's log says more.",
            icon=":material/error:",
        )


def _sentence(message: str) -> str:
    """With a capital at the start, unless it starts with the name of a file or the like."""
    first = message.split(" ", 1)[0]
    return message[:1].upper() + message[1:] if first.isalpha() else message
