"""`/v1/verifications/batches`: many documents as one job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from flask import Response, jsonify, request
from flask_openapi import APIBlueprint
from pydantic import Field, model_validator

from license_service.api.access import caller
from license_service.api.idempotency import IdempotencyHeader, claim
from license_service.api.schemas import Base64Bytes, Closed, ItemPath, LicenseIdentifier, Name
from license_service.errors import DocumentTooLargeError, InvalidRequestError
from license_service.services.records import NewBatchItem
from license_service.services.verifying.batches import BatchService
from license_service.verification.document import FormatError
from license_service.verification.formats.ofd.package import read_package
from license_service.verification.limits import MAX_DOCUMENT_BYTES
from license_service.verification.strict_json import parse_object

MAX_BATCH_BYTES = 64 * 1024 * 1024
"""One request is held in memory; larger batches are sent in parts."""
MAX_BATCH_ITEMS = 1_000
"""As many as a zip may have entries."""
_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/x-ndjson": {"schema": {"type": "string", "description": "A BatchLine a line."}},
        "application/zip": {"schema": {"type": "string", "format": "binary"}},
    },
}


class BatchLine(Closed):
    """Hold one document of a batch, or what names it, under the name its sender knows it by."""

    name: Name
    document: Base64Bytes | None = Field(None, description="The file in base64.")
    identifier: LicenseIdentifier | None = Field(
        None, description="In place of a document: the register gives the one of this 电子证照标识."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.document is None) == (self.identifier is None):
            raise ValueError("exactly one of document and identifier")
        return self


def batch_routes(service: BatchService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("batches", __name__, url_prefix="/v1/verifications/batches")

    @routes.post("", request_body=_BODY, responses={202: {"description": "Its progress, under `id`."}})
    def open_batch(header: IdempotencyHeader) -> tuple[Response, int, dict[str, str]]:
        """Verify many documents: NDJSON of `name` and `document` or `identifier`, or a zip of files."""
        request.max_content_length = MAX_BATCH_BYTES
        body = request.get_data(cache=False)
        asked = claim(header, body)
        answer = service.open(caller(), _items(body), asked)
        return jsonify(answer), 202, {"Location": f"/v1/verifications/batches/{answer['id']}"}

    @routes.get("/<string:id>", responses={200: {"description": "How far it is."}})
    def get_batch(path: ItemPath) -> Response:
        """Return how many documents are judged, and how."""
        return jsonify(service.progress(caller(), path.id))

    @routes.get("/<string:id>/results", responses={200: {"description": "One verdict a line (NDJSON)."}})
    def get_results(path: ItemPath) -> Response:
        """Return the verdicts there are, in the order the documents were sent."""
        lines = (f"{line}\n" for line in service.results(caller(), path.id))
        return Response(lines, mimetype="application/x-ndjson")

    return routes


def _items(body: bytes) -> Sequence[NewBatchItem]:
    readers = {"application/zip": _from_zip, "application/x-ndjson": _from_lines}
    reader = readers.get(request.mimetype)
    if reader is None:
        raise InvalidRequestError("send application/x-ndjson or application/zip")
    items = reader(body)
    if not 0 < len(items) <= MAX_BATCH_ITEMS:
        raise InvalidRequestError(f"a batch has 1 to {MAX_BATCH_ITEMS} documents")
    if any(len(item.content or b"") > MAX_DOCUMENT_BYTES for item in items):
        raise DocumentTooLargeError(f"a document has at most {MAX_DOCUMENT_BYTES} bytes")
    return items


def _from_lines(body: bytes) -> Sequence[NewBatchItem]:
    lines = [line for line in body.split(b"\n") if line.strip()]
    if len(lines) > MAX_BATCH_ITEMS:
        raise InvalidRequestError(f"a batch has 1 to {MAX_BATCH_ITEMS} documents")
    read = (BatchLine.model_validate(parse_object(line)) for line in lines)
    return [NewBatchItem(line.name, line.document, line.identifier) for line in read]


def _from_zip(body: bytes) -> Sequence[NewBatchItem]:
    try:
        package = read_package(body)
    except FormatError as error:
        raise InvalidRequestError(f"the zip is refused: {error.code}") from error
    if package.trailing:
        raise InvalidRequestError("the zip is refused: bytes follow it")
    return [NewBatchItem(name, content) for name, content in package.members.items()]
