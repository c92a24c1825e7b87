"""`/v1/log` and `/v1/events`: proofs for those who do not trust us."""

from __future__ import annotations

from flask import Response
from flask_openapi import APIBlueprint

from license_service.api.access import caller
from license_service.api.schemas import ItemPath
from license_service.services.proofs import ProofService

_TEXT = "text/plain"


def proof_routes(service: ProofService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("proofs", __name__, url_prefix="/v1")

    @routes.get("/log/checkpoint", responses={200: {"description": "A C2SP signed checkpoint."}})
    def get_checkpoint() -> Response:
        """Return the last signed checkpoint."""
        return Response(service.checkpoint(), mimetype=_TEXT)

    @routes.get("/log/key", responses={200: {"description": "A C2SP verifier key."}})
    def get_log_key() -> Response:
        """Return the log's public key; pin it when you first see it."""
        return Response(service.verification_key() + "\n", mimetype=_TEXT)

    @routes.get("/events/<string:id>/receipt", responses={200: {"description": "A c2sp.org/tlog-proof@v1."}})
    def get_receipt(path: ItemPath) -> Response:
        """Return the proof that an event is in the log."""
        return Response(service.receipt(caller(), path.id), mimetype=_TEXT)

    @routes.get("/events/<string:id>/entry", responses={200: {"description": "The bytes that are hashed."}})
    def get_entry(path: ItemPath) -> Response:
        """Return the exact bytes of an event, which its receipt is about."""
        return Response(service.entry(caller(), path.id), mimetype="application/json")

    return routes
