"""A report as PDF."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Image, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from license_service.adapters.pdf_text import LATIN, LINE, SOFT, marked_up, register_font, text_style
from license_service.adapters.seal_pictures import safe_picture
from license_service.services.verifying.report_sheet import CheckLine, Remark, Row, Sheet, SignatureSheet

_COLORS = {
    "TOTAL_PASSED": "#116329",
    "passed": "#116329",
    "TOTAL_FAILED": "#a40e26",
    "failed": "#a40e26",
    "INDETERMINATE": "#7a4d05",
    "undetermined": "#7a4d05",
}
_MARGIN = 15 * mm
_PADDING = 6
"""Points that reportlab's frame keeps free on each side."""
_WIDTH = A4[0] - 2 * (_MARGIN + _PADDING)
_SEAL = 30 * mm
_TITLE = "电子证照核验报告"
_COLUMNS = (("检查", "Check"), ("结果", "Result"), ("说明", "Why"), ("依据", "Clause"))
_FOOT = (
    "本页是 JSON 报告的展示，以摘要如上的报告为准；印章图样仅在签名通过核验时显示。",
    "This page shows the JSON report with the digest above, which decides.",
    "A seal is pictured only where its signature passed.",
)


_BODY, _SMALL = text_style(9), text_style(7.5, textColor=SOFT)
_HEAD = text_style(12, spaceBefore=5 * mm, spaceAfter=1.5 * mm)
_FIRST, _VERDICT = text_style(17, spaceAfter=3 * mm), text_style(14)
_GRID = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 3),
]


def render_pdf(sheet: Sheet) -> bytes:
    """Render a sheet; equal sheets give equal bytes."""
    register_font()
    output = io.BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), _MARGIN)
    template = SimpleDocTemplate(output, pagesize=A4, title=_TITLE, lang="zh-CN", invariant=1, **margins)
    template.build(_story(sheet), onFirstPage=_number, onLaterPages=_number)
    return output.getvalue()


def _story(sheet: Sheet) -> list[Any]:
    story = [_two(_FIRST, _TITLE, "Verification report of an electronic license"), _verdict(sheet)]
    if sheet.remarks:
        story.append(_two(_HEAD, "存在的问题和处理", "What is wrong, and what to ask for"))
        story.append(
            _table([[[_two(_SMALL, *remark.where), *_told(remark)]] for remark in sheet.remarks], [_WIDTH])
        )
    story += [_two(_HEAD, "文件", "Document"), _facts(sheet.document, _WIDTH)]
    if sheet.license:
        story.append(_two(_HEAD, "证照", "License, as the signed content says"))
        story.append(_facts(sheet.license, _WIDTH))
    for signature in sheet.signatures:
        story += _signature(signature)
    story += [_two(_HEAD, "核验依据", "What the verdict rests on"), _facts(sheet.basis, _WIDTH)]
    return [*story, Spacer(0, 4 * mm), *(Paragraph(marked_up(line), _SMALL) for line in _FOOT)]


def _verdict(sheet: Sheet) -> Table:
    color = _COLORS[sheet.outcome]
    more = " ".join(filter(None, (sheet.outcome_name[1], sheet.sub_indication)))
    small = f'<font size="10">{marked_up(more)}</font>'
    text = f'<font color="{color}">{marked_up(sheet.outcome_name[0])}  {small}</font>'
    box = [("BOX", (0, 0), (-1, -1), 1.5, HexColor(color)), ("BOTTOMPADDING", (0, 0), (-1, -1), 8)]
    return Table([[Paragraph(text, _VERDICT)]], [_WIDTH], style=TableStyle(box))


def _signature(signature: SignatureSheet) -> list[Any]:
    color = _COLORS[signature.outcome]
    title = (
        f"签名 {signature.number}：{marked_up(signature.kind[0])} {_english(signature.kind[1])} "
        f'<font color="{color}">{marked_up(signature.outcome_name[0])}</font>'
    )
    drawn = safe_picture(signature.picture) if signature.picture is not None else None
    width = _WIDTH - _SEAL - 4 * mm if drawn else _WIDTH
    rows = _facts(signature.rows, width) if signature.rows else Spacer(0, 0)
    beside = [Image(io.BytesIO(drawn), _SEAL, _SEAL, kind="proportional")] if drawn else []
    bare = TableStyle(
        [*_GRID[:1], ("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 0)]
    )
    columns = [width, _SEAL + 4 * mm] if drawn else [width]
    head = [Paragraph(_both(*names), _BODY) for names in _COLUMNS]
    checks = [head, *(line for check in signature.checks for line in _lines(check))]
    return [
        Paragraph(title, _HEAD),
        Table([[rows, *beside]], columns, style=bare),
        _table(checks, [32 * mm, 20 * mm, _WIDTH - 92 * mm, 40 * mm], repeatRows=1),
    ]


def _lines(check: CheckLine) -> list[list[Any]]:
    # One row a remark: a row is never split between pages.
    state = f'<font color="{_COLORS[check.outcome]}">{marked_up(check.outcome_name[0])}</font>'
    told: list[Any] = [_told(remark) for remark in check.remarks] or [""]
    first = [
        Paragraph(_both(*check.name), _BODY),
        Paragraph(state, _BODY),
        told[0],
        Paragraph(marked_up(check.clause), _SMALL),
    ]
    return [first, *[["", "", more, ""] for more in told[1:]]]


def _told(remark: Remark) -> list[Any]:
    lines = [f"{marked_up(remark.text.zh)} {_english(f'{remark.text.en} {remark.code}')}"]
    lines += [_english(remark.parts)] if remark.parts else []
    lines.append(f"→ {marked_up(remark.text.ask.zh)} {_english(remark.text.ask.en)}")
    return [Paragraph(line, _BODY) for line in lines]


def _facts(rows: Sequence[Row], width: float) -> Table:
    label = 45 * mm
    cells = [[Paragraph(_both(r.zh, r.en), _BODY), Paragraph(marked_up(r.value), _BODY)] for r in rows]
    return _table(cells, [label, width - label])


def _table(cells: list[list[Any]], widths: list[float], **more: Any) -> Table:  # noqa: ANN401 - reportlab is untyped
    return Table(cells, widths, style=TableStyle(_GRID), **more)


def _two(style: ParagraphStyle, zh: str, en: str) -> Paragraph:
    return Paragraph(_both(zh, en), style)


def _both(zh: str, en: str) -> str:
    return f"{marked_up(zh)} {_english(en)}"


def _english(text: str) -> str:
    return f'<font size="7.5" color="#59636e">{marked_up(text)}</font>'


def _number(canvas: Any, template: SimpleDocTemplate) -> None:  # noqa: ANN401 - reportlab is untyped
    canvas.setFont(LATIN, 8)
    canvas.drawCentredString(A4[0] / 2, _MARGIN / 2, str(template.page))
