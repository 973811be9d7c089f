"""The picture of a card, large, over the screen."""

import streamlit as st

from pages.kit.errors import shown_errors
from pages.kit.plain_text import escaped
from pages.predict.files import ImageFile
from pages.predict.maps import WHOSE, CardMaps, mapped, no_maps
from riskcore.data.images import decode
from riskcore.data.resizing import within
from riskcore.errors import InputError
from riskcore.learning.prediction import is_call
from riskcore.words.images.judged import Judged
from riskcore.words.images.map_note import CALLED, MAP_NOTE, MISSED, map_of

SIDE = 1024
"""Greatest side in pixels."""


def zoom_button(number: int) -> bool:
    """The button that lies over the whole picture of a card (the style sheet sees to it); whether it was pressed."""
    return st.button(f"Enlarge image {number}", key=f"predict_zoom_{number}", icon=":material/zoom_in:")


def show_large(judged: Judged, source: ImageFile, number: int, maps: CardMaps) -> None:
    """Open it, with or without its map; once in a run of the script."""

    @st.dialog(escaped(f"{number} · {judged.name}"), width="large")
    def draw() -> None:
        with shown_errors():
            _large(judged, source, number, maps)

    draw()


def _large(judged: Judged, source: ImageFile, number: int, maps: CardMaps) -> None:
    prediction = judged.prediction
    whose = None
    if is_call(prediction):
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.toggle("Map", value=maps.shown, key=f"predict_large_map_{source.sha256}"):
                offered = WHOSE if prediction.worst_miss else (CALLED,)
                whose = st.segmented_control(
                    "Map of",
                    offered,
                    default=MISSED if maps.missed and MISSED in offered else CALLED,
                    required=True,
                    key=f"predict_large_map_of_{source.sha256}",
                    label_visibility="collapsed",
                )
    picture, alt, said = within(decode(source.read(), source.name), SIDE), f"Image {number}, large", None
    if whose is not None and is_call(prediction):
        try:
            name, drawn = mapped(maps.run, source, prediction, picture, whose == MISSED, maps.strength)
        except InputError as error:
            name = drawn = None
            st.caption(no_maps(error))
        else:
            said = map_of(str(name), shown=drawn is not None)
        if drawn is not None:
            picture, alt = drawn, f"Map of {name} on image {number}, large"
    with st.container(key="predict_large"):
        st.image(picture, alt=f"{alt}: {judged.name}", width="stretch")
    if said:
        st.caption(f"{escaped(said)}. {MAP_NOTE}")
