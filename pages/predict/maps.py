"""Class maps on the cards: made once the cards are drawn, so that nobody waits for them to read what to do."""

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image
from streamlit.delta_generator import DeltaGenerator

from pages.kit.plain_text import escaped
from pages.kit.remembered import remembered
from pages.predict.files import ImageFile
from riskcore.data.images import decode
from riskcore.errors import InputError
from riskcore.learning.prediction import is_call
from riskcore.plots.class_map import STRENGTH, overlay
from riskcore.runs.folder import Run
from riskcore.words.images.judged import Judged
from riskcore.words.images.map_note import CALLED, MAP_NOTE, MAPS_SHOWN, MISSED, STRENGTH_HELP, map_of

if TYPE_CHECKING:
    from riskcore.learning.maps import ClassMapper

SIDE = 112
"""Width in pixels of the picture on a card, and of its map."""

_MAPS = "predict_maps"
_REMEMBERED = 400
"""Maps in a visitor's session; one takes as many bytes as the network sees pixels."""

Found = NDArray[np.uint8] | None
"""A map in 0..255; None where there is nothing to see."""


@dataclass
class CardMaps:
    """What the visitor asked for, and the places on the cards that wait for a map.

    Attributes:
        shown: whether maps are wanted. missed: of the most dangerous plausible class instead of the called one.
        strength: opacity of the greatest value, 0..1.
    """

    shown: bool = False
    missed: bool = False
    strength: float = STRENGTH
    _places: list[tuple[Judged, int, str, DeltaGenerator]] = field(default_factory=list)

    def place(self, judged: Judged, number: int) -> None:
        """Keep a place for the map here, if the image has one."""
        prediction = judged.prediction
        if not self.shown or not is_call(prediction):
            return
        if self.missed and prediction.worst_miss is None:
            st.caption("No plausible dangerous miss, so no map of one.")
            return
        name = prediction.worst_miss if self.missed else prediction.decision
        assert name is not None
        self._places.append((judged, number, name, st.empty()))

    def fill(self, sources: dict[int, ImageFile], run: Run) -> None:
        """Draw the maps at their places; the visitor's session remembers them by run, content and class.

        Args:
            sources: number of a card -> its file.
        """
        known: dict[tuple[str, str, str], Found] = st.session_state.setdefault(_MAPS, {})
        new = sum((run.id, sources[number].digest, name) not in known for _, number, name, _ in self._places)
        done, bar = 0, st.empty()
        for judged, number, name, place in self._places:
            key = (run.id, sources[number].digest, name)
            if key not in known:
                bar.progress(done / new, text=f"Making class map {done + 1} of {new}")
                try:
                    known |= _made(run, sources[number], judged)
                except InputError as error:
                    bar.caption(escaped(f"No class maps: {error}"))
                    return
                done += 1
            _draw(place, judged, number, name, known[key], self.strength)
        bar.empty()
        for old in list(known)[:-_REMEMBERED]:
            del known[old]


def map_controls() -> CardMaps:
    """Ask for maps, of which class and how strong, once for all cards."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        shown = st.toggle(
            "Show where the score reacts",
            value=MAPS_SHOWN,
            key="predict_map",
            bind="query-params",
            help=f"Class maps. {MAP_NOTE}",
        )
        if not shown:
            return CardMaps()
        whose = st.segmented_control(
            "Of",
            (CALLED, MISSED),
            default=CALLED,
            required=True,
            key="predict_map_of",
            bind="query-params",
            label_visibility="collapsed",
        )
        percent = st.slider(
            "Strength of the maps, %",
            0,
            100,
            round(100 * STRENGTH),
            step=10,
            key="predict_map_strength",
            bind="query-params",
            help=STRENGTH_HELP,
            width=200,
        )
    st.caption(MAP_NOTE)
    return CardMaps(True, whose == MISSED, percent / 100)


def _made(run: Run, source: ImageFile, judged: Judged) -> dict[tuple[str, str, str], Found]:
    """The maps of both classes of an image: the second costs little beside the first."""
    assert is_call(judged.prediction)
    from riskcore.learning.maps import mapped_classes

    pixels = decode(source.read(), source.name)
    maps = _mapper(run.folder / "bundle")(pixels, mapped_classes(judged.prediction))
    return {
        (run.id, source.digest, name): None if values is None else (255 * values).round().astype(np.uint8)
        for name, values in maps.items()
    }


def _draw(place: DeltaGenerator, judged: Judged, number: int, name: str, found: Found, strength: float) -> None:
    if found is None:
        place.caption(escaped(map_of(name, shown=False)))
        return
    picture = overlay(Image.open(BytesIO(judged.preview)), found.astype(np.float32) / np.float32(255), strength)
    with place.container(gap=None):
        st.image(picture, alt=f"Map of {name} on image {number}: {judged.name}", width=SIDE)
        st.caption(escaped(map_of(name, shown=True)))


@remembered(3)
def _mapper(bundle: Path) -> "ClassMapper":
    """With a network of its own: captum's hooks would see what another visitor's images do in one that is shared."""
    from riskcore.learning.maps import ClassMapper
    from riskcore.learning.predictor import Predictor

    return ClassMapper(Predictor.load(bundle))
