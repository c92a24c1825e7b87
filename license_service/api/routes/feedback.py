"""Ratings and complaints about a case (好差评, 12345)."""

from __future__ import annotations

from typing import Annotated

from flask import Response, jsonify
from flask_openapi import APIBlueprint
from pydantic import Field

from license_service.api.access import caller
from license_service.api.idempotency import IdempotencyHeader, claim
from license_service.api.schemas import Closed, Code, ItemPath, Reason
from license_service.domain.feedback_rule import Channel, FeedbackKind, Said
from license_service.services.cases.feedback import FeedbackService

_MOST_REASONS = 10
_TEXT = Field("", description="What the person wrote; kept apart, in no event.")


class RatingRequest(Closed):
    """Rate a case, from 1 (very dissatisfied, 非常不满意) to 5 (very satisfied, 非常满意)."""

    channel: Channel
    score: Annotated[int, Field(ge=1, le=5)]
    reasons: list[Code] = Field([], max_length=_MOST_REASONS, description="Codes of the catalogue's rule.")
    text: Reason | Annotated[str, Field(max_length=0)] = _TEXT

    def to_said(self) -> Said:
        """Return the domain's codes."""
        return Said(FeedbackKind.RATING, self.channel, tuple(dict.fromkeys(self.reasons)), self.score)


class ComplaintRequest(Closed):
    """Complain about a case, for at least one reason."""

    channel: Channel
    reasons: list[Code] = Field(
        min_length=1, max_length=_MOST_REASONS, description="Codes of the catalogue's rule."
    )
    text: Reason | Annotated[str, Field(max_length=0)] = _TEXT

    def to_said(self) -> Said:
        """Return the domain's codes."""
        return Said(FeedbackKind.COMPLAINT, self.channel, tuple(dict.fromkeys(self.reasons)))


class AnswerRequest(Closed):
    """Answer a bad rating or a complaint."""

    text: Reason


def feedback_routes(service: FeedbackService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("feedback", __name__, url_prefix="/v1")

    @routes.post("/cases/<string:id>/ratings", responses={201: {"description": "The rating."}})
    def rate(path: ItemPath, header: IdempotencyHeader, body: RatingRequest) -> tuple[Response, int]:
        """Rate a case, once; a bad rating must be answered in time."""
        asked = claim(header, body.model_dump_json().encode())
        return jsonify(service.receive(caller(), path.id, body.to_said(), body.text, asked)), 201

    @routes.post("/cases/<string:id>/complaints", responses={201: {"description": "The complaint."}})
    def complain(path: ItemPath, header: IdempotencyHeader, body: ComplaintRequest) -> tuple[Response, int]:
        """Complain about a case; it must be answered in time."""
        asked = claim(header, body.model_dump_json().encode())
        return jsonify(service.receive(caller(), path.id, body.to_said(), body.text, asked)), 201

    @routes.get("/complaints/<string:id>", responses={200: {"description": "The complaint or rating."}})
    def get_complaint(path: ItemPath) -> Response:
        """Return a complaint or a rating, by when it must be answered, and the answer."""
        return jsonify(service.get(caller(), path.id))

    @routes.post("/complaints/<string:id>/answer", responses={200: {"description": "It, answered."}})
    def answer(path: ItemPath, header: IdempotencyHeader, body: AnswerRequest) -> Response:
        """Answer a complaint or a bad rating."""
        asked = claim(header, body.model_dump_json().encode())
        return jsonify(service.answer(caller(), path.id, body.text, asked))

    return routes
