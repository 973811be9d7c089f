"""What the chosen run says of each file, remembered so that a rerun of the script does not judge again."""

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from pages.kit.remembered import remembered
from pages.predict.files import MOST_FILES, ImageFile
from riskcore.runs.folder import Run
from riskcore.words.images.judged import Judged, judge

if TYPE_CHECKING:
    from riskcore.learning.predictor import Predictor

_RESULTS = "predict_results"
_REMEMBERED = 3 * MOST_FILES


def judge_all(sources: list[ImageFile], run: Run) -> list[Judged]:
    """One result a file, in their order; the visitor's session remembers them by run, name and content.

    Torch is imported and the model loaded when the first file has to be judged.
    """
    results: dict[tuple[str, str, str], Judged] = st.session_state.setdefault(_RESULTS, {})
    keys = [(run.id, source.name, source.sha256) for source in sources]
    new = {key: source for key, source in zip(keys, sources, strict=True) if key not in results}
    if new:
        with st.spinner("Loading the model; the first time this takes some seconds …"):
            predictor = _predictor(run.folder / "bundle")
        bar = st.progress(0.0)
        for done, (key, source) in enumerate(new.items()):
            bar.progress(done / len(new), text=f"Judging image {done + 1} of {len(new)}")
            results[key] = judge(predictor, source.name, source.read())
        bar.empty()
    found = [results[key] for key in keys]
    for key in list(results)[:-_REMEMBERED]:
        del results[key]
    return found


@remembered(3)
def _predictor(bundle: Path) -> "Predictor":
    from riskcore.learning.predictor import Predictor

    return Predictor.load(bundle)
