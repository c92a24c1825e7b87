"""`/v1/verifications`: is this document genuine?"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from flask import Response, jsonify, request
from flask_openapi import APIBlueprint
from werkzeug.datastructures import FileStorage

from license_service.api.access import caller
from license_service.api.idempotency import IdempotencyHeader, optional_claim
from license_service.api.metrics import VERDICTS
from license_service.api.pages import ALONE
from license_service.api.schemas import ItemPath, VerificationRequest
from license_service.errors import DocumentTooLargeError, InvalidRequestError
from license_service.services.verifying.reports import ReportService
from license_service.services.verifying.verifications import VerificationService
from license_service.verification.limits import MAX_DOCUMENT_BYTES

_TEXT: dict[str, Any] = {"type": "string"}
_BASE64, _FILE = {**_TEXT, "contentEncoding": "base64"}, {**_TEXT, "format": "binary"}
_FIELDS: dict[str, Any] = {
    "identifier": _TEXT,
    "validation_time": {**_TEXT, "format": "date-time"},
    "holder": _TEXT,
    "purpose": _TEXT,
    "audience": _TEXT,
    "nonce": _TEXT,
    "password": {**_TEXT, "format": "password", "writeOnly": True},
}
_FILES = {"file": "document", "content": "content"}
"""Member of the request that each part of a multipart body is."""
_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "oneOf": [{"required": ["document"]}, {"required": ["identifier"]}],
                "properties": {"document": _BASE64, "content": _BASE64, **_FIELDS},
            }
        },
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "oneOf": [{"required": ["file"]}, {"required": ["identifier"]}],
                "properties": {"file": _FILE, "content": _FILE, **_FIELDS},
            }
        },
    },
}


def verification_routes(service: VerificationService, reports: ReportService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("verifications", __name__, url_prefix="/v1/verifications")

    @routes.post("", request_body=_BODY, responses={201: {"description": "The verdict, kept under `id`."}})
    def verify(header: IdempotencyHeader) -> tuple[Response, int, dict[str, str]]:
        """Verify a document, sent as multipart `file` or as JSON with base64; `content` if it is detached.

        In place of a document a license may be named by `identifier`: the register gives the document.
        """
        asked = _read()
        answer = service.verify(
            caller(),
            asked.document,
            validation_time=asked.validation_time,
            presentation=asked.to_presentation(),
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
    names = [name for name, _ in request.files.items(multi=True)]
    unknown = (request.form.keys() - _FIELDS.keys()) | (set(names) - _FILES.keys())
    if len(set(names)) != len(names) or unknown:
        raise InvalidRequestError(f"multipart takes one `file`, and {', '.join(('content', *_FIELDS))}")
    files = {_FILES[name]: _bounded(request.files[name]) for name in names}
    return VerificationRequest.model_validate({**files, **request.form.to_dict()})


def _bounded(file: FileStorage) -> bytes:
    data = file.stream.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise DocumentTooLargeError(f"more than {MAX_DOCUMENT_BYTES} bytes")
    return data


def _fingerprint(asked: VerificationRequest) -> bytes:
    # The digest of this is kept, so the password has no part in it: short ones could be guessed from it.
    presentation = replace(asked.to_presentation(), password=None).to_json()
    parts = (
        hashlib.sha256(asked.document or b"").hexdigest(),
        asked.validation_time,
        sorted(presentation.items()),
    )
    return "\n".join(map(str, parts)).encode()
