"""NIST's Public Key Interoperability Test Suite: all paths, through `build_path` and `check_revocation`.

Data: PyPI `cryptography-vectors`. Each certificate named `...TestNEE` is a case; the name says what must
come out, and the tables say so where it does not, or where a case is run with several policy inputs.
Every case gets every certificate and every CRL of the suite, so the right ones must also be found.
Clause: NIST PKITS 1.0.1, 4.1 to 4.16.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import cryptography_vectors
import pytest

from license_service.verification.crypto.certificates import read_certificate
from license_service.verification.crypto.paths import PathStatus, build_path
from license_service.verification.crypto.revocation import RevocationStatus, check_revocation
from license_service.verification.policy import PathRules

_DATA = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
_MOMENT = datetime(2020, 6, 1, tzinfo=UTC)
_CASES = 247  # 224 tests, some with several inputs

_DSA = frozenset({"ValidDSASignaturesTest4", "ValidDSAParameterInheritanceTest5"})
"""Refused: DSA is none of our algorithms (docs/divergences.md)."""

_VALID_WITHOUT_SAYING_SO = frozenset(
    {
        "AllCertificatesSamePoliciesTest10",
        "AllCertificatesSamePoliciesTest13",
        "AllCertificatesanyPolicyTest11",
        "AllCertificatesNoPoliciesTest2",
        "AnyPolicyTest14",
        "CPSPointerQualifierTest20",
        "DifferentPoliciesTest3",
        "OverlappingPoliciesTest6",
        "UserNoticeQualifierTest15",
        "UserNoticeQualifierTest16",
        "UserNoticeQualifierTest17",
        "UserNoticeQualifierTest18",
        "UserNoticeQualifierTest19",
        "inhibitAnyPolicyTest3",
    }
)
_INVALID_WITHOUT_SAYING_SO = frozenset(
    {
        "DifferentPoliciesTest4",
        "DifferentPoliciesTest5",
        "DifferentPoliciesTest7",
        "DifferentPoliciesTest8",
        "DifferentPoliciesTest9",
        "DifferentPoliciesTest12",
    }
)


def _policies(*numbers: int, explicit: bool = False, inhibit_mapping: bool = False) -> PathRules:
    accepted = frozenset(f"2.16.840.1.101.3.2.1.48.{number}" for number in numbers)
    return PathRules(accepted, require_explicit_policy=explicit, inhibit_policy_mapping=inhibit_mapping)


_ANY = PathRules()
_INPUTS: Mapping[str, tuple[tuple[PathRules, bool], ...]] = {
    "ValidCertificatePathTest1": (  # 4.8.1
        (_ANY, True),
        (_policies(explicit=True), True),
        (_policies(1, explicit=True), True),
        (_policies(2, explicit=True), False),
        (_policies(1, 2, explicit=True), True),
    ),
    "AllCertificatesNoPoliciesTest2": ((_ANY, True), (_policies(explicit=True), False)),  # 4.8.2
    "DifferentPoliciesTest3": (  # 4.8.3
        (_ANY, True),
        (_policies(explicit=True), False),
        (_policies(1, 2, explicit=True), False),
    ),
    "OverlappingPoliciesTest6": ((_ANY, True), (_policies(1), True), (_policies(2), False)),  # 4.8.6
    "AllCertificatesSamePoliciesTest10": ((_ANY, True), (_policies(1), True), (_policies(2), True)),  # 4.8.10
    "AllCertificatesanyPolicyTest11": ((_ANY, True), (_policies(1), True)),  # 4.8.11
    "AllCertificatesSamePoliciesTest13": (  # 4.8.13
        (_policies(1), True),
        (_policies(2), True),
        (_policies(3), True),
    ),
    "AnyPolicyTest14": ((_policies(1), True), (_policies(2), False)),  # 4.8.14
    "UserNoticeQualifierTest18": ((_policies(1), True), (_policies(2), True)),  # 4.8.18
    "UserNoticeQualifierTest19": ((_policies(1), True),),  # 4.8.19
    "ValidPolicyMappingTest1": (  # 4.10.1
        (_policies(1), True),
        (_policies(2), False),
        (_policies(inhibit_mapping=True), False),
    ),
    "InvalidPolicyMappingTest2": ((_ANY, False), (_policies(inhibit_mapping=True), False)),  # 4.10.2
    "ValidPolicyMappingTest3": ((_policies(1), False), (_policies(2), True)),  # 4.10.3
    "ValidPolicyMappingTest5": ((_policies(1), True), (_policies(6), False)),  # 4.10.5
    "ValidPolicyMappingTest6": ((_policies(1), True), (_policies(6), False)),  # 4.10.6
    "ValidPolicyMappingTest12": ((_policies(1), True), (_policies(2), True)),  # 4.10.12
    "inhibitAnyPolicyTest3": (  # 4.12.3
        (_ANY, True),
        (PathRules(inhibit_any_policy=True), False),
    ),
}


@dataclass(frozen=True)
class Case:
    name: str
    rules: PathRules
    valid: bool


def _cases() -> list[Case]:
    names = sorted(path.stem.removesuffix("EE") for path in (_DATA / "certs").glob("*EE.crt"))
    return [Case(name, rules, valid) for name in names for rules, valid in _inputs(name)]


def _inputs(name: str) -> tuple[tuple[PathRules, bool], ...]:
    return _INPUTS.get(name, ((_ANY, _expected(name)),))


def _expected(name: str) -> bool:
    if name in _VALID_WITHOUT_SAYING_SO or name in _INVALID_WITHOUT_SAYING_SO:
        return name in _VALID_WITHOUT_SAYING_SO
    assert name.startswith(("Valid", "Invalid")), name
    return name.startswith("Valid") and name not in _DSA


@cache
def _files(folder: str) -> Mapping[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted((_DATA / folder).iterdir())}


def _passes(case: Case) -> bool:
    """Judge as the checks do: the leaf's life, then its path, then revocation."""
    certificates, crls = _files("certs"), tuple(_files("crls").values())
    leaf, others = certificates[f"{case.name}EE"], tuple(certificates.values())
    path = build_path(leaf, others, [certificates["TrustAnchorRootCertificate"]], _MOMENT, case.rules)
    facts = read_certificate(leaf)
    if path.status is not PathStatus.FOUND or not facts.not_before <= _MOMENT <= facts.not_after:
        return False
    result = check_revocation(path, crls, (), _MOMENT, certificates=others, rules=case.rules)
    return result.status is RevocationStatus.GOOD


CASES = _cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_path_is_accepted_only_if_it_must_be(case: Case) -> None:
    assert _passes(case) is case.valid


def test_every_case_is_there() -> None:
    assert len(CASES) == _CASES
    assert len(_files("certs")) == 405
    assert len(_files("crls")) == 173
