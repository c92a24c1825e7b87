"""Certificate paths by pyhanko-certvalidator: RFC 5280 is not ours, SM2 is.

Clause: RFC 5280, 6.1. The library asks `_Signatures` for every signature, so SM2, ECDSA and RSA go
through the same verification as everything else.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from asn1crypto import algos, keys, x509
from cryptography.exceptions import InvalidSignature
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    ExpiredError,
    NotYetValidError,
    PathBuildingError,
    PathValidationError,
    ValidationError,
)
from pyhanko_certvalidator.policy_decl import (
    AlgorithmUsageConstraint,
    AlgorithmUsagePolicy,
)
from pyhanko_certvalidator.sig_validate import SignatureValidationContext, SignatureValidator

from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.crypto.certificates import read_certificate
from license_service.verification.crypto.oids import canonical_digest, canonical_signature
from license_service.verification.document import FormatError, SignedValue
from license_service.verification.limits import MAX_CERTIFICATES

_T = TypeVar("_T")
_CACHED = 1024
_REFUSED_DIGESTS = frozenset({"md5", "sha1", "md2"})


class PathStatus(StrEnum):
    """What looking for a path can find."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    INVALID = "invalid"


@dataclass(frozen=True)
class PathResult:
    """Hold a path, leaf first and anchor last, or why there is none that holds."""

    status: PathStatus
    code: str
    detail: str = ""
    chain: tuple[bytes, ...] = ()
    anchor: bytes | None = None


def build_path(
    leaf: bytes, intermediates: Sequence[bytes], anchors: Sequence[bytes], moment: datetime
) -> PathResult:
    """Find a path from `leaf` to an anchor that holds at `moment`; raises nothing.

    The leaf's own life is another check: the path is judged at `moment` moved into it, so that an
    expired leaf still says whose it was.
    """
    return _build(leaf, tuple(intermediates)[:MAX_CERTIFICATES], tuple(anchors), _clamp(leaf, moment))


class SignaturesByAlgorithm(SignatureValidator):
    """Verify certificate and CRL signatures with our own algorithms."""

    def validate_signature(
        self,
        signature: bytes,
        signed_data: bytes,
        public_key_info: keys.PublicKeyInfo,
        signature_algorithm: algos.SignedDigestAlgorithm,
        context: SignatureValidationContext | None = None,  # noqa: ARG002 - the library's interface
    ) -> None:
        """Raise InvalidSignature unless the signature holds.

        Raises:
            InvalidSignature: if it does not, or the algorithm is unknown.
        """
        value = SignedValue(signed_data, signature, algorithm_name(signature_algorithm))
        if verify_signature(value, public_key_info.dump()) is not SignatureOutcome.VALID:
            raise InvalidSignature


class StrongAlgorithms(AlgorithmUsagePolicy):
    """Refuse MD5 and SHA-1 in certificates and CRLs, for ever."""

    def digest_algorithm_allowed(
        self,
        algo: algos.DigestAlgorithm,
        moment: datetime | None,  # noqa: ARG002 - the library's interface
    ) -> AlgorithmUsageConstraint:
        """Judge a digest algorithm."""
        return AlgorithmUsageConstraint(allowed=algo["algorithm"].native not in _REFUSED_DIGESTS)

    def signature_algorithm_allowed(
        self,
        algo: algos.SignedDigestAlgorithm,
        moment: datetime | None,  # noqa: ARG002 - the library's interface
        public_key: keys.PublicKeyInfo | None,  # noqa: ARG002 - the library's interface
    ) -> AlgorithmUsageConstraint:
        """Judge a signature algorithm by the digest in it."""
        name = algorithm_name(algo)
        return AlgorithmUsageConstraint(allowed=not name.endswith(("SHA1", "MD5")))


def algorithm_name(algorithm: Any) -> str:  # noqa: ANN401 - asn1crypto is untyped
    """Return the canonical name of an AlgorithmIdentifier, or its dotted OID."""
    oid = algorithm["algorithm"].dotted
    digest = None
    if algorithm["algorithm"].native == "rsassa_pss":
        digest = canonical_digest(algorithm["parameters"]["hash_algorithm"]["algorithm"].dotted)
    elif oid == "1.2.156.10197.1.301.1":
        digest = "SM3"
    return canonical_signature(oid, digest) or str(oid)


def validation_context(
    anchors: Sequence[bytes],
    others: Sequence[bytes],
    moment: datetime,
    *,
    revocation_mode: str = "soft-fail",
    crls: Sequence[bytes] = (),
) -> ValidationContext:
    """Build a context that fetches nothing and uses our signatures and algorithms."""
    return ValidationContext(
        trust_roots=[x509.Certificate.load(anchor) for anchor in anchors],
        other_certs=[x509.Certificate.load(other) for other in others],
        moment=moment,
        allow_fetching=False,
        crls=list(crls),
        revocation_mode=revocation_mode,
        weak_hash_algos=(),
        time_tolerance=timedelta(0),
        signature_validator=SignaturesByAlgorithm(),
        algorithm_usage_policy=StrongAlgorithms(),
    )


def run_without_waiting(coroutine: Coroutine[Any, Any, _T]) -> _T:
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


@lru_cache(maxsize=_CACHED)
def _build(
    leaf: bytes, intermediates: tuple[bytes, ...], anchors: tuple[bytes, ...], moment: datetime
) -> PathResult:
    if not anchors:
        return PathResult(PathStatus.NOT_FOUND, "NO_CERTIFICATE_CHAIN", "no anchor for this purpose")
    try:
        if leaf not in anchors and x509.Certificate.load(leaf).self_issued:
            return PathResult(PathStatus.NOT_FOUND, "NO_CERTIFICATE_CHAIN", "self-made certificate")
        others = [other for other in intermediates if _readable(other)]
        context = validation_context(anchors, others, moment)
        validator = CertificateValidator(x509.Certificate.load(leaf), validation_context=context)
        path = run_without_waiting(validator.async_validate_path())
        chain = tuple(certificate.dump() for certificate in path)[::-1]
        return PathResult(PathStatus.FOUND, "OK", chain=chain, anchor=chain[-1])
    except Exception as error:  # noqa: BLE001 - the one call into the path library; what it raises is a verdict
        return _judge(error)


def _judge(error: Exception) -> PathResult:
    if isinstance(error, PathBuildingError):
        return PathResult(PathStatus.NOT_FOUND, "NO_CERTIFICATE_CHAIN", "no issuer leads to an anchor")
    if isinstance(error, ExpiredError | NotYetValidError):
        return PathResult(PathStatus.INVALID, "CHAIN_CERTIFICATE_EXPIRED", type(error).__name__)
    if isinstance(error, PathValidationError | ValidationError):
        return PathResult(PathStatus.INVALID, "CHAIN_INVALID", type(error).__name__)
    return PathResult(PathStatus.INVALID, "CHAIN_MALFORMED", type(error).__name__)


def _readable(der: bytes) -> bool:
    try:
        read_certificate(der)
    except FormatError:
        return False
    return True


def _clamp(leaf: bytes, moment: datetime) -> datetime:
    try:
        facts = read_certificate(leaf)
    except FormatError:
        return moment
    clamped = min(max(moment, facts.not_before), facts.not_after)
    return clamped.astimezone(UTC)
