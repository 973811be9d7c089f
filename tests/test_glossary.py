"""The words on the screens."""

from riskcore.glossary import GLOSSARY, tooltip
from riskcore.loss_names import BASELINES, FORMS

LOSSES = (*BASELINES, *FORMS)


def test_every_term_explains_itself_in_a_sentence() -> None:
    for key, term in GLOSSARY.items():
        assert term.plain[0].isupper() or term.plain[0].isdigit() or term.plain.split(",")[0] in LOSSES, key
        assert term.meaning.endswith("."), key
        assert len({other.plain for other in GLOSSARY.values()}) == len(GLOSSARY)


def test_a_tooltip_joins_several_terms() -> None:
    text = tooltip("accuracy", "cer")
    assert text.count("\n\n") == 1
    assert "critical error rate, CER" in text
