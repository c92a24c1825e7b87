"""Count requests for Prometheus; over several server processes where PROMETHEUS_MULTIPROC_DIR is set."""

from __future__ import annotations

import time

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.registry import REGISTRY

REQUESTS = Counter("license_service_requests", "Requests by endpoint and status.", ["endpoint", "status"])
SECONDS = Histogram("license_service_request_seconds", "Time to answer.", ["endpoint"])
VERDICTS = Counter("license_service_verdicts", "Verdicts by format.", ["format", "indication"])


def register_metrics(app: Flask) -> None:
    """Count and time every request."""

    def begin() -> None:
        g.began = time.perf_counter()

    def end(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        REQUESTS.labels(endpoint, response.status_code).inc()
        SECONDS.labels(endpoint).observe(time.perf_counter() - g.began)
        return response

    app.before_request(begin)
    app.after_request(end)


def exposition() -> bytes:
    """Return the text that Prometheus reads."""
    registry = CollectorRegistry()
    try:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # no annotations there
    except ValueError:
        return generate_latest(REGISTRY)
    return generate_latest(registry)
