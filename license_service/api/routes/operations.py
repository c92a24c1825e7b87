"""Probes, metrics and the API's own description, for operators and tools."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, current_app, jsonify
from flask_openapi import APIBlueprint, OpenAPI

from license_service.api.metrics import exposition, follow_up_gauges
from license_service.services.following.oversight import OversightService
from license_service.services.health import HealthService
from license_service.services.verifying.report_shape import report_schema

_OPENAPI = "3.1.0"
_PROBLEM = {"schema": {"$ref": "#/components/schemas/Problem"}}


def operation_routes(service: HealthService, oversight: OversightService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("operations", __name__)

    @routes.get("/livez", doc_ui=False)
    def livez() -> Response:
        """Say that the process answers."""
        return jsonify({"status": "ok"})

    @routes.get("/readyz", doc_ui=False)
    def readyz() -> tuple[Response, int]:
        """Say whether the service can do its work; a lost doorbell is degraded, not down."""
        answer = service.readiness()
        return jsonify(answer), 503 if answer["status"] == "unavailable" else 200

    @routes.get("/metrics", doc_ui=False)
    def metrics() -> Response:
        """Return metrics in Prometheus's text format."""
        readiness = service.readiness()
        gauges = _gauges(readiness)
        if readiness["status"] != "unavailable":
            figures = oversight.figures()
            gauges += follow_up_gauges(figures, oversight.overdue_seconds(figures))
        return Response(exposition() + gauges, mimetype="text/plain")

    @routes.get("/openapi.json", doc_ui=False)
    def openapi() -> Response:
        """Return the API's description, generated from its code."""
        return jsonify(_described())

    @routes.get("/v1/schemas/report", responses={200: {"description": "JSON Schema, 2020-12."}})
    def get_report_schema() -> Response:
        """Return the schema of a report."""
        return Response(json.dumps(report_schema(), ensure_ascii=False), mimetype="application/schema+json")

    return routes


def _gauges(readiness: dict[str, Any]) -> bytes:
    if readiness["status"] == "unavailable":
        return b"license_service_ready 0\n"
    values = {
        "license_service_ready": 1,
        "license_service_follow_ups_overdue": readiness["follow_ups"]["overdue"],
        "license_service_log_waiting": readiness["log"]["waiting"],
        "license_service_log_size": readiness["log"]["size"],
        "license_service_log_halted": int("problem" in readiness["log"]),
        "license_service_log_unanchored_seconds": readiness["log"].get("unanchored_seconds", 0),
    }
    return "".join(f"{name} {value}\n" for name, value in values.items()).encode()


def _described() -> dict[str, Any]:
    app = current_app
    if not isinstance(app, OpenAPI):
        raise TypeError("the application was not made by create_app")
    refused = {"description": "A refusal (RFC 9457).", "content": {"application/problem+json": _PROBLEM}}
    document = app.api_doc
    paths = {
        path: {method: _operation(operation, refused) for method, operation in item.items()}
        for path, item in document["paths"].items()
    }
    return {**document, "openapi": _OPENAPI, "paths": paths, "security": [{"api_key": []}]}


def _operation(operation: dict[str, Any], refused: dict[str, Any]) -> dict[str, Any]:
    answers = {status: answer for status, answer in operation["responses"].items() if status[0] == "2"}
    return {**operation, "responses": {**answers, "default": refused}}
