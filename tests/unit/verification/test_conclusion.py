"""The truth table from checks to a verdict, row by row as docs/verification-policy.md has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations, product

import pytest

from license_service.verification.conclusion import conclude_document, conclude_signature
from license_service.verification.policy import Level, VerificationPolicy
from license_service.verification.report import (
    Check,
    CheckName,
    Indication,
    Outcome,
    SignatureKind,
    SignatureReport,
    SubIndication,
)

_TABLE: dict[str, tuple[str, str]] = {
    # check: (when it failed, when it is undetermined); order is precedence.
    "format": ("FORMAT_FAILURE", "GENERIC"),
    "references": ("HASH_FAILURE", "SIGNED_DATA_NOT_FOUND"),
    "data_hash": ("HASH_FAILURE", "SIGNED_DATA_NOT_FOUND"),
    "signature_value": ("SIG_CRYPTO_FAILURE", "NO_SIGNING_CERTIFICATE_FOUND"),
    "coverage": ("FORMAT_FAILURE", "SIGNED_DATA_NOT_FOUND"),
    "algorithms": ("CRYPTO_CONSTRAINTS_FAILURE", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"),
    "certificate_path": ("CHAIN_CONSTRAINTS_FAILURE", "NO_CERTIFICATE_CHAIN_FOUND"),
    "seal_signature": ("SIG_CONSTRAINTS_FAILURE", "CERTIFICATE_CHAIN_GENERAL_FAILURE"),
    "signer_in_seal": ("SIG_CONSTRAINTS_FAILURE", "GENERIC"),
    "seal_validity": ("SIG_CONSTRAINTS_FAILURE", "GENERIC"),
    "revocation": ("REVOKED", "TRY_LATER"),
    "certificate_validity": ("NOT_YET_VALID", "OUT_OF_BOUNDS_NO_POE"),
    "timestamp": ("SIG_CONSTRAINTS_FAILURE", "GENERIC"),
    "license_binding": ("SIG_CONSTRAINTS_FAILURE", "GENERIC"),
    "key_binding": ("SIG_CONSTRAINTS_FAILURE", "GENERIC"),
    "license_status": ("SIG_CONSTRAINTS_FAILURE", "TRY_LATER"),
}
_NAMES = [CheckName(name) for name in _TABLE]
_PAIRS = [(first, second) for i, first in enumerate(_NAMES) for second in _NAMES[i + 1 :]]


def _strict(policy: VerificationPolicy) -> VerificationPolicy:
    return replace(policy, levels=dict.fromkeys(CheckName, Level.FAIL))


def _checks(outcomes: dict[CheckName, Outcome]) -> tuple[Check, ...]:
    return tuple(Check(name, outcomes.get(name, Outcome.PASSED), "CODE") for name in CheckName)


def _report(indication: Indication, sub_indication: SubIndication | None) -> SignatureReport:
    return SignatureReport(0, SignatureKind.JWS, indication, sub_indication, None, None, "ES256", ())


def test_the_table_knows_every_check() -> None:
    assert set(_NAMES) == set(CheckName)


def test_all_passed(policy: VerificationPolicy) -> None:
    assert conclude_signature(_checks({}), _strict(policy)) == (Indication.TOTAL_PASSED, None)


def test_no_check_at_all_is_indeterminate(policy: VerificationPolicy) -> None:
    assert conclude_signature((), policy) == (Indication.INDETERMINATE, SubIndication.GENERIC)


def test_only_warnings_are_indeterminate(policy: VerificationPolicy) -> None:
    lax = replace(policy, levels=dict.fromkeys(CheckName, Level.WARN))
    assert conclude_signature(_checks({}), lax) == (Indication.INDETERMINATE, SubIndication.GENERIC)


@pytest.mark.parametrize("name", _NAMES)
def test_one_failed(name: CheckName, policy: VerificationPolicy) -> None:
    verdict = conclude_signature(_checks({name: Outcome.FAILED}), _strict(policy))
    assert verdict == (Indication.TOTAL_FAILED, _TABLE[name][0])


@pytest.mark.parametrize("name", _NAMES)
def test_one_undetermined(name: CheckName, policy: VerificationPolicy) -> None:
    verdict = conclude_signature(_checks({name: Outcome.UNDETERMINED}), _strict(policy))
    assert verdict == (Indication.INDETERMINATE, _TABLE[name][1])


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.UNDETERMINED])
@pytest.mark.parametrize("name", _NAMES)
def test_a_warning_decides_nothing(name: CheckName, outcome: Outcome, policy: VerificationPolicy) -> None:
    strict = _strict(policy)
    lax = replace(strict, levels={**strict.levels, name: Level.WARN})
    assert conclude_signature(_checks({name: outcome}), lax) == (Indication.TOTAL_PASSED, None)


@pytest.mark.parametrize("name", _NAMES)
def test_refuting_decides_only_where_it_failed(name: CheckName, policy: VerificationPolicy) -> None:
    strict = _strict(policy)
    refuting = replace(strict, levels={**strict.levels, name: Level.REFUTE})
    failed = conclude_signature(_checks({name: Outcome.FAILED}), refuting)
    assert failed == (Indication.TOTAL_FAILED, _TABLE[name][0])
    assert conclude_signature(_checks({name: Outcome.UNDETERMINED}), refuting) == (
        Indication.TOTAL_PASSED,
        None,
    )


def test_only_refuting_checks_are_indeterminate(policy: VerificationPolicy) -> None:
    lax = replace(policy, levels=dict.fromkeys(CheckName, Level.REFUTE))
    assert conclude_signature(_checks({}), lax) == (Indication.INDETERMINATE, SubIndication.GENERIC)


@pytest.mark.parametrize(
    "code", ["SIGNING_TIME_AFTER_TIMESTAMP", "TIMESTAMPS_OUT_OF_ORDER", "TIMESTAMP_IN_FUTURE"]
)
def test_times_that_contradict_say_so(code: str, policy: VerificationPolicy) -> None:
    checks = (
        Check(CheckName.FORMAT, Outcome.PASSED, "OK"),
        Check(CheckName.TIMESTAMP, Outcome.FAILED, code),
    )
    assert conclude_signature(checks, policy) == (
        Indication.TOTAL_FAILED,
        SubIndication.TIMESTAMP_ORDER_FAILURE,
    )


def test_revoked_since_is_without_proof_of_existence(policy: VerificationPolicy) -> None:
    checks = (Check(CheckName.REVOCATION, Outcome.UNDETERMINED, "CERTIFICATE_REVOKED_SINCE"),)
    assert conclude_signature(checks, policy) == (Indication.INDETERMINATE, SubIndication.REVOKED_NO_POE)


def test_a_seal_that_has_ended_since_is_without_proof_of_existence(policy: VerificationPolicy) -> None:
    checks = (Check(CheckName.SEAL_VALIDITY, Outcome.UNDETERMINED, "SEAL_EXPIRED_SINCE"),)
    unproven = (Indication.INDETERMINATE, SubIndication.OUT_OF_BOUNDS_NO_POE)
    assert conclude_signature(checks, policy) == unproven


@pytest.mark.parametrize(("first", "second"), _PAIRS)
def test_the_first_of_the_table_decides(
    first: CheckName, second: CheckName, policy: VerificationPolicy
) -> None:
    strict = _strict(policy)
    column = {Outcome.FAILED: 0, Outcome.UNDETERMINED: 1}
    for outcome, at in column.items():
        assert conclude_signature(_checks({first: outcome, second: outcome}), strict)[1] == _TABLE[first][at]


@pytest.mark.parametrize(("first", "second"), _PAIRS)
def test_failed_outweighs_undetermined(
    first: CheckName, second: CheckName, policy: VerificationPolicy
) -> None:
    strict = _strict(policy)
    for failed, open_ in ((first, second), (second, first)):
        verdict = conclude_signature(_checks({failed: Outcome.FAILED, open_: Outcome.UNDETERMINED}), strict)
        assert verdict == (Indication.TOTAL_FAILED, _TABLE[failed][0])


def test_the_order_in_which_checks_ran_does_not_matter(policy: VerificationPolicy) -> None:
    checks = (
        Check(CheckName.REVOCATION, Outcome.FAILED, "CERTIFICATE_REVOKED"),
        Check(CheckName.FORMAT, Outcome.UNDETERMINED, "SEAL_EXTENSION_UNKNOWN"),
        Check(CheckName.DATA_HASH, Outcome.FAILED, "DATA_HASH_MISMATCH"),
        Check(CheckName.ALGORITHMS, Outcome.PASSED, "OK"),
    )
    verdicts = {conclude_signature(order, policy) for order in permutations(checks)}
    assert verdicts == {(Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE)}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("CERTIFICATE_NOT_VALID_AT_SIGNING", SubIndication.EXPIRED),
        ("SIGNING_TIME_IN_FUTURE", SubIndication.NOT_YET_VALID),
        ("CERTIFICATE_NOT_YET_VALID", SubIndication.NOT_YET_VALID),
    ],
)
def test_certificate_validity_says_which_end_was_missed(
    code: str, expected: SubIndication, policy: VerificationPolicy
) -> None:
    checks = (Check(CheckName.CERTIFICATE_VALIDITY, Outcome.FAILED, code),)
    assert conclude_signature(checks, policy) == (Indication.TOTAL_FAILED, expected)


_PASSED = (Indication.TOTAL_PASSED, None)
_FAILED = (Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE)
_OTHER_FAILED = (Indication.TOTAL_FAILED, SubIndication.REVOKED)
_OPEN = (Indication.INDETERMINATE, SubIndication.TRY_LATER)


def test_a_document_without_signatures_is_indeterminate() -> None:
    assert conclude_document(()) == (Indication.INDETERMINATE, SubIndication.SIGNED_DATA_NOT_FOUND)


@pytest.mark.parametrize("verdicts", list(product((_PASSED, _FAILED, _OPEN), repeat=3)))
def test_a_document_is_as_good_as_its_worst_signature(
    verdicts: Sequence[tuple[Indication, SubIndication | None]],
) -> None:
    expected = next((worst for worst in (_FAILED, _OPEN, _PASSED) if worst in verdicts), None)
    assert conclude_document(_report(*verdict) for verdict in verdicts) == expected


def test_the_first_failed_signature_names_the_sub_indication() -> None:
    reports = [_report(*verdict) for verdict in (_PASSED, _OPEN, _OTHER_FAILED, _FAILED)]
    assert conclude_document(reports) == _OTHER_FAILED
    assert conclude_document(reversed(reports)) == _FAILED
