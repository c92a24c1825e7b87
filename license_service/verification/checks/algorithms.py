"""Whether every algorithm used is one the policy allows."""

from __future__ import annotations

from license_service.verification.checks.context import SignatureContext, failed, passed
from license_service.verification.report import Check, CheckName


def check_algorithms(context: SignatureContext) -> Check:
    """Judge signature algorithm, digests and key size against the policy's lists.

    Clause: ETSI EN 319 102-1, 5.2.8 (cryptographic constraints).
    """
    refused = [*_refused_signatures(context), *_refused_digests(context), *_short_keys(context)]
    if refused:
        return failed(CheckName.ALGORITHMS, "ALGORITHM_REFUSED", refused=refused)
    return passed(CheckName.ALGORITHMS, signature=context.signature.value.algorithm)


def _refused_signatures(context: SignatureContext) -> list[str]:
    seal = context.signature.seal
    used = [context.signature.value.algorithm, *([seal.maker_signature.algorithm] if seal else [])]
    return sorted(set(used) - context.policy.algorithms.signatures)


def _refused_digests(context: SignatureContext) -> list[str]:
    signature = context.signature
    used = {reference.algorithm for reference in signature.references or ()} | {*signature.digest_algorithms}
    if signature.data_hash is not None:
        used.add(signature.data_hash.algorithm)
    return sorted(used - context.policy.algorithms.digests)


def _short_keys(context: SignatureContext) -> list[str]:
    signer = context.signer
    if signer is None or signer.key_type != "RSA":
        return []
    short = signer.key_bits < context.policy.algorithms.min_rsa_bits
    return [f"RSA-{signer.key_bits}"] if short else []
