"""The words on the screens."""

from riskcore.words.glossary import GLOSSARY, find, tooltip


def test_every_term_explains_itself_in_a_sentence() -> None:
    for key, term in GLOSSARY.items():
        assert term.plain[0].isupper() or term.plain[0].isdigit(), key
        assert term.meaning.endswith("."), key
        assert len({other.plain for other in GLOSSARY.values()}) == len(GLOSSARY)


def test_a_tooltip_joins_several_terms() -> None:
    text = tooltip("accuracy", "cer")
    assert text.count("\n\n") == 1
    assert "critical error rate, CER" in text


def test_a_word_is_found_by_its_plain_name_its_technical_one_or_its_meaning() -> None:
    assert GLOSSARY["cer"] in find("CER")
    assert find("average HARM")[0] == GLOSSARY["expected severity"]
    assert GLOSSARY["critical error"] in find("melanoma")
    assert find("no such word") == []


def test_without_a_text_all_words_stand_in_the_order_of_the_alphabet() -> None:
    every = find(" ")
    assert {term.plain for term in every} == {term.plain for term in GLOSSARY.values()}
    assert every[0] == GLOSSARY["interval"]
    assert every[-1] == GLOSSARY["argmax"]
