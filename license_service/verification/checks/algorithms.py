"""Whether every algorithm used is one the policy allows."""

from __future__ import annotations

from contextlib import suppress

from license_service.verification.checks.context import SignatureContext, failed, passed, undetermined
from license_service.verification.crypto.certificates import read_certificate
from license_service.verification.document import FormatError
from license_service.verification.report import Check, CheckName


def check_algorithms(context: SignatureContext) -> Check:
    """Judge signature algorithms, digests and key sizes against the policy's lists.

    One that has ended by the best time is undetermined: whoever breaks it can sign for any time past, so
    only proof from before its end helps. Clause: ETSI EN 319 102-1, 5.2.8 (cryptographic constraints).
    """
    name, allowed = CheckName.ALGORITHMS, context.policy.algorithms
    signatures, digests, rsa_bits = _signatures(context), _digests(context), _rsa_bits(context)
    refused = [*sorted(signatures - allowed.signatures), *sorted(digests - allowed.digests)]
    refused += [f"RSA-{bits}" for bits in rsa_bits if bits < allowed.min_rsa_bits]
    if refused:
        return failed(name, "ALGORITHM_REFUSED", refused=refused)
    ended = allowed.ended(signatures | digests, rsa_bits, context.best_time)
    if ended:
        return undetermined(name, "ALGORITHM_ENDED", ended=ended)
    return passed(name, signature=context.signature.value.algorithm)


def _signatures(context: SignatureContext) -> set[str]:
    seal = context.signature.seal
    return {context.signature.value.algorithm} | ({seal.maker_signature.algorithm} if seal else set())


def _digests(context: SignatureContext) -> set[str]:
    signature = context.signature
    used = {reference.algorithm for reference in signature.references or ()} | {*signature.digest_algorithms}
    return used | ({signature.data_hash.algorithm} if signature.data_hash else set())


def _rsa_bits(context: SignatureContext) -> list[int]:
    """Return the lengths of the RSA keys of the signer and of whoever made the seal."""
    seal, keys = context.signature.seal, [context.signer] if context.signer else []
    if seal is not None:
        with suppress(FormatError):  # a maker's certificate that cannot be read fails another check
            keys.append(read_certificate(seal.maker_certificate))
    return [key.key_bits for key in keys if key.key_type == "RSA"]
