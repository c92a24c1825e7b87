"""The 224 signed messages of PKITS parse, and each holds the content and the signature it should.

PKITS tests paths; its messages are all sound, also those of certificates that are not. So every one of
them must be read, its digest agree, and its signature verify where the algorithm is one we have.
"""

from __future__ import annotations

from pathlib import Path

import cryptography_vectors
import pytest

from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.crypto.certificates import read_certificate
from license_service.verification.formats.cms import parse_cms
from license_service.verification.formats.detect import detect_format
from license_service.verification.report import DocumentFormat

_MESSAGES = sorted((Path(cryptography_vectors.__file__).parent / "x509/PKITS_data/smime").glob("*.eml"))


def test_all_messages_are_there() -> None:
    assert len(_MESSAGES) == 224


@pytest.mark.parametrize("path", _MESSAGES, ids=lambda path: path.stem)
def test_message(path: Path) -> None:
    data = path.read_bytes()
    assert detect_format(data) is DocumentFormat.CMS
    (signature,) = parse_cms(data).signatures
    assert signature.data_hash is not None
    assert signature.data_hash.actual == signature.data_hash.expected
    assert signature.signer_certificate is not None
    spki = read_certificate(signature.signer_certificate).spki
    # DSA is no algorithm of ours; the messages are older than RFC 5035.
    known = SignatureOutcome.UNSUPPORTED_ALGORITHM if "DSA" in path.stem else SignatureOutcome.VALID
    assert verify_signature(signature.value, spki) is known
    assert signature.format_failures == ("CMS_SIGNING_CERTIFICATE_MISSING",)
