"""What `riskcore predict` prints: first what is not judged, then the calls."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from riskcore.cli.output import say, table
from riskcore.formats import NOTHING, RESEARCH_USE, percent

if TYPE_CHECKING:
    from riskcore.learning.bundle import Bundle
    from riskcore.learning.prediction import RiskPrediction
    from riskcore.words.images.reviews import Review

_COLUMNS = ("image", "class", "decision", "probability", "harm of it", "critical error", "likeliest missed")


def print_predictions(
    judged: "Sequence[tuple[str, RiskPrediction]]", bundle: "Bundle", reviews: "Mapping[str, Review]"
) -> None:
    """Images that are not judged with their reasons, the calls as a table, and what is to be known of the model.

    Args:
        judged: name of each image, and what is said of it. bundle: the model.
        reviews: name of an image -> what its reviewer says of the call; empty where none were asked for.
    """
    from riskcore.learning.prediction import is_call
    from riskcore.words.certificate import certified
    from riskcore.words.images.not_judged import counted, turned_away, why_not_judged
    from riskcore.words.missing_cases import caution_note

    rule = bundle.answer_rule
    if said := counted([prediction for _, prediction in judged]):
        say(said)
        for name, prediction in judged:
            if not is_call(prediction):
                say(f"  {name}: {why_not_judged(prediction)}")
        say("")
    rows = [
        [
            *(["model" if prediction.answered else "person"] if rule else []),
            name,
            prediction.predicted,
            prediction.decision,
            f"{prediction.probabilities[prediction.decision]:.2f}",
            f"{prediction.expected_severity[prediction.decision]:.2f}",
            percent(prediction.critical_probability),
            prediction.worst_miss or NOTHING,
            *([reviews[name].words or NOTHING] if reviews else []),
        ]
        for name, prediction in judged
        if is_call(prediction)
    ]
    if rows:
        table([*(["answer by"] if rule else []), *_COLUMNS, *(["reviewer"] if reviews else [])], rows)
    if said := caution_note(list(bundle.absent), bundle.note):
        say(said)
    if rule:
        say(certified(rule))
    say(turned_away(bundle))
    if bundle.provenance["synthetic"]:
        say("The model was trained on SYNTHETIC images: it knows nothing of patients.")
    say(RESEARCH_USE)
