"""`/v1/cases/{id}/clock`: stop, start and extend the time in which the authority decides."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, jsonify
from flask_openapi import APIBlueprint

from license_service.api.routes.cases import SupplementHeader, asked_of
from license_service.api.schemas import ItemPath, ReasonRequest, SuspensionRequest
from license_service.services.cases.case_clocks import CaseClockService

_CASE: dict[str | int | HTTPStatus, Any] = {200: {"description": "The case after it."}}


def clock_routes(service: CaseClockService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("clocks", __name__, url_prefix="/v1/cases/<string:id>/clock")

    @routes.post("/suspensions", responses=_CASE)
    def suspend(path: ItemPath, header: SupplementHeader, body: SuspensionRequest) -> Response:
        """Stop the clock for a special procedure (行政许可法, art. 45)."""
        return jsonify(service.suspend(asked_of(path, header, body), body.procedure, body.reason))

    @routes.post("/resumptions", responses=_CASE)
    def resume(path: ItemPath, header: SupplementHeader, body: ReasonRequest) -> Response:
        """Let the clock run again."""
        return jsonify(service.resume(asked_of(path, header, body), body.reason))

    @routes.post("/extensions", responses=_CASE)
    def extend(path: ItemPath, header: SupplementHeader, body: ReasonRequest) -> Response:
        """Give the decision more time, once (行政许可法, art. 42 and 45)."""
        return jsonify(service.extend(asked_of(path, header, body), body.reason))

    return routes
