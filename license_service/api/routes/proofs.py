"""`/v1/log` and `/v1/events`: proofs for those who do not trust us."""

from __future__ import annotations

from flask import Response
from flask_openapi import APIBlueprint
from pydantic import BaseModel

from license_service.api.access import caller
from license_service.api.schemas import ItemPath
from license_service.audit.tiles import Tile, parse_tile
from license_service.errors import NotFoundError
from license_service.services.proving.proofs import ProofService

_TEXT = "text/plain"
_FOREVER = "public, max-age=31536000, immutable"


class TilePath(BaseModel):
    """Name a tile as C2SP does."""

    level: int
    tail: str


class BundlePath(BaseModel):
    """Name an entry bundle as C2SP does."""

    tail: str


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

    @routes.get("/log/tile/<int:level>/<path:tail>", responses={200: {"description": "A C2SP tile."}})
    def get_tile(path: TilePath) -> Response:
        """Return a tile of hashes (c2sp.org/tlog-tiles)."""
        return _immutable(service.tile(_tile(path.level, path.tail)))

    @routes.get("/log/tile/entries/<path:tail>", responses={200: {"description": "A C2SP entry bundle."}})
    def get_bundle(path: BundlePath) -> Response:
        """Return the entries below a tile, for auditors of the whole log."""
        return _immutable(service.bundle(caller(), _tile(0, path.tail)))

    @routes.get("/events/<string:id>/receipt", responses={200: {"description": "A c2sp.org/tlog-proof@v1."}})
    def get_receipt(path: ItemPath) -> Response:
        """Return the proof that an event is in the log."""
        return Response(service.receipt(caller(), path.id), mimetype=_TEXT)

    @routes.get("/events/<string:id>/entry", responses={200: {"description": "The bytes that are hashed."}})
    def get_entry(path: ItemPath) -> Response:
        """Return the exact bytes of an event, which its receipt is about."""
        return Response(service.entry(caller(), path.id), mimetype="application/json")

    return routes


def _tile(level: int, tail: str) -> Tile:
    tile = parse_tile(level, tail)
    if tile is None:
        raise NotFoundError("no tile has this path")
    return tile


def _immutable(data: bytes) -> Response:
    return Response(data, mimetype="application/octet-stream", headers={"Cache-Control": _FOREVER})
