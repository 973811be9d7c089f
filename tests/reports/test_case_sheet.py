from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser

from riskcore.decision.calibration import Calibration
from riskcore.decision.dial import Dial
from riskcore.formats import RESEARCH_USE, SYNTHETIC
from riskcore.learning.bundle import Bundle
from riskcore.learning.prediction import Call, not_judged
from riskcore.reports.case_sheet import MOST_CLASSES, Case, Picture, case_sheet
from riskcore.severity import SeverityMatrix
from riskcore.words.images.reviews import Review, reviewed
from riskcore.words.images.risk_level import HIGH, STRANGE

CLASSES = ("naevus", "<b>melanoma</b>", *(f"rare {number}" for number in range(20)))
VALUES = [[0 if a == b else 10 if a == 1 else 2 for b in range(22)] for a in range(22)]
BUNDLE = Bundle(
    classes=CLASSES,
    matrix=SeverityMatrix(CLASSES, VALUES, critical=10),
    model="none",
    stages=None,
    preprocessing={},
    calibration=Calibration.identity(22),
    dial=Dial("severity", 0.9),
    provenance={"run": "r1", "synthetic": False, "data": "lesions"},
)
SHARES = dict(zip(CLASSES, (0.6, 0.3, *[0.005] * 20), strict=True))
CALL = Call("naevus", "naevus", SHARES, dict.fromkeys(CLASSES, 2.0), CLASSES[1], 0.3)
KEY = reviewed('"><script>alert(1)</script>.png', "e3b0c442", BUNDLE)
PICTURE = Picture(b"\xff\xd8\xff", 'a"b.png')
PRINTED = datetime(2026, 11, 30, 9, 5)


class Read(HTMLParser):
    """The elements and the text of a sheet."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.said: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.said)


def test_a_sheet_holds_what_a_person_needs_to_know() -> None:
    pictures = (PICTURE, Picture(b"\x89PNG", "Map of naevus"))
    html = case_sheet(Case(KEY, CALL, pictures, "with severity, lesions", Review()), BUNDLE, PRINTED)
    sheet = Read(html)
    for said in (
        RESEARCH_USE,
        HIGH.words,
        "Model says naevus",
        f"{HIGH.to_do}: with a probability of 30.0 % it is a class",
        "60.0 %",
        "Most dangerous plausible miss: <b>melanoma</b> (30.0 %).",
        "e3b0c442",
        "with severity, lesions",
        "r1",
        "0.90 against average harm",
        "2026-11-30 09:05",
        "☐ agrees ☐ disagrees",
    ):
        assert said in sheet.text
    assert SYNTHETIC not in sheet.text
    assert sheet.tags.count("img") == 2
    assert html.count("data:image/jpeg;base64,/9j/") == html.count("data:image/png;base64,") == 1
    assert sheet.tags.count("tr") == 1 + MOST_CLASSES + 1  # the last one says how many were left out
    assert "and 12 less likely classes" in sheet.text


def test_names_of_others_are_no_markup() -> None:
    sheet = Read(case_sheet(Case(KEY, CALL, (PICTURE,), "<i>x</i>", Review(True, "<u>n</u>")), BUNDLE, PRINTED))
    assert not {"script", "b", "i", "u"} & set(sheet.tags)
    assert "Reviewer agrees." in sheet.text
    assert "<u>n</u>" in sheet.text


def test_of_an_image_that_is_not_judged_there_is_no_probability() -> None:
    synthetic = replace(BUNDLE, provenance={**BUNDLE.provenance, "synthetic": True})
    case = Case(KEY, not_judged(["blank"]), (PICTURE,), "plain, lesions", Review(False, "not blank"))
    sheet = Read(case_sheet(case, synthetic, PRINTED))
    assert "table" not in sheet.tags
    assert STRANGE.words in sheet.text
    assert "Not judged: it is blank." in sheet.text
    assert "Reviewer disagrees." in sheet.text
    assert SYNTHETIC in sheet.text
