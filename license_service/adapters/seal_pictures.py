"""Seal pictures are hostile input: decoded within bounds by one library, and drawn anew as PNG."""

from __future__ import annotations

import io
import warnings

from PIL import Image

MAX_PICTURE_BYTES = 1024 * 1024
"""A seal with its picture is below 200 kB."""
MAX_PICTURE_PIXELS = 2_000 * 2_000
"""40 mm at 1,200 dpi; 16 MB decoded."""
_LARGEST = (480, 480)
"""Pixels drawn: 40 mm at 300 dpi."""
_STARTS = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"BM": "BMP",
}


def safe_picture(data: bytes) -> bytes | None:
    """Return the picture as a PNG of our own making, or None where it is no PNG, JPEG, GIF or BMP.

    An OFD inside a seal is not drawn: it is a document, with all that a document can do.
    """
    kind = next((name for start, name in _STARTS.items() if data.startswith(start)), None)
    if kind is None or len(data) > MAX_PICTURE_BYTES:
        return None
    try:
        return _redraw(data, kind)
    except Exception:  # noqa: BLE001 - the one call into Pillow, which raises many types on hostile pictures
        return None


def _redraw(data: bytes, kind: str) -> bytes | None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Image.open(io.BytesIO(data), formats=[kind]) as picture:
            if picture.width * picture.height > MAX_PICTURE_PIXELS:
                return None
            drawn = picture.convert("RGBA")
    drawn.thumbnail(_LARGEST)
    output = io.BytesIO()
    drawn.save(output, "PNG")
    return output.getvalue()
