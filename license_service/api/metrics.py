"""Count requests for Prometheus; over several server processes where PROMETHEUS_MULTIPROC_DIR is set.

Workers serve no HTTP: what they do is read from the database, where all of them write it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector

from license_service.services.following.figures import FollowUpFigures

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


def follow_up_gauges(figures: FollowUpFigures, overdue_seconds: float) -> bytes:
    """Return what workers did and left to do, as text that Prometheus reads."""
    registry = CollectorRegistry()
    registry.register(_FollowUps(figures, overdue_seconds))
    return generate_latest(registry)


class _FollowUps(Collector):
    def __init__(self, figures: FollowUpFigures, overdue_seconds: float) -> None:
        self._figures = figures
        self._overdue_seconds = overdue_seconds

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the figures."""
        figures = self._figures
        unfinished = [((kind, state), count) for (kind, state), count in figures.unfinished.items()]
        yield _gauge("unfinished", "Follow-ups by kind and state.", ("kind", "state"), unfinished)
        overdue = [((kind,), count) for kind, count in figures.overdue.items()]
        yield _gauge("due", "Follow-ups that have come due, by kind.", ("kind",), overdue)
        oldest = [((), self._overdue_seconds)]
        yield _gauge("oldest_due_seconds", "How long the oldest that is due has waited.", (), oldest)
        failures = [((code,), count) for code, count in figures.failures.items()]
        yield _gauge("failures_last_hour", "Attempts that failed in the last hour.", ("code",), failures)
        breakers = [((target,), 1) for target in figures.open_breakers]
        yield _gauge("breaker_open", "Neighbors that are not asked for now.", ("target",), breakers)


def _gauge(
    name: str, text: str, labels: Sequence[str], values: Sequence[tuple[Sequence[str], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"license_service_follow_ups_{name}", text, labels=labels)
    for key, value in values:
        family.add_metric(key, value)
    return family
