"""A report as one HTML page that loads nothing: fit for a browser, a printer and an archive."""

from __future__ import annotations

import base64
import hashlib

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from license_service.adapters.seal_pictures import safe_picture
from license_service.services.verifying.report_sheet import Sheet

_TEMPLATES = Environment(
    loader=PackageLoader(__package__), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def render_html(sheet: Sheet) -> str:
    """Render a sheet; everything in it is escaped."""
    pictures = {signature.number: _base64(signature.picture) for signature in sheet.signatures}
    return page("report.html", sheet=sheet, pictures=pictures)


def page(template: str, **values: object) -> str:
    """Render a template in the style of reports, with the policy that allows it nothing else."""
    return _TEMPLATES.get_template(template).render(
        **values, policy=content_security_policy(), style=_style()
    )


def content_security_policy() -> str:
    """Return the policy that allows the page its own style and pictures, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _style() -> Markup:
    return Markup(_TEMPLATES.get_template("report.css").render())  # noqa: S704 - a file of ours without values


def _base64(picture: bytes | None) -> str:
    drawn = safe_picture(picture) if picture is not None else None
    return base64.b64encode(drawn).decode() if drawn else ""
