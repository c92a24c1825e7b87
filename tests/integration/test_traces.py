"""The trace of a case over HTTP, from its end back to the application."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from license_service.clock import SystemClock, parse_instant
from license_service.demo.people import COMPANY, LEGAL_PERSON
from license_service.settings import Settings

_BODY: dict[str, Any] = {
    "matter_code": "social-security-enrollment",
    "applicant": {"name": COMPANY.name, "id": COMPANY.id},
    "submitted": [{"material": "employee-list", "sha256": "0" * 64, "file_name": "list.pdf"}],
    "deferrals": [{"material": "bank-account", "acknowledged_by": LEGAL_PERSON.name}],
}


@pytest.fixture
def database_url(any_database_url: str) -> str:
    return any_database_url


@pytest.fixture
def case(api: Any, headers: dict[str, str], samples_dir: Path) -> Any:
    license_ = (samples_dir / "genuine/business-license.ofd").read_bytes()
    documents = [{"content": base64.b64encode(license_).decode()}]
    return api.open_case({**_BODY, "documents": documents}, headers, "k1").json


def test_a_case_is_traced_from_its_end_to_what_was_presented(
    api: Any, headers: dict[str, str], case: Any, settings: Settings
) -> None:
    due = parse_instant(case["obligations"][0]["due_at"]) + timedelta(seconds=1)
    Path(settings.clock_file).write_text(str((due - SystemClock().now()).total_seconds()))
    api.app.follow_ups.run_due()
    path = f"/v1/cases/{case['id']}/trace"
    whole = api.client.get(path, headers=headers).json
    assert (whole["state"], whole["until"]) == ("terminated", len(whole["steps"]))
    kinds = [step["kind"] for step in whole["steps"]]
    assert kinds[:3] == ["credit.recorded", "case.closed", "supplement.expired"]
    first = whole["steps"][-1]
    (license_,) = [m for m in first["rule"]["materials"] if m["material"] == "business-license"]
    assert (license_["code"], license_["report"]) == ("EXEMPT_BY_LICENSE", case["materials"][0]["report_id"])
    assert license_["basis"]
    assert first["evidence"]["reports"] == [license_["report"]]
    assert sum(step["waited_seconds"] or 0 for step in whole["steps"]) > 14 * 24 * 3600
    events = api.client.get(f"/v1/cases/{case['id']}/timeline", headers=headers).json["events"]
    assert [step["evidence"]["event"] for step in whole["steps"]] == [e["id"] for e in reversed(events)]
    earlier = api.client.get(f"{path}?until=1", headers=headers).json
    assert earlier["steps"] == whole["steps"][-1:]


def test_a_trace_names_no_person_and_is_its_tenants_alone(
    api: Any, headers: dict[str, str], case: Any
) -> None:
    path = f"/v1/cases/{case['id']}/trace"
    text = api.client.get(path, headers=headers).text
    assert COMPANY.name not in text
    assert COMPANY.id not in text
    assert api.client.get(path, headers=api.key(tenant="elsewhere")).json["code"] == "not_found"
    assert api.client.get(f"{path}?until=0", headers=headers).json["code"] == "request_invalid"
