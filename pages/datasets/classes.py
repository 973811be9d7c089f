"""How many images each class has, and what their imbalance means."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.kit.plain_text import escaped
from riskcore.data.class_counts import ClassCount, imbalance
from riskcore.plots.class_counts import class_counts_figure
from riskcore.words.glossary import tooltip


def class_bars(counts: Sequence[ClassCount]) -> None:
    """Draw a bar a class."""
    st.plotly_chart(
        class_counts_figure(counts),
        key="data_class_chart",
        alt="Images of each class: " + ", ".join(f"{count.label} {count.images:,}" for count in counts),
    )


def data_classes(counts: Sequence[ClassCount]) -> None:
    """Draw the numbers, and in words what accuracy they give for nothing."""
    st.markdown(escaped(imbalance(counts)), help=tooltip("majority baseline"))
    rows = [
        {
            "Class": count.label,
            "Images": count.images,
            "Share": 100 * count.share,
            **({} if count.groups is None else {"Patients, slides or lesions": count.groups}),
            **{f"in {split}": images for split, images in count.splits.items() if len(count.splits) > 1},
        }
        for count in counts
    ]
    number = st.column_config.NumberColumn
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={name: number(format="%.1f %%" if name == "Share" else "%,d") for name in list(rows[0])[1:]},
        alt="Images of each class",
    )
