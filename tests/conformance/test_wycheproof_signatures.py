"""ECDSA, Ed25519, RSA PKCS #1 and RSA-PSS of Wycheproof: nothing false is accepted, nothing true refused."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.document import SignedValue

_VECTORS = Path(os.environ.get("VECTORS_DIR", "vectors-not-set")) / "wycheproof"
_SUITES = {
    # file: our name of the algorithm, how many tests it holds
    "ecdsa_secp256r1_sha256_test.json": ("ECDSA-SHA256", 484),
    "ed25519_test.json": ("ED25519", 151),
    "rsa_pss_2048_sha256_mgf1_32_test.json": ("RSA-PSS-SHA256", 108),
    "rsa_signature_2048_sha256_test.json": ("RSA-SHA256", 259),
}
_RESTRICTED = {
    # (file, tcId): why we refuse what Wycheproof calls acceptable; the same table is in docs/divergences.md
    ("rsa_signature_2048_sha256_test.json", 8): "DigestInfo without NULL; one value, one encoding",
}

pytestmark = pytest.mark.skipif(not _VECTORS.is_dir(), reason="VECTORS_DIR has no wycheproof folder")


@dataclass(frozen=True)
class _Case:
    key: bytes
    value: SignedValue
    id: int
    result: str

    def outcome(self) -> SignatureOutcome:
        return verify_signature(self.value, self.key)


def _suite(file: str) -> dict[str, Any]:
    return dict(json.loads((_VECTORS / file).read_text()))


def _cases(file: str) -> Iterator[_Case]:
    algorithm, _ = _SUITES[file]
    for group in _suite(file)["testGroups"]:
        for test in group["tests"]:
            value = SignedValue(bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"]), algorithm)
            yield _Case(bytes.fromhex(group["publicKeyDer"]), value, test["tcId"], test["result"])


@pytest.mark.parametrize("file", _SUITES)
def test_every_case_is_there(file: str) -> None:
    assert _suite(file)["numberOfTests"] == len(list(_cases(file))) == _SUITES[file][1]


@pytest.mark.parametrize("file", _SUITES)
def test_nothing_false_is_accepted(file: str) -> None:
    false = (case for case in _cases(file) if case.result == "invalid")
    assert [case.id for case in false if case.outcome() is SignatureOutcome.VALID] == []


@pytest.mark.parametrize("file", _SUITES)
def test_nothing_true_is_refused_without_a_reason(file: str) -> None:
    true = (case for case in _cases(file) if case.result != "invalid")
    refused = {(file, case.id) for case in true if case.outcome() is not SignatureOutcome.VALID}
    assert refused == {restricted for restricted in _RESTRICTED if restricted[0] == file}
