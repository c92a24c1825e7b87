"""Chinese in PDF: no line begins with what ends a clause."""

from __future__ import annotations

from typing import Any

import pytest
from reportlab.platypus import Paragraph

from license_service.adapters.pdf_text import marked_up, register_font, text_style

_WIDTH_POINTS, _SIZE = 400, 11.5


def _first_characters(text: str) -> list[str]:
    paragraph = Paragraph(marked_up(text), text_style(_SIZE))
    paragraph.wrap(_WIDTH_POINTS, 1000)
    lines: list[Any] = paragraph.blPara.lines
    texts = (line[1] if isinstance(line, tuple) else [word.text for word in line.words] for line in lines)
    return ["".join(text)[0] for text in texts]


@pytest.mark.parametrize("latin", ["", "GB/T 15834"], ids=["one font", "two fonts"])
@pytest.mark.parametrize("mark", list("，。、：；！？）》”"))
def test_no_line_begins_with_a_mark_that_ends_something(mark: str, latin: str) -> None:
    register_font()
    for count in range(1, 80):
        firsts = _first_characters(f"{latin}{'示' * count}{mark}{'例' * 50}")
        assert len(firsts) > 1
        assert mark not in firsts
