"""`/v1/license-uses`: who used whose license for what."""

from __future__ import annotations

from typing import Annotated

from flask import Response, jsonify
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field, StringConstraints

from license_service.api.access import caller
from license_service.api.schemas import Closed, HolderId
from license_service.services.accepting.license_uses import LicenseUseService

_Cursor = Annotated[str, StringConstraints(max_length=200)]
_Limit = Annotated[int, Field(ge=1, le=200)]


class IssuerQuery(BaseModel):
    """Name an issuer by its code."""

    issuer: HolderId
    after: _Cursor | None = Field(None, description="The `next` of the last answer.")
    limit: _Limit = 100


class HolderSearch(Closed):
    """Name a holder in the body: addresses end in logs."""

    holder: HolderId
    after: _Cursor | None = None
    limit: _Limit = 100


def license_use_routes(service: LicenseUseService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("license_uses", __name__, url_prefix="/v1/license-uses")

    @routes.get("", responses={200: {"description": "Uses, newest first, and `next`, null at the end."}})
    def list_uses(query: IssuerQuery) -> Response:
        """Return the uses of an issuer's licenses."""
        return jsonify(service.of_issuer(caller(), query.issuer.upper(), query.after, query.limit))

    @routes.post("/search", responses={200: {"description": "Uses, newest first, and `next`."}})
    def search(body: HolderSearch) -> Response:
        """Return the uses of a holder's licenses, found by blind index; stores nothing."""
        return jsonify(service.of_holder(caller(), body.holder, body.after, body.limit))

    return routes
