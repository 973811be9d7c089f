"""Pictures side by side, each with words under it; one that cannot be read leaves a tile that says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import streamlit as st

from pages.kit import cached
from pages.kit.plain_text import escaped
from riskcore.errors import InputError

Colour = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray", "primary"]


@dataclass(frozen=True)
class Badge:
    """A short mark over a picture: our own words, never a user's, since it is drawn as markdown."""

    text: str
    icon: str | None = None
    colour: Colour = "gray"


@dataclass(frozen=True)
class Picture:
    """A picture of a gallery.

    Attributes:
        image: path of an image file, of which a thumbnail is made; the bytes of a PNG or JPEG, shown as they are; or
            None where it is not known where the picture lies.
        alt: what is to be seen, for those who cannot see it.
        caption: lines of plain text under the picture; they may hold what users wrote.
        badge: over the picture.
    """

    image: Path | bytes | None
    alt: str
    caption: Sequence[str] = ()
    badge: Badge | None = None


def gallery(items: Sequence[Picture], columns: int = 6) -> None:
    """Draw pictures in rows of `columns`."""
    for first in range(0, len(items), columns):
        row = items[first : first + columns]
        for place, picture in zip(st.columns(columns, gap="small"), row, strict=False):
            with place.container(border=True, gap="xsmall"):
                _tile(picture)


def _tile(picture: Picture) -> None:
    if picture.badge is not None:
        st.badge(escaped(picture.badge.text), icon=picture.badge.icon, color=picture.badge.colour)
    if isinstance(picture.image, Path):
        _file(picture.image, picture.alt)
    elif picture.image is None:
        st.text("No picture.")
    else:
        st.image(picture.image, alt=picture.alt, width="stretch")
    if picture.caption:
        st.text("\n".join(picture.caption))


def _file(path: Path, alt: str) -> None:
    try:
        st.image(cached.thumbnail(path), alt=alt, width="stretch")
    except InputError as error:
        reason = str(error).removeprefix(f"{path}: ")
        st.text(f"{path.name} cannot be shown: {reason}")
