"""QR codes (ISO/IEC 18004) as PNG, with the quiet zone a scanner needs."""

from __future__ import annotations

import io

import segno

_ERROR_LEVEL = "m"
_SCALE, _BORDER = 6, 4


def qr_png(text: str) -> bytes:
    """Return the code of a text; equal texts give equal bytes."""
    output = io.BytesIO()
    segno.make_qr(text, error=_ERROR_LEVEL).save(output, kind="png", scale=_SCALE, border=_BORDER)
    return output.getvalue()
