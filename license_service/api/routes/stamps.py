"""`/v1/log/stamps`: the time of checkpoints, by the clock of somebody else."""

from __future__ import annotations

from typing import Annotated

from flask import Response, jsonify
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field

from license_service.services.proving.proofs import ProofService

_FOREVER = "public, max-age=31536000, immutable"
_TOKEN = "application/octet-stream"


class StampPath(BaseModel):
    """Name a checkpoint by its size."""

    size: Annotated[int, Field(gt=0, lt=1 << 63)]


def stamp_routes(service: ProofService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("stamps", __name__, url_prefix="/v1/log/stamps")

    @routes.get("/latest", responses={200: {"description": "Size and time of the last stamp."}})
    def get_last_stamp() -> Response:
        """Say which checkpoint a timestamp authority stamped last, and when."""
        return jsonify(service.last_stamp())

    @routes.get("/<int:size>", responses={200: {"description": "A timestamp token (RFC 3161), in DER."}})
    def get_stamp(path: StampPath) -> Response:
        """Return the timestamp token over the text of the checkpoint of that size."""
        return Response(service.stamp(path.size), mimetype=_TOKEN, headers={"Cache-Control": _FOREVER})

    return routes
