"""What people do about a promise, a debt, and the decision of a case, each with a reason."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, jsonify
from flask_openapi import APIBlueprint

from license_service.api.obligation_schemas import (
    DecisionRequest,
    FindingRequest,
    ObligationPath,
    OfficialRequest,
    RulingRequest,
)
from license_service.api.routes.cases import SupplementHeader, asked_of
from license_service.api.schemas import ItemPath, ReasonRequest
from license_service.services.cases.obligations import ObligationService

_CASE: dict[str | int | HTTPStatus, Any] = {200: {"description": "The case after it."}}


def obligation_routes(service: ObligationService) -> APIBlueprint:
    """Return the routes of what is promised and owed."""
    routes = APIBlueprint(
        "obligations", __name__, url_prefix="/v1/cases/<string:id>/obligations/<string:obligation>"
    )

    @routes.post("/findings", responses=_CASE)
    def find(path: ObligationPath, header: SupplementHeader, body: FindingRequest) -> Response:
        """Record what a clerk found about a promise."""
        asked = asked_of(path, header, body)
        return jsonify(service.find(asked, path.obligation, body.result, body.reason, body.officer))

    @routes.post("/objections", responses=_CASE)
    def object_to(path: ObligationPath, header: SupplementHeader, body: ReasonRequest) -> Response:
        """Object to a promise being found broken; nothing follows until it is ruled on."""
        return jsonify(service.object(asked_of(path, header, body), path.obligation, body.reason))

    @routes.post("/rulings", responses=_CASE)
    def rule(path: ObligationPath, header: SupplementHeader, body: RulingRequest) -> Response:
        """Rule on an objection."""
        asked = asked_of(path, header, body)
        return jsonify(service.rule(asked, path.obligation, body.ruling, body.reason, body.officer))

    @routes.post("/withdrawal", responses=_CASE)
    def withdraw(path: ObligationPath, header: SupplementHeader, body: ReasonRequest) -> Response:
        """Withdraw a promise before the decision; the material goes the ordinary way."""
        return jsonify(service.withdraw(asked_of(path, header, body), path.obligation, body.reason))

    @routes.post("/extension", responses=_CASE)
    def extend(path: ObligationPath, header: SupplementHeader, body: OfficialRequest) -> Response:
        """Give a debt more time, once, as the rule allows."""
        asked = asked_of(path, header, body)
        return jsonify(service.extend(asked, path.obligation, body.reason, body.officer))

    return routes


def decision_routes(service: ObligationService) -> APIBlueprint:
    """Return the route of the decision."""
    routes = APIBlueprint("decisions", __name__, url_prefix="/v1/cases/<string:id>")

    @routes.post("/decision", responses=_CASE)
    def decide(path: ItemPath, header: SupplementHeader, body: DecisionRequest) -> Response:
        """Record the decision on a case: never while something is owed."""
        return jsonify(service.decide(asked_of(path, header, body), body.result, body.reason, body.officer))

    return routes
