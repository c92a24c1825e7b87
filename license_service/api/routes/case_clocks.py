"""`/v1/cases/{id}/clock`: stop, start and extend the time in which the authority decides."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, jsonify
from flask_openapi import APIBlueprint

from license_service.api.access import caller
from license_service.api.idempotency import claim
from license_service.api.routes.cases import SupplementHeader
from license_service.api.schemas import ItemPath, ReasonRequest, SuspensionRequest
from license_service.services.case_clocks import CaseClockService

_CASE: dict[str | int | HTTPStatus, Any] = {200: {"description": "The case after it."}}


def clock_routes(service: CaseClockService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("clocks", __name__, url_prefix="/v1/cases/<string:id>/clock")

    @routes.post("/suspensions", responses=_CASE)
    def suspend(path: ItemPath, header: SupplementHeader, body: SuspensionRequest) -> Response:
        """Stop the clock for a special procedure (行政许可法, art. 45)."""
        asked = claim(header, body.model_dump_json().encode())
        return jsonify(
            service.suspend(caller(), path.id, body.procedure, body.reason, asked, header.version())
        )

    @routes.post("/resumptions", responses=_CASE)
    def resume(path: ItemPath, header: SupplementHeader, body: ReasonRequest) -> Response:
        """Let the clock run again."""
        asked = claim(header, body.model_dump_json().encode())
        return jsonify(service.resume(caller(), path.id, body.reason, asked, header.version()))

    @routes.post("/extensions", responses=_CASE)
    def extend(path: ItemPath, header: SupplementHeader, body: ReasonRequest) -> Response:
        """Give the decision more time, once (行政许可法, art. 42 and 45)."""
        asked = claim(header, body.model_dump_json().encode())
        return jsonify(service.extend(caller(), path.id, body.reason, asked, header.version()))

    return routes
