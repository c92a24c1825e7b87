"""A paper as one HTML page that loads nothing: for a browser and a printer."""

from __future__ import annotations

import base64

from license_service.adapters.qr_codes import qr_png
from license_service.adapters.report_html import page
from license_service.services.papers.sheet import CHECK_HINT, SEAL_HINT, PaperSheet


def render_paper_html(sheet: PaperSheet) -> str:
    """Render a paper; everything in it is escaped."""
    qr = base64.b64encode(qr_png(sheet.address)).decode()
    return page("paper.html", sheet=sheet, qr=qr, check_hint=CHECK_HINT, seal_hint=SEAL_HINT)
