"""Put the routes together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Flask
from flask.json.provider import DefaultJSONProvider
from flask_openapi import Info, OpenAPI

from license_service import __version__
from license_service.api.access import register_access
from license_service.api.metrics import register_metrics
from license_service.api.problem_pages import problem_pages
from license_service.api.problems import Problem, register_problems, validation_problem
from license_service.api.routes.auditing import auditing_routes
from license_service.api.routes.batches import batch_routes
from license_service.api.routes.bundles import bundle_application_routes, bundle_routes
from license_service.api.routes.case_clocks import clock_routes
from license_service.api.routes.cases import case_routes
from license_service.api.routes.credit import credit_routes
from license_service.api.routes.data_sharing import data_sharing_routes
from license_service.api.routes.erasures import erasure_routes
from license_service.api.routes.events import event_routes
from license_service.api.routes.feedback import feedback_routes
from license_service.api.routes.license_uses import license_use_routes
from license_service.api.routes.matters import matter_routes
from license_service.api.routes.obligations import decision_routes, obligation_routes
from license_service.api.routes.operations import operation_routes
from license_service.api.routes.papers import paper_routes
from license_service.api.routes.proofs import proof_routes
from license_service.api.routes.reports import report_routes
from license_service.api.routes.stamps import stamp_routes
from license_service.api.routes.traces import trace_routes
from license_service.api.routes.validation_tokens import validation_token_routes
from license_service.api.routes.verifications import verification_routes
from license_service.services.registry import Services
from license_service.verification.strict_json import parse_json

MAX_BODY_BYTES = 28 * 1024 * 1024
"""A document of 20 MB in base64, and room for the members around it."""


class StrictJson(DefaultJSONProvider):
    """Read JSON so that no two readers could see different things in it; write Chinese as it is."""

    ensure_ascii = False
    sort_keys = False

    def loads(self, s: str | bytes, **_kwargs: Any) -> Any:  # noqa: ANN401 - JSON
        """Parse strictly."""
        return parse_json(s.encode() if isinstance(s, str) else s)


def create_app(services: Services, pages: Sequence[Blueprint] = ()) -> Flask:
    """Build the WSGI application; `pages` are public."""
    app = OpenAPI(
        "license_service",
        info=Info(title="license-service", version=__version__),
        security_schemes={"api_key": {"type": "http", "scheme": "bearer"}},
        validation_error_callback=validation_problem,
        validation_error_model=Problem,
        doc_ui=False,
        static_folder=None,
    )
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.json = StrictJson(app)
    for routes in (
        verification_routes(services.verifications, services.reports),
        validation_token_routes(services.validation_tokens),
        batch_routes(services.batches),
        matter_routes(services.matters, services.bundles.walkthroughs),
        case_routes(services.cases, services.anchoring),
        bundle_routes(services.bundles, services.anchoring),
        bundle_application_routes(services.bundles.applications),
        clock_routes(services.clocks),
        trace_routes(services.insights.traces),
        feedback_routes(services.insights.feedback),
        report_routes(services.insights.blockages),
        obligation_routes(services.obligations),
        decision_routes(services.obligations),
        credit_routes(services.credit),
        erasure_routes(services.erasures),
        event_routes(services.events),
        data_sharing_routes(services.data_sharing),
        license_use_routes(services.license_uses),
        paper_routes(services.papers, services.paper_checks, services.paper_deliveries),
        proof_routes(services.proofs),
        stamp_routes(services.proofs),
        auditing_routes(services.auditing),
        operation_routes(services.health, services.oversight),
    ):
        app.register_api(routes)
    open_pages = (*pages, problem_pages())
    for page in open_pages:
        app.register_blueprint(page)
    register_problems(app)
    register_metrics(app)
    register_access(app, services.keys, services.limiter, _endpoints_of(app, open_pages))
    return app


def _endpoints_of(app: Flask, pages: Sequence[Blueprint]) -> frozenset[str]:
    names = {page.name for page in pages}
    return frozenset(e for r in app.url_map.iter_rules() if (e := r.endpoint).split(".")[0] in names)
