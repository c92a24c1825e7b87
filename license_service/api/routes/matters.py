"""`/v1/matters`: what is asked for, and what would become of an application."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi import APIBlueprint

from license_service.api.access import caller
from license_service.api.pages import ALONE
from license_service.api.schemas import MatterPath, WalkthroughRequest
from license_service.services.accepting.walkthroughs import WalkthroughService
from license_service.services.catalogue.matters import MatterService


def matter_routes(matters: MatterService, walkthroughs: WalkthroughService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("matters", __name__, url_prefix="/v1/matters")

    @routes.get("", responses={200: {"description": "Every matter in effect."}})
    def list_matters() -> Response:
        """List the matters in effect today."""
        return jsonify({"matters": matters.all(caller())})

    @routes.get("/<string:code>", responses={200: {"description": "The matter's guide."}})
    def get_matter(path: MatterPath) -> Response:
        """Return every material of a matter, every way to satisfy it, and each legal basis."""
        return jsonify(matters.get(path.code, caller()))

    @routes.get("/<string:code>/guide.html", responses={200: {"description": "The guide as a page."}})
    def get_guide(path: MatterPath) -> tuple[str, dict[str, str]]:
        """Return the same guide as a page to read or print, Chinese first."""
        return matters.html(path.code, caller()), ALONE

    @routes.post("/<string:code>/walkthroughs", responses={200: {"description": "What would become of it."}})
    def walk_through(path: MatterPath, body: WalkthroughRequest) -> Response:
        """Say the whole way of an application, step by step; stores nothing."""
        return jsonify(walkthroughs.of_matter(caller(), path.code, body.to_input(path.code)))

    return routes
