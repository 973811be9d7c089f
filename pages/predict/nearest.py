"""The training images most alike to a judged one, with their labels, where the data set is at hand."""

from contextlib import suppress

import streamlit as st

from pages.kit import cached
from pages.kit.plain_text import escaped
from riskcore.errors import InputError
from riskcore.learning.bundle import Bundle
from riskcore.learning.prediction import RiskPrediction
from riskcore.learning.training_images import learnt_from, nearest
from riskcore.words.images.not_judged import NEAREST, NEAREST_OF_STRANGE

_SIDE = 96


def nearest_images(prediction: RiskPrediction, bundle: Bundle) -> None:
    """Draw them side by side; nothing where the bundle keeps none, or the data set is not here."""
    manifest = learnt_from(bundle, cached.manifest) if prediction.nearest else None
    if manifest is None:
        return
    pictures = []
    for each in nearest(prediction, manifest):
        with suppress(InputError):  # a file that is gone is no reason to show nothing
            pictures.append((cached.thumbnail(manifest.path(each["sample"])), each["label"]))
    if not pictures:
        return
    st.caption(NEAREST if prediction.judged else NEAREST_OF_STRANGE)
    with st.container(horizontal=True, gap="small"):
        for picture, label in pictures:
            with st.container(width=_SIDE, gap=None):
                st.image(picture, alt=f"A training image, labelled {label}", width=_SIDE)
                st.caption(escaped(label))
