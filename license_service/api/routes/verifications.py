"""`/v1/verifications`: is this document genuine?"""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, jsonify, request
from flask_openapi import APIBlueprint

from license_service.api.access import caller
from license_service.api.idempotency import IdempotencyHeader, optional_claim
from license_service.api.metrics import VERDICTS
from license_service.api.pages import ALONE
from license_service.api.schemas import ItemPath, VerificationRequest
from license_service.errors import DocumentTooLargeError, InvalidRequestError
from license_service.services.reports import ReportService
from license_service.services.verifications import VerificationService
from license_service.verification.limits import MAX_DOCUMENT_BYTES
from license_service.verification.presentation import Presentation

_FIELDS = {"validation_time", "holder"}
_TEXT: dict[str, Any] = {"type": "string"}
_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["document"],
                "properties": {
                    "document": {**_TEXT, "contentEncoding": "base64"},
                    "validation_time": {**_TEXT, "format": "date-time"},
                    "holder": _TEXT,
                },
            }
        },
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {**_TEXT, "format": "binary"},
                    "validation_time": {**_TEXT, "format": "date-time"},
                    "holder": _TEXT,
                },
            }
        },
    },
}


def verification_routes(service: VerificationService, reports: ReportService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("verifications", __name__, url_prefix="/v1/verifications")

    @routes.post("", request_body=_BODY, responses={201: {"description": "The verdict, kept under `id`."}})
    def verify(header: IdempotencyHeader) -> tuple[Response, int, dict[str, str]]:
        """Verify a document, sent as multipart `file` or as JSON with base64."""
        asked = _read()
        answer = service.verify(
            caller(),
            asked.document,
            validation_time=asked.validation_time,
            presentation=Presentation(holder=asked.holder),
            claim=optional_claim(header, _fingerprint(asked)),
        )
        VERDICTS.labels(answer["report"]["format"], answer["report"]["indication"]).inc()
        return jsonify(answer), 201, {"Location": f"/v1/verifications/{answer['id']}"}

    @routes.get("/<string:id>", responses={200: {"description": "The verdict as it was given."}})
    def get_verification(path: ItemPath) -> Response:
        """Return a verdict given before."""
        return jsonify(service.get(caller(), path.id))

    @routes.get("/<string:id>/report.html", responses={200: {"description": "The verdict as a page."}})
    def get_report_html(path: ItemPath) -> tuple[str, dict[str, str]]:
        """Return a verdict as a page in Chinese and English; it says itself what it may load."""
        return reports.html(caller(), path.id), ALONE

    @routes.get("/<string:id>/report.pdf", responses={200: {"description": "The verdict on paper."}})
    def get_report_pdf(path: ItemPath) -> Response:
        """Return a verdict as PDF."""
        return Response(reports.pdf(caller(), path.id), mimetype="application/pdf", headers=ALONE)

    return routes


def _read() -> VerificationRequest:
    if request.mimetype != "multipart/form-data":
        return VerificationRequest.model_validate(request.get_json())
    files, unknown = request.files.getlist("file"), request.form.keys() - _FIELDS
    if len(files) != 1 or len(request.files) != 1 or unknown:
        raise InvalidRequestError("multipart takes one `file`, and `validation_time` and `holder`")
    document = files[0].stream.read(MAX_DOCUMENT_BYTES + 1)
    if len(document) > MAX_DOCUMENT_BYTES:
        raise DocumentTooLargeError(f"more than {MAX_DOCUMENT_BYTES} bytes")
    return VerificationRequest.model_validate({"document": document, **request.form.to_dict()})


def _fingerprint(asked: VerificationRequest) -> bytes:
    parts = (hashlib.sha256(asked.document).hexdigest(), str(asked.validation_time), str(asked.holder))
    return "\n".join(parts).encode()
