"""`/v1/cases/{id}/papers` and `/v1/papers`: what an authority hands out, and what its code names."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from flask import Response, jsonify, request
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field, StrictBool, StringConstraints

from license_service.api.access import caller
from license_service.api.idempotency import IdempotencyHeader, claim
from license_service.api.pages import ALONE
from license_service.api.schemas import Closed, ItemPath
from license_service.services.papers.checks import PaperCheckService
from license_service.services.papers.deliveries import Channel, PaperDeliveryService
from license_service.services.papers.papers import PaperService

_JSON, _HTML, _PDF = "application/json", "text/html", "application/pdf"
_PAPER: dict[str | int | HTTPStatus, Any] = {
    200: {
        "description": "The paper, in the form that `Accept` prefers.",
        "content": {
            _JSON: {"schema": {"type": "object"}},
            _HTML: {"schema": {"type": "string"}},
            _PDF: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


class PaperPath(ItemPath):
    """Name a kind of paper of a case."""

    kind: str


class DeliveryRequest(Closed):
    """Say to whom and how a paper was delivered."""

    channel: Channel
    by_agent: StrictBool = Field(default=False, description="The agent of the case received it.")


class CodePath(BaseModel):
    """Name a paper by its verification code, however it is typed."""

    code: str


class PaperQuery(BaseModel):
    """Name one of several papers of a kind."""

    code: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        None, description="Its verification code; without it, the newest."
    )


def paper_routes(
    service: PaperService, checks: PaperCheckService, deliveries: PaperDeliveryService
) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("papers", __name__, url_prefix="/v1")

    @routes.get("/cases/<string:id>/papers", responses={200: {"description": "Its papers, oldest first."}})
    def list_papers(path: ItemPath) -> Response:
        """Return which papers a case has, with their codes and whether they still hold."""
        return jsonify({"papers": service.list(caller(), path.id)})

    @routes.get("/cases/<string:id>/papers/<string:kind>", responses=_PAPER)
    def get_paper(path: PaperPath, query: PaperQuery) -> Response:
        """Return a paper as JSON, HTML or PDF."""
        asked = (caller(), path.id, path.kind, query.code)
        form = request.accept_mimetypes.best_match([_JSON, _HTML, _PDF], default=_JSON)
        if form == _HTML:
            return Response(service.html(*asked), mimetype=_HTML, headers=ALONE)
        if form == _PDF:
            return Response(service.pdf(*asked), mimetype=_PDF, headers=ALONE)
        return jsonify(service.json(*asked))

    @routes.post(
        "/cases/<string:id>/papers/<string:kind>/deliveries",
        responses={201: {"description": "To whom, how and when it was delivered."}},
    )
    def deliver(path: PaperPath, header: IdempotencyHeader, body: DeliveryRequest) -> tuple[Response, int]:
        """Record that the newest paper of a kind was delivered, to the applicant or the agent."""
        asked = claim(header, body.model_dump_json().encode())
        answer = deliveries.deliver(caller(), path.id, path.kind, body.channel, asked, by_agent=body.by_agent)
        return jsonify(answer), 201

    @routes.get("/papers/keys", responses={200: {"description": "A JWK set (RFC 7517)."}})
    def get_keys() -> Response:
        """Return the public keys that papers are checked with; pin them when you first see them."""
        return jsonify(service.keys())

    @routes.get("/papers/<string:code>", responses={200: {"description": "What it is, and if it holds."}})
    def look_up(path: CodePath) -> tuple[Response, dict[str, str]]:
        """Return what the paper of a verification code is, for everybody; names are masked."""
        return jsonify(checks.look_up(path.code)), {"Cache-Control": "no-store"}

    return routes
