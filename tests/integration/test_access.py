"""Every route asks for its scope, and no route is outside the table."""

from __future__ import annotations

from typing import Any

import pytest

from license_service.api.access import SCOPES
from license_service.services.caller import Scope

_NOBODY = "0" * 32
_OBLIGATION = f"/v1/cases/{_NOBODY}/obligations/{_NOBODY}.paper"
_MATTER = "/v1/matters/food-business-license-new"
_BUNDLE = "/v1/bundles/open-a-restaurant"
_CLOSED = {
    "verifications.verify": ("POST", "/v1/verifications"),
    "verifications.get_verification": ("GET", f"/v1/verifications/{_NOBODY}"),
    "validation_tokens.issue": ("GET", f"/v1/verifications/{_NOBODY}/validation-token"),
    "verifications.get_report_html": ("GET", f"/v1/verifications/{_NOBODY}/report.html"),
    "verifications.get_report_pdf": ("GET", f"/v1/verifications/{_NOBODY}/report.pdf"),
    "batches.open_batch": ("POST", "/v1/verifications/batches"),
    "batches.get_batch": ("GET", f"/v1/verifications/batches/{_NOBODY}"),
    "batches.get_results": ("GET", f"/v1/verifications/batches/{_NOBODY}/results"),
    "matters.list_matters": ("GET", "/v1/matters"),
    "matters.get_matter": ("GET", _MATTER),
    "matters.get_guide": ("GET", f"{_MATTER}/guide.html"),
    "matters.walk_through": ("POST", f"{_MATTER}/walkthroughs"),
    "cases.open_case": ("POST", "/v1/cases"),
    "cases.get_case": ("GET", f"/v1/cases/{_NOBODY}"),
    "cases.get_timeline": ("GET", f"/v1/cases/{_NOBODY}/timeline"),
    "cases.supplement": ("POST", f"/v1/cases/{_NOBODY}/supplements"),
    "bundles.list_bundles": ("GET", "/v1/bundles"),
    "bundles.get_bundle": ("GET", _BUNDLE),
    "bundles.get_guide": ("GET", f"{_BUNDLE}/guide.html"),
    "bundles.walk_through": ("POST", f"{_BUNDLE}/walkthroughs"),
    "bundles.apply": ("POST", f"{_BUNDLE}/applications"),
    "bundle_applications.get_application": ("GET", f"/v1/bundle-applications/{_NOBODY}"),
    "bundle_applications.add_result": ("POST", f"/v1/bundle-applications/{_NOBODY}/results"),
    "bundle_applications.withdraw": ("POST", f"/v1/bundle-applications/{_NOBODY}/withdrawal"),
    "traces.get_trace": ("GET", f"/v1/cases/{_NOBODY}/trace"),
    "reports.get_blockages": ("GET", "/v1/reports/blockages"),
    "feedback.rate": ("POST", f"/v1/cases/{_NOBODY}/ratings"),
    "feedback.complain": ("POST", f"/v1/cases/{_NOBODY}/complaints"),
    "feedback.get_complaint": ("GET", f"/v1/complaints/{_NOBODY}"),
    "feedback.answer": ("POST", f"/v1/complaints/{_NOBODY}/answer"),
    "clocks.suspend": ("POST", f"/v1/cases/{_NOBODY}/clock/suspensions"),
    "clocks.resume": ("POST", f"/v1/cases/{_NOBODY}/clock/resumptions"),
    "clocks.extend": ("POST", f"/v1/cases/{_NOBODY}/clock/extensions"),
    "obligations.find": ("POST", f"{_OBLIGATION}/findings"),
    "obligations.object_to": ("POST", f"{_OBLIGATION}/objections"),
    "obligations.rule": ("POST", f"{_OBLIGATION}/rulings"),
    "obligations.withdraw": ("POST", f"{_OBLIGATION}/withdrawal"),
    "obligations.extend": ("POST", f"{_OBLIGATION}/extension"),
    "decisions.decide": ("POST", f"/v1/cases/{_NOBODY}/decision"),
    "credit.enter": ("POST", "/v1/credit-records"),
    "credit.search": ("POST", "/v1/credit-records/searches"),
    "credit.get_record": ("GET", f"/v1/credit-records/{_NOBODY}"),
    "credit.repair": ("POST", f"/v1/credit-records/{_NOBODY}/repair"),
    "credit.object_to": ("POST", f"/v1/credit-records/{_NOBODY}/objections"),
    "credit.rule": ("POST", f"/v1/credit-records/{_NOBODY}/rulings"),
    "events.list_events": ("GET", "/v1/events"),
    "data_sharing.get_lists": ("GET", "/v1/data-sharing/lists"),
    "license_uses.list_uses": ("GET", "/v1/license-uses?issuer=11999900DEM000001X"),
    "license_uses.search": ("POST", "/v1/license-uses/search"),
    "erasures.erase": ("POST", "/v1/erasures"),
    "papers.list_papers": ("GET", f"/v1/cases/{_NOBODY}/papers"),
    "papers.get_paper": ("GET", f"/v1/cases/{_NOBODY}/papers/acceptance_notice"),
    "papers.deliver": ("POST", f"/v1/cases/{_NOBODY}/papers/acceptance_notice/deliveries"),
    "auditing.list_checkpoints": ("GET", "/v1/audit/checkpoints"),
    "auditing.list_log_keys": ("GET", "/v1/audit/keys"),
    "auditing.list_input_changes": ("GET", "/v1/audit/inputs"),
    "auditing.list_exports": ("GET", "/v1/audit/exports"),
    "auditing.list_readings": ("GET", "/v1/audit/readings"),
    "auditing.list_retention_runs": ("GET", "/v1/audit/retention"),
    "proofs.get_bundle": ("GET", "/v1/log/tile/entries/000"),
    "proofs.get_receipt": ("GET", f"/v1/events/{_NOBODY}/receipt"),
    "proofs.get_entry": ("GET", f"/v1/events/{_NOBODY}/entry"),
}


