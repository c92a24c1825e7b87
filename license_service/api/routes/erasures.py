"""`/v1/erasures`: erase what names a person, and keep the proof of what was done."""

from __future__ import annotations

from typing import Annotated, Self

from flask import Response, jsonify
from flask_openapi import APIBlueprint
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from license_service.api.access import caller
from license_service.api.idempotency import IdempotencyHeader, claim
from license_service.api.obligation_schemas import Officer
from license_service.api.schemas import Closed, HolderId
from license_service.domain.identifiers import is_citizen_id
from license_service.domain.retention import ErasureReason
from license_service.services.erasing.erasures import ErasureRequest, ErasureService

_ID_LENGTH = 18


def _names_nobody(value: str) -> str:
    # It goes into the log, which nobody can take it out of again.
    windows = (value[i : i + _ID_LENGTH].upper() for i in range(len(value) - _ID_LENGTH + 1))
    if any(map(is_citizen_id, windows)):
        raise ValueError("the basis is in the log: it names a rule, never a person")
    return value


class ErasureBody(Closed):
    """Say what to erase, one dossier or everything of one person, and on what grounds."""

    dossier: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] | None = Field(
        None, description="Id of a case, verification, batch, application for a bundle, or credit record."
    )
    applicant_id: HolderId | None = Field(None, description="Everything that names this person or unit.")
    reason: ErasureReason
    basis: Annotated[
        str,
        StringConstraints(min_length=1, max_length=300),
        AfterValidator(_names_nobody),
        Field(description="The rule it rests on; it is in the log."),
    ]
    officer: Officer

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if (self.dossier is None) is (self.applicant_id is None):
            raise ValueError("name either `dossier` or `applicant_id`")
        return self

    def to_input(self) -> ErasureRequest:
        """Return the use case's input."""
        return ErasureRequest(
            self.reason, self.basis, self.officer, self.dossier or "", self.applicant_id or ""
        )


def erasure_routes(service: ErasureService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("erasures", __name__, url_prefix="/v1/erasures")

    @routes.post("", responses={201: {"description": "What was erased, and the events that say so."}})
    def erase(header: IdempotencyHeader, body: ErasureBody) -> tuple[Response, int]:
        """Destroy keys and salts of what names a person: all of it, or nothing where some must be kept."""
        asked = claim(header, body.model_dump_json().encode())
        return jsonify(service.erase(caller(), body.to_input(), asked)), 201

    return routes
