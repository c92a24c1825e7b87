"""Every route asks for its scope, and no route is outside the table."""

from __future__ import annotations

from typing import Any

import pytest

from license_service.api.access import SCOPES
from license_service.services.caller import Scope

_NOBODY = "0" * 32
_MATTER = "/v1/matters/food-business-license-new"
_CLOSED = {
    "verifications.verify": ("POST", "/v1/verifications"),
    "verifications.get_verification": ("GET", f"/v1/verifications/{_NOBODY}"),
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
    "clocks.suspend": ("POST", f"/v1/cases/{_NOBODY}/clock/suspensions"),
    "clocks.resume": ("POST", f"/v1/cases/{_NOBODY}/clock/resumptions"),
    "clocks.extend": ("POST", f"/v1/cases/{_NOBODY}/clock/extensions"),
    "events.list_events": ("GET", "/v1/events"),
    "auditing.list_checkpoints": ("GET", "/v1/audit/checkpoints"),
    "auditing.list_log_keys": ("GET", "/v1/audit/keys"),
    "auditing.list_input_changes": ("GET", "/v1/audit/inputs"),
    "auditing.list_exports": ("GET", "/v1/audit/exports"),
    "proofs.get_bundle": ("GET", "/v1/log/tile/entries/000"),
    "proofs.get_receipt": ("GET", f"/v1/events/{_NOBODY}/receipt"),
    "proofs.get_entry": ("GET", f"/v1/events/{_NOBODY}/entry"),
}


def test_every_route_that_is_not_public_is_tried_here(api: Any) -> None:
    endpoints = {rule.endpoint for rule in api.client.application.url_map.iter_rules()}
    assert endpoints - {"console.index"} == set(SCOPES)
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
    scope = SCOPES[endpoint]
    assert scope is not None
    others = api.key(*(other for other in Scope if other is not scope))
    refused = api.client.open(path, method=method, headers=others)
    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    assert api.client.open(path, method=method, headers=api.key(scope)).status_code not in {401, 403}


@pytest.mark.parametrize("scheme", ["Basic", "bearer x", "Bearer", ""])
def test_what_is_no_bearer_key_is_refused(api: Any, scheme: str) -> None:
    answer = api.client.get("/v1/matters", headers={"Authorization": scheme})
    assert answer.json["code"] == "unauthenticated"


@pytest.mark.parametrize(
    "path", ["/livez", "/readyz", "/metrics", "/openapi.json", "/console/", "/v1/log/key"]
)
def test_public_routes_need_no_key(api: Any, path: str) -> None:
    assert api.client.get(path).status_code == 200