def test_every_route_that_is_not_public_is_tried_here(api: Any) -> None:
    endpoints = {rule.endpoint for rule in api.client.application.url_map.iter_rules()}
    pages = {
        "console.index",
        "paper_pages.ask",
        "paper_pages.show",
        "paper_pages.static",
        "problem_pages.show",
    }
    assert endpoints - pages == set(SCOPES)
    assert {name for name, scope in SCOPES.items() if scope is not None} == set(_CLOSED)


@pytest.mark.parametrize("endpoint", _CLOSED)
def test_without_a_key_a_route_says_only_that(api: Any, endpoint: str) -> None:
    method, path = _CLOSED[endpoint]
    answer = api.client.open(path, method=method)
    assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("endpoint", _CLOSED)
def test_a_key_without_the_scope_is_refused_and_one_with_it_is_not(api: Any, endpoint: str) -> None:
    method, path = _CLOSED[endpoint]
    found = SCOPES[endpoint]
    assert found is not None
    scopes = found if isinstance(found, tuple) else (found,)
    others = api.key(*(other for other in Scope if other not in scopes))
    refused = api.client.open(path, method=method, headers=others)
    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    for scope in scopes:
        assert api.client.open(path, method=method, headers=api.key(scope)).status_code not in {401, 403}


@pytest.mark.parametrize("scheme", ["Basic", "bearer x", "Bearer", ""])
def test_what_is_no_bearer_key_is_refused(api: Any, scheme: str) -> None:
    answer = api.client.get("/v1/matters", headers={"Authorization": scheme})
    assert answer.json["code"] == "unauthenticated"


@pytest.mark.parametrize(
    "path",
    [
        "/livez",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/console/",
        "/console/papers",
        "/v1/log/key",
        "/v1/papers/keys",
        "/v1/validation-token-keys",
    ],
)
def test_public_routes_need_no_key(api: Any, path: str) -> None:
    assert api.client.get(path).status_code == 200
