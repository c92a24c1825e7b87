"""Chinese text in PDF without a font file: it names Adobe's STSong-Light, which readers supply."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import textsplit
from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.platypus import paragraph

LATIN = "Helvetica"
INK, SOFT, LINE = HexColor(0x1C2126), HexColor(0x59636E), HexColor(0xC9D0D6)
_SONG = "STSong-Light"
_LARGEST_UCS2 = 0xFFFF
_ASCII = re.compile(r"[!-~][ -~]{2,}")
"""Not shorter: each change of font costs time, and a hostile value could change it at every character."""


_NEVER_FIRST = "，：；！？〉》』”’"
"""Beside what reportlab knows of Japanese. Clause: GB/T 15834-2011, 5.1.1 and 5.1.3."""


@cache
def register_font() -> None:
    """Tell reportlab of the font, and of what begins no line in Chinese, once."""
    registerFont(UnicodeCIDFont(_SONG))
    for splitter in (textsplit, paragraph):  # for one font and for several
        splitter.ALL_CANNOT_START += _NEVER_FIRST


def text_style(size: float, **more: Any) -> ParagraphStyle:  # noqa: ANN401 - reportlab is untyped
    """Return a style in which Chinese breaks anywhere, and so does a digest."""
    plain = {"fontName": _SONG, "leading": size * 1.4, "wordWrap": "CJK", "textColor": INK}
    return ParagraphStyle(f"song-{size}", fontSize=size, **{**plain, **more})


def marked_up(text: str) -> str:
    """Return text for a paragraph, escaped."""
    # The encoding of the font ends at U+FFFF; a rarer character is marked as missing, not dropped.
    shown = "".join(c if c.isprintable() and ord(c) <= _LARGEST_UCS2 else "〓" for c in text)
    # What stands in for STSong-Light has Latin letters of other widths; Helvetica's are the same everywhere.
    return _ASCII.sub(rf'<font name="{LATIN}">\g<0></font>', escape(shown))
