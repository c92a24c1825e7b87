"""`/v1/verifications/{id}/validation-token`: a verdict that can be believed without asking again."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi import APIBlueprint

from license_service.api.access import caller
from license_service.api.schemas import ItemPath
from license_service.services.verifying.validation_tokens import ValidationTokenService

_JWT = "application/jwt"


def validation_token_routes(service: ValidationTokenService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("validation_tokens", __name__, url_prefix="/v1")

    @routes.get(
        "/verifications/<string:id>/validation-token",
        responses={200: {"description": "A signed JWT (RFC 9321).", "content": {_JWT: {}}}},
    )
    def issue(path: ItemPath) -> Response:
        """Return a token that binds a verdict to its document, for whoever verifies it later."""
        return Response(service.issue(caller(), path.id), mimetype=_JWT)

    @routes.get("/validation-token-keys", responses={200: {"description": "A JWK set (RFC 7517)."}})
    def get_keys() -> Response:
        """Return the public keys that tokens are verified with; pin them when you first see them."""
        return jsonify(service.keys())

    return routes
