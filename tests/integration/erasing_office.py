"""An office whose clock is moved by hand, for tests of erasing."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from license_service.cli import main
from license_service.demo.people import COMPANY, LEGAL_PERSON
from license_service.settings import PREFIX, Settings

MATTER = "social-security-enrollment"
GROUNDS = {"reason": "consent_withdrawn", "basis": "个人信息保护法第四十七条", "officer": "officer-7"}


@dataclass
class Office:
    """Hold a service whose clock is moved by hand, and what its commands say."""

    api: Any
    settings: Settings
    samples: Path
    posted: int = 0

    def __post_init__(self) -> None:
        self.headers = self.api.key()

    def post(self, path: str, body: Any) -> Any:
        self.posted += 1
        keyed = {**self.headers, "Idempotency-Key": f"k{self.posted}"}
        return self.api.client.post(path, json=body, headers=keyed)

    def get(self, path: str) -> Any:
        return self.api.client.get(path, headers=self.headers)

    def document(self, name: str) -> dict[str, str]:
        content = (self.samples / "genuine" / name).read_bytes()
        return {"content": base64.b64encode(content).decode()}

    def open(self) -> Any:
        body = {
            "matter_code": MATTER,
            "applicant": {"name": COMPANY.name, "id": COMPANY.id},
            "legal_person": {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id},
            "documents": [self.document("business-license.ofd")],
        }
        answer = self.post("/v1/cases", body)
        assert answer.status_code == 201, answer.json
        return answer.json

    def erase(self, **what: str) -> Any:
        return self.post("/v1/erasures", {**GROUNDS, **what})

    def later(self, by: timedelta) -> None:
        Path(self.settings.clock_file).write_text(str(by.total_seconds()))
        self.headers = self.api.key()  # the one before ended

    def run(self, *arguments: object) -> Result:
        environment = {f"{PREFIX}{name.upper()}": str(value) for name, value in vars(self.settings).items()}
        return CliRunner().invoke(main, [str(a) for a in arguments], env=environment)

    def verification_of(self, case_id: str) -> str:
        events = self.get(f"/v1/cases/{case_id}/timeline").json["events"]
        used = next(event for event in events if event["kind"] == "license.used")
        return str(used["data"]["uses"][0]["report"])
