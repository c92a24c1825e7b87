"""`/v1/credit-records`: what counts against applicants, and how it is objected to and repaired."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, jsonify
from flask_openapi import APIBlueprint

from license_service.api.access import caller
from license_service.api.idempotency import IdempotencyHeader, claim
from license_service.api.obligation_schemas import (
    CreditEntryRequest,
    CreditSearch,
    OfficialRequest,
    RulingRequest,
)
from license_service.api.schemas import ItemPath, ReasonRequest
from license_service.services.cases.credit import CreditService

_RECORD: dict[str | int | HTTPStatus, Any] = {200: {"description": "The record after it."}}


def credit_routes(service: CreditService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("credit", __name__, url_prefix="/v1/credit-records")

    @routes.post("", responses={201: {"description": "The record."}})
    def enter(header: IdempotencyHeader, body: CreditEntryRequest) -> tuple[Response, int, dict[str, str]]:
        """Enter that an applicant is listed for serious dishonesty."""
        asked = claim(header, body.model_dump_json().encode())
        record = service.enter(caller(), body.to_input(), asked)
        return jsonify(record), 201, {"Location": f"/v1/credit-records/{record['id']}"}

    @routes.post("/searches", responses={200: {"description": "The records, the oldest first."}})
    def search(body: CreditSearch) -> Response:
        """Return every record of an applicant, whose id is in the body and in no address."""
        return jsonify({"records": service.search(caller(), body.applicant_id)})

    @routes.get("/<string:id>", responses={200: {"description": "The record."}})
    def get_record(path: ItemPath) -> Response:
        """Return a record."""
        return jsonify(service.get(caller(), path.id))

    @routes.post("/<string:id>/repair", responses=_RECORD)
    def repair(path: ItemPath, header: IdempotencyHeader, body: OfficialRequest) -> Response:
        """End what counts against the applicant, because it was made good (信用修复)."""
        asked = claim(header, body.model_dump_json().encode())
        return jsonify(service.repair(caller(), path.id, body.reason, body.officer, asked))

    @routes.post("/<string:id>/objections", responses=_RECORD)
    def object_to(path: ItemPath, header: IdempotencyHeader, body: ReasonRequest) -> Response:
        """Object to a record; it counts until it is ruled on."""
        asked = claim(header, body.model_dump_json().encode())
        return jsonify(service.object(caller(), path.id, body.reason, asked))

    @routes.post("/<string:id>/rulings", responses=_RECORD)
    def rule(path: ItemPath, header: IdempotencyHeader, body: RulingRequest) -> Response:
        """Rule on an objection."""
        asked = claim(header, body.model_dump_json().encode())
        return jsonify(service.rule(caller(), path.id, body.ruling, body.reason, body.officer, asked))

    return routes
