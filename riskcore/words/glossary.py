"""The words on the screens: the plain one, the technical one behind it, and what it means."""

from typing import NamedTuple


class Term(NamedTuple):
    """A notion as screens name it (`plain`), as the literature does (`technical`), and its meaning in a sentence."""

    plain: str
    technical: str
    meaning: str


GLOSSARY: dict[str, Term] = {
    "severity matrix": Term(
        "Severity matrix",
        "cost matrix M, rows = truth, columns = prediction",
        "how bad each confusion is; only the ratios between its numbers matter.",
    ),
    "critical error": Term(
        "Dangerous mistake",
        "critical error",
        "an error whose severity reaches the critical threshold, such as a melanoma called a naevus.",
    ),
    "critical class": Term(
        "Dangerous class",
        "critical class",
        "a class that can be missed dangerously: its row of the matrix holds a dangerous mistake.",
    ),
    "cer": Term(
        "Dangerous mistakes per 1,000",
        "critical error rate, CER",
        "dangerous mistakes among all cases.",
    ),
    "critical miss rate": Term(
        "Missed dangerous cases",
        "critical miss rate",
        "dangerous mistakes among the cases of dangerous classes.",
    ),
    "over-call rate": Term(
        "False alarms",
        "over-call rate",
        "harmless cases that are called dangerous, among all harmless cases (in bars per 1,000: among all cases): what "
        "caution costs.",
    ),
    "expected severity": Term(
        "Average harm",
        "expected severity",
        "the mean of the severity matrix over all cases; a right answer counts 0.",
    ),
    "accuracy": Term("Accuracy", "accuracy", "right answers among all cases."),
    "majority baseline": Term(
        "Always the commonest class",
        "majority baseline",
        "the accuracy of a model that always says the commonest class: anything useful lies above it.",
    ),
    "aversion": Term(
        "Caution",
        "risk dial, aversion a",
        "how much expected harm weighs against being right when the model decides: 0 takes the likeliest class by the "
        "corrected (calibrated) probabilities, 1 only avoids harm. “Without caution” is neither: it is the "
        "uncorrected model.",
    ),
    "rule": Term(
        "What caution avoids",
        "dial rule: severity or critical",
        "average harm, by the whole matrix, or dangerous mistakes alone.",
    ),
    "calibrated": Term(
        "Calibrated probability",
        "bias-corrected temperature scaling",
        "a probability corrected on validation cases, so that of all calls at 80 % about 80 % are right.",
    ),
    "argmax": Term(
        "Without caution",
        "argmax of the uncalibrated logits",
        "the likeliest class of the uncorrected model as it came out of training, as most reports give it. Caution 0 "
        "may differ: it takes the likeliest class once the probabilities were corrected (calibrated).",
    ),
    "operating point": Term(
        "Operating point",
        "dial chosen on validation for a wish",
        "the caution that serves a stated wish best on validation cases; what it does is read off the test cases.",
    ),
    "wish": Term(
        "Wish",
        "constraint of the operating point",
        "what you accept, e.g. at most 1 point less accuracy; the caution is chosen for it.",
    ),
    "frontier": Term(
        "What caution trades",
        "frontier, CER against accuracy",
        "how many dangerous mistakes are left at each accuracy as caution turns; lower and further right is better.",
    ),
    "equal accuracy": Term(
        "At equal accuracy",
        "CER at equal accuracy",
        "both models are held to the same accuracy before their dangerous mistakes are compared; else the less "
        "accurate one may only look safer.",
    ),
    "interval": Term(
        "95 % interval",
        "95 % confidence interval",
        "where the true value may well lie, given how few cases were seen.",
    ),
    "prevalence": Term(
        "Share of dangerous cases",
        "prevalence",
        "how many of 1,000 patients have a dangerous class; it differs between a clinic and a study.",
    ),
    "group": Term(
        "Patient, slide or lesion",
        "group, the unit of splits and resampling",
        "images of one patient belong together: they never stand in two parts of the data.",
    ),
    "validation": Term(
        "Validation cases",
        "validation part",
        "cases kept out of training on which everything is chosen: the caution, and which run is named.",
    ),
    "test": Term(
        "Test cases",
        "test part",
        "cases that neither training nor any choice has seen: what is counted on them may be believed.",
    ),
    "ce": Term("Plain training", "ce, cross-entropy", "it knows nothing of your severity matrix."),
    "focal": Term(
        "Focal training", "focal loss", "it dwells on hard cases; a usual baseline, without your severity matrix."
    ),
    "log_harm": Term(
        "Training with severity",
        "log_harm, margin, expected, barrier, reweight of strength s",
        "a mistake weighs in training as your severity matrix says, the more so from mild (s up to 1) over moderate "
        "(up to 9) to strong.",
    ),
    "risk level": Term(
        "Risk level",
        "probability of a critical error",
        "how likely the model's call on one image is a dangerous mistake, in three levels; a call of a dangerous class "
        "is a level of its own.",
    ),
    "run": Term("Training run", "run", "one training job: one setting, one seed."),
    "pool": Term(
        "Runs joined over seeds",
        "pool",
        "runs that differ only in seed and fold, judged together, since one seed proves nothing.",
    ),
    "seed": Term("Seed", "random seed", "the start of the random numbers; another seed gives another model."),
}


def tooltip(*keys: str) -> str:
    """The help text of a control or figure: technical term and meaning of each notion.

    Example:
        >>> tooltip("accuracy")
        'Accuracy: right answers among all cases.'
        >>> tooltip("cer")
        'Dangerous mistakes per 1,000 (critical error rate, CER): dangerous mistakes among all cases.'
    """
    return "\n\n".join(_described(GLOSSARY[key]) for key in keys)


def find(text: str) -> list[Term]:
    """The notions in whose names or meaning a text stands, in the order of the alphabet; all of them for no text.

    Example:
        >>> [term.plain for term in find(" over-call ")]
        ['False alarms']
    """
    sought = text.strip().lower()
    found = [term for term in GLOSSARY.values() if any(sought in words.lower() for words in term)]
    return sorted(found, key=lambda term: term.plain.lower())


def _described(term: Term) -> str:
    names = term.plain if term.technical == term.plain.lower() else f"{term.plain} ({term.technical})"
    return f"{names}: {term.meaning}"
