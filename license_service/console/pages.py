"""Render the catalogue from the same entries that decide."""

from __future__ import annotations

from flask import Blueprint, render_template

from license_service.services.catalogue.guide_sheet import UNITS
from license_service.services.catalogue.matters import MatterService


def console_pages(matters: MatterService) -> Blueprint:
    """Return the pages."""
    pages = Blueprint("console", __name__, url_prefix="/console", template_folder="templates")

    @pages.get("/")
    def index() -> str:
        """Show every matter in effect, with its materials."""
        guides = [matters.get(matter["code"]) for matter in matters.all()]
        return render_template("console/index.html", guides=guides, units=UNITS)

    return pages
