"""A judged image on one sheet of paper."""

from base64 import b64encode
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from riskcore.foreign_text import printable
from riskcore.formats import RESEARCH_USE, SYNTHETIC, percent
from riskcore.learning.bundle import Bundle
from riskcore.learning.prediction import RiskPrediction, is_call
from riskcore.words.certificate import handover
from riskcore.words.images.not_judged import why_not_judged
from riskcore.words.images.reviews import Review, Reviewed
from riskcore.words.images.risk_level import risk_level
from riskcore.words.images.risk_note import advice, class_table, worst_miss
from riskcore.words.missing_cases import caution_note
from riskcore.words.whatif import dial_words

MOST_CLASSES = 10
"""Classes whose probability is on the sheet, the likeliest ones."""


@dataclass(frozen=True)
class Picture:
    """A picture of the sheet: the bytes of a PNG or JPEG, and what stands under it."""

    content: bytes
    caption: str


@dataclass(frozen=True)
class Case:
    """What a sheet is about.

    Attributes:
        key: which image, and whose call.
        prediction: what the model says of it.
        pictures: the image, and its class map where it is shown.
        model: what the training and its data set are called.
        review: what a reviewer said; where nothing was, the sheet leaves room to write it.
    """

    key: Reviewed
    prediction: RiskPrediction
    pictures: tuple[Picture, ...]
    model: str
    review: Review


def case_sheet(case: Case, bundle: Bundle, printed: datetime) -> str:
    """The sheet as HTML, an element `article` with the class `case-sheet`; `assets/case_sheet.css` is its style.

    Args:
        case: what it is about; its names may be anyone's.
        bundle: what judged the image.
        printed: the date on the sheet.
    """
    level = risk_level(case.prediction, bundle.matrix)
    parts = [
        f"<header><strong>riskcore</strong><span>{RESEARCH_USE}</span></header>",
        f'<p class="level" style="background:{level.colour}">{level.words}</p>',
        f'<div class="pictures">{"".join(map(_figure, case.pictures))}</div>',
        *_said(case.prediction, bundle),
        _facts(case, bundle, printed),
        _review(case.review),
    ]
    if bundle.provenance["synthetic"]:
        parts.append(f"<footer>{SYNTHETIC}</footer>")
    return f'<article class="case-sheet" lang="en">{"".join(parts)}</article>'


def _figure(picture: Picture) -> str:
    kind = "png" if picture.content.startswith(b"\x89PNG") else "jpeg"
    source = f"data:image/{kind};base64,{b64encode(picture.content).decode()}"
    caption = _text(picture.caption)
    return f'<figure><img src="{source}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'


def _said(prediction: RiskPrediction, bundle: Bundle) -> list[str]:
    """The call, what to do, and every class; of an image that is not judged only why."""
    if not is_call(prediction):
        what = risk_level(prediction, bundle.matrix).to_do
        return ["<h2>Not judged</h2>", _paragraph(f"{what}."), _paragraph(why_not_judged(prediction))]
    lines = [advice(prediction, bundle.matrix), handover(prediction, bundle.answer_rule)]
    lines.append(caution_note(bundle.absent, bundle.note))
    return [
        f"<h2>Model says {_text(prediction.decision)}</h2>",
        *(_paragraph(line) for line in lines if line),
        _classes(class_table(prediction).to_dict("records")),
        _paragraph(f"Most dangerous plausible miss: {worst_miss(prediction)}."),
    ]


def _classes(rows: list[dict[Hashable, Any]]) -> str:
    shown = [row for place, row in enumerate(rows) if place < MOST_CLASSES or row["called"]]
    lines = [
        f"<tr{' class=called' if row['called'] else ''}><td>{_text(row['class'])}</td>"
        f"<td>{percent(row['probability'])}</td><td>{row['harm']:.2f}</td></tr>"
        for row in shown
    ]
    if left := len(rows) - len(shown):
        lines.append(f'<tr><td colspan="3">and {left:,} less likely classes</td></tr>')
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Class", "Probability", "Average harm if called"))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _facts(case: Case, bundle: Bundle, printed: datetime) -> str:
    frame = "" if case.key.frame == "1" else f", image {case.key.frame} of the file"
    facts = {
        "Image": f"{case.key.image}{frame}",
        "SHA-256": case.key.sha256,
        "Model": case.model,
        "Run": case.key.run,
        "Caution": dial_words([bundle.dial]),
        "Printed": f"{printed:%Y-%m-%d %H:%M}",
    }
    return f"<dl>{''.join(f'<dt>{name}</dt><dd>{_text(value)}</dd>' for name, value in facts.items())}</dl>"


def _review(review: Review) -> str:
    if review:
        said = {True: "Reviewer agrees.", False: "Reviewer disagrees.", None: "Reviewer:"}[review.agree]
        return f'<p class="review"><strong>{said}</strong> {_text(review.note)}</p>'
    return '<p class="review open">Reviewer: ☐ agrees ☐ disagrees. Note:</p>'


def _paragraph(text: str) -> str:
    return f"<p>{_text(text)}</p>"


def _text(text: str) -> str:
    return escape(printable(" ".join(text.split())))
