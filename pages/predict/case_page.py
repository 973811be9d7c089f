"""A case on one sheet, to print: the browser leaves everything else of the screen away."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

import streamlit as st

from pages.kit.assets import asset_path, asset_text
from pages.predict.files import ImageFile
from pages.predict.maps import CardMaps, mapped, no_maps
from pages.predict.reviews import Reviews
from pages.predict.run import model_name
from riskcore.data.images import decode, thumbnail
from riskcore.data.resizing import within
from riskcore.errors import InputError
from riskcore.learning.bundle import Bundle
from riskcore.reports.case_sheet import Case, Picture, case_sheet
from riskcore.words.images.judged import Judged
from riskcore.words.images.map_note import map_of

SIDE = 900
"""Greatest side of a picture in pixels: some 250 an inch at its size on the sheet."""

_ADDRESS = "predict_case"
_SHOWN_HASH = 16
"""Characters of an image's hash in the address: enough to tell apart what one visitor dropped."""

_PRINT = st.components.v2.component(
    "riskcore_print",
    html='<button type="button">Print</button>',
    css=asset_text("copy_link.css"),
    js=asset_text("print_button.js"),
)


def open_case(sha256: str) -> None:
    """Show the page of an image from the next run of the script on; the address keeps it."""
    st.query_params[_ADDRESS] = sha256[:_SHOWN_HASH]


def _close() -> None:
    st.query_params.pop(_ADDRESS, None)


def asked_case(sources: Sequence[ImageFile], judged: Sequence[Judged]) -> int | None:
    """The place of the image whose page is asked for; None where the cards are, or it is not there any more."""
    asked = st.query_params.get(_ADDRESS)
    for place, (source, one) in enumerate(zip(sources, judged, strict=True)):
        if one.prediction is not None and source.sha256[:_SHOWN_HASH] == asked:
            return place
    _close()
    return None


def case_page(judged: Judged, source: ImageFile, bundle: Bundle, maps: CardMaps, reviews: Reviews) -> None:
    """Draw the page."""
    assert judged.prediction is not None
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Back to all images", icon=":material/arrow_back:", on_click=_close)
        _PRINT(key="predict_print", width="content")
    pixels = decode(source.read(), source.name)
    pictures = [Picture(thumbnail(pixels, SIDE), judged.name)]
    if maps.shown:
        name = drawn = None
        try:
            name, drawn = mapped(maps.run, source, judged.prediction, within(pixels, SIDE), maps.missed, maps.strength)
        except InputError as error:
            st.caption(no_maps(error))
        if name is not None and drawn is not None:
            stream = BytesIO()
            drawn.save(stream, "JPEG", quality=88)
            pictures.append(Picture(stream.getvalue(), map_of(name, shown=True)))
    case = Case(reviews.key(source), judged.prediction, tuple(pictures), model_name(maps.run), reviews.of(source))
    st.html(asset_path("case_sheet.css"))
    st.html(case_sheet(case, bundle, datetime.now()))
