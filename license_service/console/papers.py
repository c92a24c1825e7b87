"""The page that a phone opens from the QR code of a paper: everything it marks, it computes itself."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from license_service.errors import ErasedError, NotFoundError
from license_service.services.papers.checks import PaperCheckService

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_LONGEST = 40
"""Of a code as typed, with whatever is between its groups."""


def paper_pages(checks: PaperCheckService) -> Blueprint:
    """Return the pages."""
    pages = Blueprint(
        "paper_pages",
        __name__,
        url_prefix="/console/papers",
        template_folder="templates",
        static_folder="static",
        static_url_path="/static",
    )

    @pages.get("")
    def ask() -> AnyResponse | str:
        """Ask for a code, or go on to the one typed."""
        code = request.args.get("code", "").strip()[:_LONGEST]
        if code:
            return redirect(url_for("paper_pages.show", code=code))
        return render_template("console/paper_ask.html", unknown=False)

    @pages.get("/<string:code>")
    def show(code: str) -> tuple[str, int]:
        """Hand over what is said of a paper, for the script to check."""
        try:
            answer = checks.look_up(code)
        except NotFoundError:
            return render_template("console/paper_ask.html", unknown=True), 404
        except ErasedError:
            return render_template("console/paper_ask.html", erased=True), 410
        return render_template("console/paper.html", answer=answer), 200

    @pages.after_request
    def restrict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return pages
