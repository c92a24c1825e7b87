"""An application for the bundle of a restaurant, as several tests make it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from license_service.demo.people import COMPANY, LEGAL_PERSON

BUNDLE = "open-a-restaurant"
SETUP, FOOD, SOCIAL = "company-setup", "food-business-license-new", "social-security-enrollment"
FOUNDER = {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id}
NEW_COMPANY = {"name": COMPANY.name, "id": COMPANY.id}


def document(samples_dir: Path, name: str) -> dict[str, str]:
    return {"content": base64.b64encode((samples_dir / name).read_bytes()).decode()}


def restaurant(api: Any, headers: dict[str, str], samples_dir: Path) -> dict[str, Any]:
    guide = api.client.get(f"/v1/bundles/{BUNDLE}", headers=headers).json
    notices = {
        (rule["matter"], material["code"]): rule["by_commitment"]["notice_digest"]
        for material in guide["materials"]
        for rule in material["used_by"]
        if "by_commitment" in rule
    }
    promised = [(SETUP, "domicile-proof"), (FOOD, "premises-safety-statement")]
    return {
        "applicant": FOUNDER,
        "legal_person": FOUNDER,
        "documents": [document(samples_dir, "genuine/legal-person-id.jws")],
        "submitted": [
            {"material": name, "sha256": "0" * 64, "file_name": f"{name}.pdf"}
            for name in ("articles", "floor-plan", "employee-list")
        ],
        "fields": {"prior_approval": False},
        "commitments": [
            {
                "matter": matter, "material": material, "notice_digest": notices[matter, material],
                "acknowledged_by": LEGAL_PERSON.name,
            }
            for matter, material in promised
        ],
        "deferrals": [
            {"matter": FOOD, "material": "health-certificate", "acknowledged_by": LEGAL_PERSON.name},
            {"matter": SOCIAL, "material": "bank-account", "acknowledged_by": LEGAL_PERSON.name},
        ],
    }  # fmt: skip


def apply(api: Any, headers: dict[str, str], body: dict[str, Any], key: str = "k1") -> Any:
    path = f"/v1/bundles/{BUNDLE}/applications"
    return api.client.post(path, json=body, headers={**headers, "Idempotency-Key": key})


def add_result(
    api: Any,
    headers: dict[str, str],
    identifier: str,
    key: str,
    result: Any,
    applicant: Any = NEW_COMPANY,
    **others: Any,
) -> Any:
    path = f"/v1/bundle-applications/{identifier}/results"
    body = {"document": result, "applicant": applicant, **others}
    return api.client.post(path, json=body, headers={**headers, "Idempotency-Key": key})


def outcomes(answer: Any) -> dict[str, str]:
    return {item["matter"]: item["outcome"] for item in answer.json["matters"]}
