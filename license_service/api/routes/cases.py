"""`/v1/cases`: apply, hand in what is owed, and see what happened."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field

from license_service.api.access import caller
from license_service.api.idempotency import IdempotencyHeader, claim
from license_service.api.schemas import CaseRequest, ItemPath, SupplementRequest
from license_service.services.cases.case_changes import Asked
from license_service.services.cases.cases import CaseService
from license_service.services.proving.anchoring import AnchoringService


class SupplementHeader(IdempotencyHeader):
    """Name the request, and perhaps the version of the case it was made for."""

    if_match: str | None = Field(
        None,
        alias="If-Match",
        pattern=r'^"[0-9]{1,9}"$',
        description="The ETag of the case as read; where given, a case that has changed since is refused.",
    )

    def version(self) -> int | None:
        """Return the version named, if one is."""
        return int(self.if_match.strip('"')) if self.if_match else None


def asked_of(path: ItemPath, header: SupplementHeader, body: BaseModel) -> Asked:
    """Return who asks for a change of a case, in which version, and the claim to do it once.

    Raises:
        IdempotencyKeyMissingError: if the header is missing.
    """
    once = claim(header, body.model_dump_json().encode())
    return Asked(caller(), path.id, once, header.version())


def case_routes(service: CaseService, anchoring: AnchoringService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("cases", __name__, url_prefix="/v1/cases")

    @routes.post(
        "", responses={201: {"description": "The case, and the correction notice if one is needed."}}
    )
    def open_case(header: IdempotencyHeader, body: CaseRequest) -> tuple[Response, int, dict[str, str]]:
        """Assess an application and open its case."""
        anchoring.require_anchored()
        asked = claim(header, body.model_dump_json().encode())
        answer = service.open(caller(), body.to_input(body.matter_code), asked)
        return jsonify(answer), 201, {"Location": f"/v1/cases/{answer['id']}"}

    @routes.get("/<string:id>", responses={200: {"description": "The case."}})
    def get_case(path: ItemPath) -> Response:
        """Return a case."""
        case = service.get(caller(), path.id)
        response = jsonify(case)
        response.set_etag(str(case["version"]))
        return response

    @routes.get("/<string:id>/timeline", responses={200: {"description": "Its events in order."}})
    def get_timeline(path: ItemPath) -> Response:
        """Return what happened to a case."""
        return jsonify({"events": service.timeline(caller(), path.id)})

    @routes.post(
        "/<string:id>/supplements", responses={200: {"description": "The finding, and the case after it."}}
    )
    def supplement(path: ItemPath, header: SupplementHeader, body: SupplementRequest) -> Response:
        """Hand in what is owed; what does not satisfy leaves the debt open and says why."""
        asked = claim(header, body.model_dump_json().encode())
        return jsonify(service.supplement(caller(), path.id, body.to_input(), asked, header.version()))

    return routes
