"""Judge one chain by pyhanko-certvalidator: basic path validation is not ours, signatures are.

Clause: RFC 5280, 6.1; RFC 9618 (bounded policy graph).
"""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    PKIXValidationParams,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.validate import async_validate_path

from license_service.verification.crypto.instants import Instant
from license_service.verification.crypto.issuance import IssuanceSignatures, StrongAlgorithms
from license_service.verification.crypto.path_search import Chain
from license_service.verification.policy import PathRules

_T = TypeVar("_T")
_ANY_POLICY = frozenset({"any_policy"})
_NO_REVOCATION = CertRevTrustPolicy(
    RevocationCheckingPolicy(RevocationCheckingRule.NO_CHECK, RevocationCheckingRule.NO_CHECK)
)


def validate_chain(chain: Chain, at: Instant, rules: PathRules, signatures: IssuanceSignatures) -> None:
    """Return if the chain, leaf first and anchor last, holds at the instant; revocation is another question.

    Raises:
        ValidationError: of the library, with the reason; on hostile DER anything.
    """
    *certificates, anchor = chain
    for certificate in certificates:  # all that the library asks of the moment
        validity = certificate["tbs_certificate"]["validity"]
        at.within(validity["not_before"].native, validity["not_after"].native)
    if not certificates:
        return
    context = ValidationContext(
        trust_roots=[anchor],
        moment=at.moment,
        allow_fetching=False,
        revinfo_policy=_NO_REVOCATION,
        weak_hash_algos=(),
        time_tolerance=timedelta(0),
        signature_validator=signatures,
        algorithm_usage_policy=StrongAlgorithms(),
    )
    leaf, *issuers = certificates
    path = ValidationPath(CertTrustAnchor(anchor), reversed(issuers), leaf)
    _run_without_waiting(async_validate_path(context, path, _parameters(rules)))


def _parameters(rules: PathRules) -> PKIXValidationParams:
    return PKIXValidationParams(
        user_initial_policy_set=rules.acceptable_policies or _ANY_POLICY,
        initial_explicit_policy=rules.require_explicit_policy,
        initial_policy_mapping_inhibit=rules.inhibit_policy_mapping,
        initial_any_policy_inhibit=rules.inhibit_any_policy,
    )


def _run_without_waiting(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """Run a coroutine that never waits: with fetching off, the library only computes.

    Raises:
        RuntimeError: if it does wait, which would mean that it tries to fetch.
    """
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: _T = done.value
        return result
    coroutine.close()
    raise RuntimeError("path validation tried to wait")
