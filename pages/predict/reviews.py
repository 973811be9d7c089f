"""Whether a reviewer agrees with a call, and their note: in the visitor's session, and in the workspace if they ask."""

from functools import partial
from pathlib import Path

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.remembered import remembered
from pages.predict.files import ImageFile
from riskcore.learning.bundle import Bundle
from riskcore.learning.prediction import RiskPrediction
from riskcore.runs.folder import Run
from riskcore.words.images.kept_reviews import keep_reviews, kept_reviews, reviews_file
from riskcore.words.images.reviews import LONGEST_NOTE, Review, Reviewed, review_table, reviewed

AGREE, DISAGREE = "Agree", "Disagree"

_VERDICTS = {AGREE: True, DISAGREE: False}
_SAID = "predict_reviews"
_WAITING = "predict_reviews_waiting"


class Reviews:
    """What was said of a model's calls; in the session an empty review is one that was taken back."""

    def __init__(self, run: Run, bundle: Bundle) -> None:
        self._run, self._bundle = run, bundle
        self._said: dict[Reviewed, Review] = st.session_state.setdefault(_SAID, {})
        self._waiting: dict[Reviewed, RiskPrediction] = st.session_state.setdefault(_WAITING, {})
        self._kept: dict[Reviewed, Review] = {}

    def key(self, source: ImageFile) -> Reviewed:
        """Which image, and whose call."""
        return reviewed(source.name, source.sha256, self._bundle)

    def all(self) -> dict[Reviewed, Review]:
        """What was said of this and other models' calls."""
        return self._kept | self._said

    def of(self, source: ImageFile) -> Review:
        """What was said of an image."""
        return self.all().get(self.key(source), Review())

    def keep_switch(self) -> None:
        """Offer to keep reviews in the workspace; while that is on, each is written as it is given."""
        if not st.toggle(
            "Keep my reviews in this workspace",
            key="predict_reviews_keep",
            persist_state="session",
            help="Else they end with this visit. Kept are the images' names and hashes, the calls, your answers and "
            "notes; no images.",
        ):
            return
        here, id = cached.workspace(), self._bundle.provenance["run"]
        with shown_errors():
            if waiting := {key: said for key, said in self._waiting.items() if key.run == id}:
                keep_reviews(here, id, review_table(waiting.items(), self._bundle, self._said))
                for key in waiting:
                    del self._waiting[key]
            file = reviews_file(here, id)
            if file.exists():
                self._kept = _kept(file, file.stat().st_mtime_ns, id)
                st.caption("They are kept in this file:")
                st.code(str(file), language=None)

    def ask(self, source: ImageFile, prediction: RiskPrediction, number: int) -> None:
        """Ask whether the visitor agrees with a call, and for a note; `number`: of the card."""
        review, agree, note = self.of(source), f"predict_agree_{number}", f"predict_note_{number}"
        st.session_state[agree] = {True: AGREE, False: DISAGREE, None: None}[review.agree]
        st.session_state[note] = review.note
        take = partial(_take, self.key(source), prediction, agree, note)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.segmented_control(
                f"Do you agree, image {number}?",
                list(_VERDICTS),
                key=agree,
                label_visibility="collapsed",
                on_change=take,
            )
            st.text_input(
                f"Note on image {number}",
                key=note,
                placeholder="Note",
                max_chars=LONGEST_NOTE,
                label_visibility="collapsed",
                on_change=take,
            )


def _take(key: Reviewed, prediction: RiskPrediction, agree: str, note: str) -> None:
    state = st.session_state
    state[_SAID][key] = Review(_VERDICTS.get(state[agree]), state[note].strip())
    state[_WAITING][key] = prediction


@remembered(16)
def _kept(file: Path, changed: int, _run: str) -> dict[Reviewed, Review]:
    return kept_reviews(cached.workspace(), _run)
