"""`/v1/audit`: what an auditor of the service follows; nothing can be changed here."""

from __future__ import annotations

from typing import Annotated

from flask import Response, jsonify
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field

from license_service.api.access import caller
from license_service.services.proving.auditing import AuditingService


class CheckpointQuery(BaseModel):
    """Say where to continue, and how much to read."""

    after: Annotated[int, Field(ge=0, lt=1 << 63, description="The `next` of the last answer.")] = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 100


def auditing_routes(service: AuditingService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("auditing", __name__, url_prefix="/v1/audit")

    @routes.get("/checkpoints", responses={200: {"description": "Checkpoints by size, and `next`."}})
    def list_checkpoints(query: CheckpointQuery) -> Response:
        """Return checkpoints with whether witnesses have seen each, and when it was stamped."""
        return jsonify(service.checkpoints(caller(), query.after, query.limit))

    @routes.get("/keys", responses={200: {"description": "Keys that others verify by, and rotations."}})
    def list_log_keys() -> Response:
        """Return the keys of log, papers and tokens, and what old and new ones said of each other."""
        return jsonify(service.keys(caller()))

    @routes.get("/inputs", responses={200: {"description": "Changes of policy, trust, catalogue, calendar."}})
    def list_input_changes() -> Response:
        """Return when what verdicts and deadlines rest on changed, and who released it where known."""
        return jsonify(service.inputs(caller()))

    @routes.get("/exports", responses={200: {"description": "Exports of reports and documents."}})
    def list_exports() -> Response:
        """Return when the operator took reports and documents away."""
        return jsonify(service.exports(caller()))

    @routes.get("/readings", responses={200: {"description": "Readings of personal data by the operator."}})
    def list_readings() -> Response:
        """Return when the operator's people read personal data: who, of which verdict, and why."""
        return jsonify(service.readings(caller()))

    @routes.get("/retention", responses={200: {"description": "Runs of the eraser, and replays."}})
    def list_retention_runs() -> Response:
        """Return what was erased each night, and when erasures were done again after a restore."""
        return jsonify(service.retention(caller()))

    return routes
