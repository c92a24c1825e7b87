"""From checks to a verdict: one table, one rule.

The first check that failed, in the order of the table, names the sub-indication; only where none
failed does the first undetermined one. A check at level `warn` is listed and decides nothing; one at
level `refute` decides only where it failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from license_service.verification.policy import Level, VerificationPolicy
from license_service.verification.report import (
    Check,
    CheckName,
    Indication,
    Outcome,
    SignatureReport,
    SubIndication,
)

Verdict = tuple[Indication, SubIndication | None]

_SUB_INDICATIONS: dict[CheckName, tuple[SubIndication, SubIndication]] = {
    # check: (when it failed, when it is undetermined); order is precedence.
    CheckName.FORMAT: (SubIndication.FORMAT_FAILURE, SubIndication.GENERIC),
    CheckName.REFERENCES: (SubIndication.HASH_FAILURE, SubIndication.SIGNED_DATA_NOT_FOUND),
    CheckName.DATA_HASH: (SubIndication.HASH_FAILURE, SubIndication.SIGNED_DATA_NOT_FOUND),
    CheckName.SIGNATURE_VALUE: (SubIndication.SIG_CRYPTO_FAILURE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND),
    CheckName.COVERAGE: (SubIndication.FORMAT_FAILURE, SubIndication.SIGNED_DATA_NOT_FOUND),
    CheckName.ALGORITHMS: (
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    ),
    CheckName.CERTIFICATE_PATH: (
        SubIndication.CHAIN_CONSTRAINTS_FAILURE,
        SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
    ),
    CheckName.SEAL_SIGNATURE: (
        SubIndication.SIG_CONSTRAINTS_FAILURE,
        SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    ),
    CheckName.SIGNER_IN_SEAL: (SubIndication.SIG_CONSTRAINTS_FAILURE, SubIndication.GENERIC),
    CheckName.SEAL_VALIDITY: (SubIndication.SIG_CONSTRAINTS_FAILURE, SubIndication.GENERIC),
    CheckName.REVOCATION: (SubIndication.REVOKED, SubIndication.TRY_LATER),
    CheckName.CERTIFICATE_VALIDITY: (SubIndication.NOT_YET_VALID, SubIndication.OUT_OF_BOUNDS_NO_POE),
    CheckName.TIMESTAMP: (SubIndication.SIG_CONSTRAINTS_FAILURE, SubIndication.GENERIC),
    CheckName.LICENSE_BINDING: (SubIndication.SIG_CONSTRAINTS_FAILURE, SubIndication.GENERIC),
    CheckName.KEY_BINDING: (SubIndication.SIG_CONSTRAINTS_FAILURE, SubIndication.GENERIC),
    CheckName.LICENSE_STATUS: (SubIndication.SIG_CONSTRAINTS_FAILURE, SubIndication.TRY_LATER),
}

_BY_CODE = {
    "CERTIFICATE_NOT_VALID_AT_SIGNING": SubIndication.EXPIRED,
    "CERTIFICATE_REVOKED_SINCE": SubIndication.REVOKED_NO_POE,
    "SEAL_EXPIRED_SINCE": SubIndication.OUT_OF_BOUNDS_NO_POE,
    "SIGNING_TIME_AFTER_TIMESTAMP": SubIndication.TIMESTAMP_ORDER_FAILURE,
    "TIMESTAMPS_OUT_OF_ORDER": SubIndication.TIMESTAMP_ORDER_FAILURE,
    "TIMESTAMP_IN_FUTURE": SubIndication.TIMESTAMP_ORDER_FAILURE,
}
"""Codes that say more than their check."""


def conclude_signature(checks: Sequence[Check], policy: VerificationPolicy) -> Verdict:
    """Conclude on one signature; no checks at all means INDETERMINATE."""
    if not any(policy.level(check.name) is Level.FAIL for check in checks):
        return Indication.INDETERMINATE, SubIndication.GENERIC
    for outcome, indication, levels in (
        (Outcome.FAILED, Indication.TOTAL_FAILED, (Level.FAIL, Level.REFUTE)),
        (Outcome.UNDETERMINED, Indication.INDETERMINATE, (Level.FAIL,)),
    ):
        by_name = {check.name: check for check in checks if policy.level(check.name) in levels}
        ranked = (by_name[name] for name in _SUB_INDICATIONS if name in by_name)
        first = next((check for check in ranked if check.outcome is outcome), None)
        if first is not None:
            return indication, _sub_indication(first)
    return Indication.TOTAL_PASSED, None


def conclude_document(signatures: Iterable[SignatureReport]) -> Verdict:
    """Conclude on a document: as good as its worst signature; none at all means INDETERMINATE."""
    verdicts = [(report.indication, report.sub_indication) for report in signatures]
    if not verdicts:
        return Indication.INDETERMINATE, SubIndication.SIGNED_DATA_NOT_FOUND
    for indication in (Indication.TOTAL_FAILED, Indication.INDETERMINATE):
        worst = next((verdict for verdict in verdicts if verdict[0] is indication), None)
        if worst is not None:
            return worst
    return Indication.TOTAL_PASSED, None


def _sub_indication(check: Check) -> SubIndication:
    if check.code in _BY_CODE:
        return _BY_CODE[check.code]
    when_failed, when_undetermined = _SUB_INDICATIONS[check.name]
    return when_failed if check.outcome is Outcome.FAILED else when_undetermined
