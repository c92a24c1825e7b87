"""`/v1/events`: the feed of a tenant's events, to catch up after webhooks were lost."""

from __future__ import annotations

from typing import Annotated

from flask import Response, jsonify
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field, StringConstraints

from license_service.api.access import caller
from license_service.services.events import EventService


class EventQuery(BaseModel):
    """Say where to continue, and how much to read."""

    after: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        None, description="The `next` of the last answer; without it, from the beginning."
    )
    limit: Annotated[int, Field(ge=1, le=200)] = 100


def event_routes(service: EventService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("events", __name__, url_prefix="/v1/events")

    @routes.get("", responses={200: {"description": "Events in the order of the log, and `next`."}})
    def list_events(query: EventQuery) -> Response:
        """Return events behind a cursor, oldest first; `next` continues, also when nothing was there."""
        return jsonify(service.after(caller(), query.after, query.limit))

    return routes
