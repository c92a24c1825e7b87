"""The malformed SignedData of Tongsuo: each breaks one rule on signed attributes, and is refused for it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from license_service.verification.crypto.signed_data import parse_signed_data
from license_service.verification.document import FormatError
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.report import Indication
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

_VECTORS = Path(os.environ.get("VECTORS_DIR", "vectors-not-set")) / "cms"
_CODES = {
    "bad_signtime_attr.cms": {"CMS_SIGNING_TIME_REPEATED", "CMS_SIGNING_TIME_MALFORMED"},
    "ct_multiple_attr.cms": {"CMS_CONTENT_TYPE_REPEATED"},
    "no_ct_attr.cms": {"CMS_CONTENT_TYPE_MISSING"},
    "no_md_attr.cms": {"CMS_MESSAGE_DIGEST_MISSING"},
}
_MOMENT = datetime(2026, 3, 10, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not _VECTORS.is_dir(), reason="VECTORS_DIR has no cms folder")


def test_every_file_is_known() -> None:
    assert {path.name for path in _VECTORS.iterdir()} == set(_CODES)


@pytest.mark.parametrize("name", _CODES)
def test_the_broken_rule_is_named(name: str) -> None:
    data = (_VECTORS / name).read_bytes()
    try:
        (signer,) = parse_signed_data(data).signers
    except FormatError as error:
        codes = {error.code}  # refusing to read it is as good
        assert codes == {"CMS_MALFORMED"}  # noqa: PT017 - both ways are right
        return
    assert set(signer.failures) & _CODES[name]


@pytest.mark.parametrize("name", _CODES)
def test_refused(name: str, policy: VerificationPolicy) -> None:
    report = verify((_VECTORS / name).read_bytes(), policy, TrustStore(), Evidence(), _MOMENT)
    assert report.indication is Indication.TOTAL_FAILED
    assert report.sub_indication == "FORMAT_FAILURE"
