"""A small world to revoke in, once in P-256 and once in SM2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from license_service.demo.certificates import (
    Extension,
    Identity,
    Life,
    Subject,
    issue,
    revoked_entry,
)
from license_service.demo.keys import KeyFamily, generate_key
from license_service.verification.crypto.paths import build_path
from license_service.verification.crypto.revocation import (
    RevocationResult,
    check_revocation,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LIFE = Life.around(NOW)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class World:
    """A root, the signer it issued, others it issued, and an authority that has nothing to do with them."""

    root: Identity
    signer: Identity
    lister: Identity
    ocsp: Identity
    stranger: Identity

    def ask(
        self,
        crls: Sequence[bytes] = (),
        responses: Sequence[bytes] = (),
        *,
        leaf: Identity | None = None,
        moment: datetime = NOW,
        **more: Any,
    ) -> RevocationResult:
        path = build_path((leaf or self.signer).certificate, [], [self.root.certificate], moment)
        assert path.code == "OK"
        return check_revocation(path, crls, responses, moment, **more)

    def issue(self, name: str, changes: Mapping[str, Extension | None], **more: Any) -> Identity:
        return issue(
            Subject(name, "示例机构"), generate_key(KeyFamily.EC), self.root, LIFE, changes=changes, **more
        )

    def listing(self, *reason: str, when: datetime = NOW - 10 * DAY) -> dict[str, Any]:
        """Return an entry for the signer."""
        extensions = [{"extn_id": "crl_reason", "critical": False, "extn_value": r} for r in reason]
        return revoked_entry(self.signer.certificate, when, *extensions)


@pytest.fixture(scope="module", params=[KeyFamily.EC, KeyFamily.SM2])
def world(request: pytest.FixtureRequest) -> World:
    family = request.param
    root = issue(Subject("root", "示例机构"), generate_key(family), None, LIFE, authority=True)
    stranger = issue(Subject("root", "示例机构"), generate_key(family), None, LIFE, authority=True)

    def made(name: str, changes: Mapping[str, Extension | None]) -> Identity:
        return issue(Subject(name, "示例机构"), generate_key(family), root, LIFE, changes=changes)

    return World(
        root,
        made("signer", {}),
        made("lister", {"key_usage": Extension({"crl_sign"}, critical=True)}),
        made("ocsp", {"extended_key_usage": Extension(["ocsp_signing"]), "ocsp_no_check": Extension(None)}),
        stranger,
    )
