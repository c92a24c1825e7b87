"""Who may call which route: one table, and nothing is reachable that is not in it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from flask import Flask, g, request

from license_service.errors import ConfigurationError, RateLimitedError, UnauthenticatedError
from license_service.services.caller import Caller, Scope
from license_service.services.cases.blockages import BLOCKAGE_READERS
from license_service.services.keys import KeyService
from license_service.services.ports import RateLimiter

PUBLIC = None
_SCHEME = "bearer"

SCOPES: Mapping[str, Scope | tuple[Scope, ...] | None] = {
    "verifications.verify": Scope.VERIFY,
    "verifications.get_verification": Scope.VERIFY,
    "verifications.get_report_html": Scope.VERIFY,
    "verifications.get_report_pdf": Scope.VERIFY,
    "validation_tokens.issue": Scope.VERIFY,
    "validation_tokens.get_keys": PUBLIC,
    "batches.open_batch": Scope.VERIFY,
    "batches.get_batch": Scope.VERIFY,
    "batches.get_results": Scope.VERIFY,
    "matters.list_matters": Scope.MATTERS_READ,
    "matters.get_matter": Scope.MATTERS_READ,
    "matters.get_guide": Scope.MATTERS_READ,
    "matters.walk_through": Scope.MATTERS_READ,
    "bundles.list_bundles": Scope.MATTERS_READ,
    "bundles.get_bundle": Scope.MATTERS_READ,
    "bundles.get_guide": Scope.MATTERS_READ,
    "bundles.walk_through": Scope.MATTERS_READ,
    "bundles.apply": Scope.CASES_WRITE,
    "bundle_applications.get_application": Scope.CASES_READ,
    "bundle_applications.add_result": Scope.CASES_WRITE,
    "bundle_applications.withdraw": Scope.CASES_WRITE,
    "cases.open_case": Scope.CASES_WRITE,
    "cases.get_case": Scope.CASES_READ,
    "cases.get_timeline": Scope.CASES_READ,
    "cases.supplement": Scope.CASES_WRITE,
    "traces.get_trace": Scope.CASES_READ,
    "reports.get_blockages": BLOCKAGE_READERS,
    "feedback.rate": Scope.CASES_WRITE,
    "feedback.complain": Scope.CASES_WRITE,
    "feedback.get_complaint": Scope.CASES_READ,
    "feedback.answer": Scope.CASES_WRITE,
    "clocks.suspend": Scope.CASES_WRITE,
    "clocks.resume": Scope.CASES_WRITE,
    "clocks.extend": Scope.CASES_WRITE,
    "obligations.find": Scope.CASES_WRITE,
    "obligations.object_to": Scope.CASES_WRITE,
    "obligations.rule": Scope.CASES_WRITE,
    "obligations.withdraw": Scope.CASES_WRITE,
    "obligations.extend": Scope.CASES_WRITE,
    "decisions.decide": Scope.CASES_WRITE,
    "credit.enter": Scope.CREDIT_WRITE,
    "credit.search": Scope.CREDIT_READ,
    "credit.get_record": Scope.CREDIT_READ,
    "credit.repair": Scope.CREDIT_WRITE,
    "credit.object_to": Scope.CREDIT_WRITE,
    "credit.rule": Scope.CREDIT_WRITE,
    "erasures.erase": Scope.ERASURES_WRITE,
    "events.list_events": Scope.CASES_READ,
    "data_sharing.get_lists": Scope.MATTERS_READ,
    "license_uses.list_uses": Scope.LICENSE_USES_READ,
    "license_uses.search": Scope.LICENSE_USES_READ,
    "papers.list_papers": Scope.CASES_READ,
    "papers.get_paper": Scope.CASES_READ,
    "papers.deliver": Scope.CASES_WRITE,
    "papers.get_keys": PUBLIC,
    "papers.look_up": PUBLIC,
    "proofs.get_checkpoint": PUBLIC,
    "proofs.get_log_key": PUBLIC,
    "proofs.get_tile": PUBLIC,
    "stamps.get_last_stamp": PUBLIC,
    "stamps.get_stamp": PUBLIC,
    "proofs.get_bundle": Scope.LOG_READ,
    "proofs.get_receipt": Scope.AUDIT_READ,
    "proofs.get_entry": Scope.AUDIT_READ,
    "auditing.list_checkpoints": Scope.AUDIT_READ,
    "auditing.list_log_keys": Scope.AUDIT_READ,
    "auditing.list_input_changes": Scope.AUDIT_READ,
    "auditing.list_exports": Scope.AUDIT_READ,
    "auditing.list_readings": Scope.AUDIT_READ,
    "auditing.list_retention_runs": Scope.AUDIT_READ,
    "operations.livez": PUBLIC,
    "operations.readyz": PUBLIC,
    "operations.metrics": PUBLIC,
    "operations.openapi": PUBLIC,
    "operations.get_report_schema": PUBLIC,
}
"""Scope of each endpoint, or several of which one is enough.

Checkpoints and the log's key are public, for those who do not trust us.
"""


_BY_ADDRESS = frozenset({"papers.look_up", "paper_pages.show"})
"""Public endpoints that tell something to whoever knows a secret: limited for each address that asks."""


def register_access(app: Flask, keys: KeyService, limiter: RateLimiter, public_pages: frozenset[str]) -> None:
    """Ask for an API key with the endpoint's scope before anything of the request is read.

    What writes is limited for each tenant, and guessing at secrets for each address; other reading is not.

    Raises:
        ConfigurationError: if a route is not in the table.
    """
    table = {**SCOPES, **dict.fromkeys(public_pages, PUBLIC)}
    unlisted = {rule.endpoint for rule in app.url_map.iter_rules()} - table.keys()
    if unlisted:
        raise ConfigurationError(f"routes without a scope: {sorted(unlisted)}")

    def check() -> None:
        if request.endpoint is None:
            return
        scopes = table[request.endpoint]
        if scopes is not PUBLIC:
            g.caller = keys.authenticate(_token())
            caller().require(*(scopes if isinstance(scopes, tuple) else (scopes,)))
            if request.method == "POST":
                _require_allowance(limiter, caller().tenant)
        elif request.endpoint in _BY_ADDRESS:
            _require_allowance(limiter, f"address:{request.remote_addr}")

    app.before_request(check)


def caller() -> Caller:
    """Return who asks."""
    found: Caller = g.caller
    return found


def _require_allowance(limiter: RateLimiter, asker: str) -> None:
    wait = limiter.wait_seconds(asker)
    if wait > 0:
        raise RateLimitedError("you ask too fast", retry_after=math.ceil(wait))


def _token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != _SCHEME or not token.strip():
        raise UnauthenticatedError("no API key was sent")
    return token.strip()
