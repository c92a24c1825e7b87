"""A paper as one HTML page that loads nothing: for a browser and a printer."""

from __future__ import annotations

import base64

from license_service.adapters.qr_codes import qr_png
from license_service.adapters.report_html import page
from license_service.services.papers.sheet import PaperSheet


def render_paper_html(sheet: PaperSheet) -> str:
    """Render a paper; everything in it is escaped."""
    return page("paper.html", sheet=sheet, qr=base64.b64encode(qr_png(sheet.address)).decode())
