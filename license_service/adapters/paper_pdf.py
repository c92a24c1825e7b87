"""A paper as PDF in the form of official papers: centered title, number, body, place for the seal, date."""

from __future__ import annotations

import io
from typing import Any

from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from license_service.adapters.pdf_text import LATIN, LINE, SOFT, marked_up, register_font, text_style
from license_service.adapters.qr_codes import qr_png
from license_service.services.papers.sheet import PaperSheet

_MARGIN = 22 * mm
_PADDING = 6
"""Points that reportlab's frame keeps free on each side."""
_WIDTH = A4[0] - 2 * (_MARGIN + _PADDING)
_QR = 34 * mm
_TITLE = text_style(20, alignment=TA_CENTER, spaceAfter=2 * mm)
_NUMBER = text_style(11, alignment=TA_CENTER, spaceAfter=5 * mm)
_HEAD = text_style(12, spaceBefore=3 * mm, spaceAfter=1 * mm)
_BODY, _SMALL = text_style(11, leading=18), text_style(8, textColor=SOFT)
_CENTERED = text_style(11.5, alignment=TA_CENTER)
_HINT = "扫描二维码，或者在核验页面输入核验码，可核对本文书是否由本机关出具、是否仍然有效。"


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
    story: list[Any] = [
        Paragraph(marked_up(sheet.authority), _TITLE),
        Paragraph(marked_up(sheet.title), _TITLE),
        Paragraph(marked_up(sheet.number), _NUMBER),
        *(Paragraph(f"{marked_up(row.zh)}：{marked_up(row.value)}", _BODY) for row in sheet.to),
        Spacer(0, 3 * mm),
    ]
    for section in sheet.sections:
        if section.heading:
            story.append(Paragraph(marked_up(section.heading), _HEAD))
        story += [Paragraph(marked_up(line), _BODY) for line in section.lines]
    address = Paragraph(marked_up(sheet.address), _SMALL)
    return [*story, Spacer(0, 6 * mm), KeepTogether([_foot(sheet), address, Paragraph(_HINT, _SMALL)])]


def _foot(sheet: PaperSheet) -> Table:
    by_applicant = sheet.signed_by == "applicant"
    who, place = ("承诺人（签字或者盖章）：", "") if by_applicant else (sheet.authority, "（印章）")
    picture = Image(io.BytesIO(qr_png(sheet.address)), _QR, _QR)
    right = [Paragraph(marked_up(text), _CENTERED) for text in (who, place, sheet.date)]
    cells = [
        ["", right[0]],
        [picture, right[1]],
        [Paragraph(f"核验码：{marked_up(sheet.code)}", _CENTERED), right[2]],
    ]
    style = [
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("ALIGN", (0, 0), (0, -1), "CENTER"),
        ("BOX", (1, 1), (1, 1), 0.5, LINE),
    ]
    return Table(cells, [_WIDTH / 2, _WIDTH / 2], [None, _QR, None], style=TableStyle(style))


def _number(canvas: Any, template: SimpleDocTemplate) -> None:  # noqa: ANN401 - reportlab is untyped
    canvas.setFont(LATIN, 8)
    canvas.drawCentredString(A4[0] / 2, _MARGIN / 2, str(template.page))
