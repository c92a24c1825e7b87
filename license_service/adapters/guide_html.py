"""A service guide as one page that loads nothing, in the style of reports: for a browser and a printer."""

from __future__ import annotations

from license_service.adapters.report_html import page
from license_service.services.catalogue.bundle_sheet import BundleSheet
from license_service.services.catalogue.guide_sheet import GuideSheet


def render_guide(sheet: GuideSheet) -> str:
    """Render a guide; everything in it is escaped."""
    return page("guide.html", sheet=sheet)


def render_bundle_guide(sheet: BundleSheet) -> str:
    """Render the guide of a bundle, likewise."""
    return page("bundle_guide.html", sheet=sheet)
