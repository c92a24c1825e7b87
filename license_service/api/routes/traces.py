"""`/v1/cases/{id}/trace`: from the outcome backwards."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field

from license_service.api.access import caller
from license_service.api.schemas import ItemPath
from license_service.services.cases.traces import TraceService


class TraceQuery(BaseModel):
    """Cut a trace off, to see what could be seen then."""

    until: int | None = Field(None, ge=1, le=10**6, description="Number of the last event to be seen.")


def trace_routes(service: TraceService) -> APIBlueprint:
    """Return the route."""
    routes = APIBlueprint("traces", __name__, url_prefix="/v1/cases")

    @routes.get("/<string:id>/trace", responses={200: {"description": "Its steps, the last first."}})
    def get_trace(path: ItemPath, query: TraceQuery) -> Response:
        """Return each step backwards: who acted, how long was waited, by which rule, on what evidence."""
        return jsonify(service.get(caller(), path.id, query.until))

    return routes
