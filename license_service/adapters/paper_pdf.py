"""A paper as PDF in the form of official papers: title, number, addressee, body, who issued it and when.

Clause: GB/T 9704-2012, 7.2 and 7.3 (number centered, addressee flush left, paragraphs indented by two
characters, name and date at the lower right with the seal over both, never alone on a page).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import (
    Flowable,
    HRFlowable,
    Image,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from license_service.adapters.pdf_text import INK, LATIN, LINE, SOFT, marked_up, register_font, text_style
from license_service.adapters.qr_codes import qr_png
from license_service.services.papers.forms import Section
from license_service.services.papers.sheet import CHECK_HINT, SEAL_HINT, PaperSheet

_MARGIN = 19 * mm
_PADDING = 6
"""Points that reportlab's frame keeps free on each side."""
_WIDTH = A4[0] - 2 * (_MARGIN + _PADDING)
_QR = 28 * mm
_SEAL = 42 * mm
"""Diameter of the seal of a county's authority. Clause: 国发〔1999〕25号."""
_SIGNED_WIDTH = 90 * mm
_SIZE = 11.5
_TITLE = text_style(22, alignment=TA_CENTER, spaceAfter=2 * mm)
_AUTHORITY = text_style(16, alignment=TA_CENTER, spaceAfter=2 * mm)
_NUMBER = text_style(_SIZE, alignment=TA_CENTER, spaceAfter=3 * mm)
_HEAD = text_style(12.5, spaceBefore=2 * mm, spaceAfter=0.5 * mm)
_BODY = text_style(_SIZE, leading=17, firstLineIndent=2 * _SIZE)
_FLUSH, _FACT = text_style(_SIZE, leading=18, spaceBefore=2 * mm), text_style(10.5, leading=15)
_DIGEST = re.compile("sha256:[0-9a-f]{64}")
_CENTERED, _SMALL = text_style(_SIZE, alignment=TA_CENTER), text_style(8, textColor=SOFT)
_PLACE = text_style(8, alignment=TA_CENTER, textColor=SOFT)


def render_paper_pdf(sheet: PaperSheet) -> bytes:
    """Render a paper; equal papers give equal bytes."""
    register_font()
    output = io.BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), _MARGIN)
    title = f"{sheet.title} {sheet.number}"
    template = SimpleDocTemplate(output, pagesize=A4, title=title, lang="zh-CN", invariant=1, **margins)
    template.build(_story(sheet), onFirstPage=_number, onLaterPages=_number)
    return output.getvalue()


def _story(sheet: PaperSheet) -> list[Any]:
    *others, last = sheet.sections
    return [
        Paragraph(marked_up(sheet.authority), _AUTHORITY),
        Paragraph(marked_up(sheet.title), _TITLE),
        Paragraph(marked_up(sheet.number), _NUMBER),
        HRFlowable(width="100%", thickness=0.8, color=INK, spaceAfter=3 * mm),
        *(Paragraph(f"{marked_up(row.zh)}：{marked_up(row.value)}", _FACT) for row in sheet.to),
        Paragraph(f"{marked_up(sheet.addressee)}：", _FLUSH),
        *(paragraph for section in others for paragraph in _section(section)),
        # Name, date and seal never stand on a page without text.
        KeepTogether([*_section(last), Spacer(0, 3 * mm), _Signed(sheet), *_check(sheet)]),
    ]


def _section(section: Section) -> Iterator[Any]:
    if section.heading:
        yield Paragraph(marked_up(section.heading), _HEAD)
    yield from (Paragraph(_in_line(line), _BODY) for line in section.lines)


def _in_line(line: str) -> str:
    """Return a line in which digests, which nobody reads aloud, stand small."""
    return _DIGEST.sub(r'<font size="7.5">\g<0></font>', marked_up(line))


class _Signed(Flowable):  # type: ignore[misc] # reportlab is untyped
    """Draw who signs and when, at the lower right, with the place where the authority sets its seal.

    The place is a broken line that says what it is: a seal is set by who keeps it, and never drawn here.
    """

    def __init__(self, sheet: PaperSheet) -> None:
        super().__init__()
        self.width, self.height = _WIDTH, _SEAL + 3 * mm
        self._by_applicant = sheet.signed_by == "applicant"
        who = "承诺人（签字或者盖章）：" if self._by_applicant else sheet.authority
        self._who, self._date = marked_up(who), marked_up(sheet.date)

    def draw(self) -> None:
        """Draw it."""
        left, middle = self.width - _SIGNED_WIDTH, _SEAL / 2
        canvas = self.canv
        canvas.setStrokeColor(LINE)
        if self._by_applicant:
            canvas.line(left + 12 * mm, middle - 3 * mm, self.width - 12 * mm, middle - 3 * mm)
        else:
            canvas.setDash(2, 2)
            canvas.circle(left + _SIGNED_WIDTH / 2, middle, _SEAL / 2)
            self._write("（印章处）", _PLACE, left, 4 * mm)
        self._write(self._who, _CENTERED, left, middle + (12 if self._by_applicant else 2) * mm)
        self._write(self._date, _CENTERED, left, middle - (12 if self._by_applicant else 8) * mm)

    def _write(self, text: str, style: Any, x: float, y: float) -> None:  # noqa: ANN401 - reportlab is untyped
        paragraph = Paragraph(text, style)
        paragraph.wrapOn(self.canv, _SIGNED_WIDTH, self.height)
        paragraph.drawOn(self.canv, x, y)


def _check(sheet: PaperSheet) -> list[Any]:
    """Return how whoever holds the paper checks it."""
    picture = Image(io.BytesIO(qr_png(sheet.address)), _QR, _QR)
    told = [Paragraph(f"核验码：{marked_up(sheet.code)}", _FACT)]
    told += [Paragraph(marked_up(text), _SMALL) for text in (CHECK_HINT, SEAL_HINT, sheet.address)]
    style = [("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (0, 0), 0)]
    rule = HRFlowable(width="100%", thickness=0.5, color=LINE, spaceAfter=1 * mm)
    return [rule, Table([[picture, told]], [_QR + 4 * mm, _WIDTH - _QR - 4 * mm], style=TableStyle(style))]


def _number(canvas: Any, template: SimpleDocTemplate) -> None:  # noqa: ANN401 - reportlab is untyped
    canvas.setFont(LATIN, 9)
    canvas.drawCentredString(A4[0] / 2, _MARGIN / 2, f"\N{EM DASH} {template.page} \N{EM DASH}")
