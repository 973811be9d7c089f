"""What a visitor takes along, or has stored: the table, reviews, the images."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.predict.files import ImageFile
from pages.predict.reviews import Reviews
from riskcore.formats import RESEARCH_USE
from riskcore.learning.bundle import Bundle
from riskcore.words.images.judged import Judged, csv
from riskcore.words.images.reviews import review_table
from riskcore.words.images.saved_predictions import save_predictions


def keep_popover(
    sources: Sequence[ImageFile], judged: Sequence[Judged], rows: pd.DataFrame, bundle: Bundle, reviews: Reviews
) -> None:
    """Offer all of it behind one button."""
    now = f"{datetime.now():%Y%m%d-%H%M}"
    with st.popover("Keep", icon=":material/save:"):
        _download("Download the table (CSV)", csv(rows), f"predictions-{now}.csv")
        reviews.keep_switch()
        said = [
            (reviews.key(source), one.prediction)
            for source, one in zip(sources, judged, strict=True)
            if one.prediction is not None
        ]
        _download("Download the reviews (CSV)", csv(review_table(said, bundle, reviews.all())), f"reviews-{now}.csv")
        if st.button(
            "Save the table and images",
            icon=":material/save:",
            help="In the workspace. Files are stored as they came, with all that is written in them: a DICOM file may "
            "hold a patient's name.",
        ):
            with shown_errors():
                _save(sources, judged, rows, bundle)


def _download(label: str, content: str, name: str) -> None:
    st.download_button(label, content, file_name=name, mime="text/csv", icon=":material/download:", on_click="ignore")


def _save(sources: Sequence[ImageFile], judged: Sequence[Judged], rows: pd.DataFrame, bundle: Bundle) -> None:
    """Store table and images in the workspace and say where; RunError when they cannot be written."""
    both = enumerate(zip(sources, judged, strict=True))
    images = ((row, source.name, source.read()) for row, (source, one) in both if one.prediction is not None)
    about = {
        "notice": RESEARCH_USE,
        "classes": list(bundle.classes),
        "matrix": bundle.matrix.to_dict(),
        "dial": bundle.dial.as_dict(),
        "provenance": bundle.provenance,
    }
    folder = save_predictions(cached.workspace(), rows, images, about)
    st.markdown(":material/check: The table and the images are stored in this folder:")
    st.code(str(folder), language=None)
