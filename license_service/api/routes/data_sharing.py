"""`/v1/data-sharing`: who shares what with us, in which form, and how well it works."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi import APIBlueprint

from license_service.api.access import caller
from license_service.services.sharing.data_sharing import DataSharingService


def data_sharing_routes(service: DataSharingService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("data_sharing", __name__, url_prefix="/v1/data-sharing")

    @routes.get("/lists", responses={200: {"description": "Sharing, standards and operations."}})
    def get_lists() -> Response:
        """Return the sharing list, the standards list and the operations list, from the live system."""
        return jsonify(service.lists(caller()))

    return routes
