"""Class maps over the pictures: made once the cards are drawn, so that nobody waits for them to read what to do."""

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
from riskcore.learning.prediction import RiskPrediction, is_call
from riskcore.plots.class_map import STRENGTH, overlay
from riskcore.runs.folder import Run
from riskcore.words.images.judged import Judged
from riskcore.words.images.map_note import CALLED, MAP_NOTE, MISSED, NO_MISS, STRENGTH_HELP, map_of

if TYPE_CHECKING:
    from riskcore.learning.maps import ClassMapper

WHOSE = (CALLED, MISSED)

_MAPS = "predict_maps"
_REMEMBERED = 400
"""Maps in a visitor's session; one takes as many bytes as the network sees pixels."""

Found = NDArray[np.uint8] | None
"""A map in 0..255; None where there is nothing to see."""


@dataclass
class CardMaps:
    """What the visitor asked for, and the pictures on the cards that wait for their maps.

    Attributes:
        run: whose score is shown.
        shown: whether maps are wanted. missed: of the most dangerous plausible class instead of the called one.
        strength: opacity of the greatest value, 0..1.
    """

    run: Run
    shown: bool = False
    missed: bool = False
    strength: float = STRENGTH
    _waiting: list[tuple[Judged, ImageFile, int, DeltaGenerator]] = field(default_factory=list)

    def picture(self, judged: Judged, source: ImageFile, number: int) -> None:
        """Draw the picture of a card, with its map where that is wanted and known, and soon where it is not."""
        place = st.empty()
        if self.shown and is_call(judged.prediction):
            name = mapped_class(judged.prediction, self.missed)
            if name is None or (self.run.id, source.sha256, name) in _known():
                self._draw(place, judged, source, number)
                return
            self._waiting.append((judged, source, number, place))
        with place.container(gap=None):
            _picture(judged, number)

    def fill(self) -> None:
        """Lay the maps over the pictures that wait for them."""
        bar = st.empty()
        for done, (judged, source, number, place) in enumerate(self._waiting):
            bar.progress(done / len(self._waiting), text=f"Making class map {done + 1} of {len(self._waiting)}")
            try:
                self._draw(place, judged, source, number)
            except InputError as error:
                bar.caption(no_maps(error))
                return
        bar.empty()
        for old in list(_known())[:-_REMEMBERED]:
            del _known()[old]

    def _draw(self, place: DeltaGenerator, judged: Judged, source: ImageFile, number: int) -> None:
        assert is_call(judged.prediction)
        name, drawn = mapped(
            self.run, source, judged.prediction, Image.open(BytesIO(judged.preview)), self.missed, self.strength
        )
        with place.container(gap=None):
            if name is None or drawn is None:
                _picture(judged, number)
            else:
                st.image(drawn, alt=f"Map of {name} on image {number}: {judged.name}", width="stretch")
            st.caption(escaped(NO_MISS if name is None else map_of(name, shown=drawn is not None)))


def _picture(judged: Judged, number: int) -> None:
    st.image(judged.preview, alt=f"Image {number}: {judged.name}", width="stretch")


def mapped(
    run: Run, source: ImageFile, prediction: RiskPrediction, picture: Image.Image, missed: bool, strength: float
) -> tuple[str | None, Image.Image | None]:
    """The class that a map is of, None where there is no such class; and the picture under it, None for nothing to see.

    The visitor's session remembers maps by run, content and class.

    Raises:
        InputError: the model's network has no class maps, or the image cannot be read any more.
    """
    name = mapped_class(prediction, missed)
    if name is None:
        return None, None
    key = (run.id, source.sha256, name)
    if key not in _known():
        _known().update(_made(run, source, prediction))
    found = _known()[key]
    return name, None if found is None else overlay(picture, found.astype(np.float32) / np.float32(255), strength)


def no_maps(error: InputError) -> str:
    """Why pictures stand without maps, as Markdown."""
    return escaped(f"No class maps: {error}")


def mapped_class(prediction: RiskPrediction, missed: bool) -> str | None:
    """The class that a map is of; None where there is none, such as no plausible dangerous miss."""
    return prediction.worst_miss if missed else prediction.decision


def maps_toggle() -> bool:
    """Ask whether maps are wanted, once for all cards."""
    return st.toggle("Maps", key="predict_map", bind="query-params", help=f"Where the score reacts. {MAP_NOTE}")


def map_settings(run: Run, shown: bool) -> CardMaps:
    """Ask of which class the maps are, and how strong, once for all cards."""
    if not shown:
        return CardMaps(run)
    whose = st.segmented_control(
        "Maps of", WHOSE, default=CALLED, required=True, key="predict_map_of", bind="query-params"
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
    )
    return CardMaps(run, True, whose == MISSED, percent / 100)


def _known() -> dict[tuple[str, str, str], Found]:
    found: dict[tuple[str, str, str], Found] = st.session_state.setdefault(_MAPS, {})
    return found


def _made(run: Run, source: ImageFile, prediction: RiskPrediction) -> dict[tuple[str, str, str], Found]:
    """The maps of both classes of an image: the second costs little beside the first."""
    assert is_call(prediction)
    from riskcore.learning.maps import mapped_classes

    pixels = decode(source.read(), source.name)
    maps = _mapper(run.folder / "bundle")(pixels, mapped_classes(prediction))
    return {
        (run.id, source.sha256, name): None if values is None else (255 * values).round().astype(np.uint8)
        for name, values in maps.items()
    }


@remembered(3)
def _mapper(bundle: Path) -> "ClassMapper":
    """With a network of its own: captum's hooks would see what another visitor's images do in one that is shared."""
    from riskcore.learning.maps import ClassMapper
    from riskcore.learning.predictor import Predictor

    return ClassMapper(Predictor.load(bundle))
