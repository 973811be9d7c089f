"""How long work tells whoever waits for it how far it is."""

from collections.abc import Callable

OnProgress = Callable[[int, int, str], None]
"""Called with (done, total, label): steps of the present phase, and what the phase is, e.g. "reading images"."""
