"""Whether one key signed a certificate, CRL or OCSP response; with our algorithms, asked once for each."""

from __future__ import annotations

from typing import Any

from asn1crypto import algos, keys, x509
from cryptography.exceptions import InvalidSignature
from pyhanko_certvalidator.policy_decl import AlgorithmUsageConstraint, AlgorithmUsagePolicy
from pyhanko_certvalidator.sig_validate import SignatureValidationContext, SignatureValidator

from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.crypto.oids import SM2_CURVE, canonical_digest, canonical_signature
from license_service.verification.document import SignedValue

_REFUSED_DIGESTS = frozenset({"md5", "sha1", "md2"})
_SM2_SIGNATURE = f"{SM2_CURVE}.1"  # the algorithm without its digest, which can only be SM3


class IssuanceSignatures(SignatureValidator):
    """Verify signatures of authorities, each at most once; lives as long as one question."""

    def __init__(self) -> None:
        self._known: dict[tuple[SignedValue, bytes], SignatureOutcome] = {}

    def outcome(self, signed: Any, signature: Any, algorithm: Any, spki: bytes) -> SignatureOutcome:  # noqa: ANN401 - asn1crypto is untyped
        """Return what verifying a BIT STRING over a structure says; all its bits must be in use."""
        if signature.contents[:1] != b"\x00":
            return SignatureOutcome.MALFORMED
        return self._verify(signed.dump(), signature.native, algorithm, spki)

    def of_certificate(self, certificate: x509.Certificate, issuer: x509.Certificate) -> SignatureOutcome:
        """Return what verifying `certificate` under the key of `issuer` says."""
        return self.outcome(
            certificate["tbs_certificate"],
            certificate["signature_value"],
            certificate["signature_algorithm"],
            issuer.public_key.dump(),
        )

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
        outcome = self._verify(signed_data, signature, signature_algorithm, public_key_info.dump())
        if outcome is not SignatureOutcome.VALID:
            raise InvalidSignature

    def _verify(self, signed: bytes, signature: bytes, algorithm: Any, spki: bytes) -> SignatureOutcome:  # noqa: ANN401 - asn1crypto is untyped
        question = SignedValue(signed, signature, algorithm_name(algorithm)), spki
        if question not in self._known:
            self._known[question] = verify_signature(*question)
        return self._known[question]


class StrongAlgorithms(AlgorithmUsagePolicy):
    """Refuse MD5 and SHA-1 in certificates, CRLs and OCSP responses, for ever."""

    def digest_algorithm_allowed(
        self,
        algo: algos.DigestAlgorithm,
        moment: object,  # noqa: ARG002 - the library's interface
    ) -> AlgorithmUsageConstraint:
        """Judge a digest algorithm."""
        return AlgorithmUsageConstraint(allowed=algo["algorithm"].native not in _REFUSED_DIGESTS)

    def signature_algorithm_allowed(
        self,
        algo: algos.SignedDigestAlgorithm,
        moment: object,  # noqa: ARG002 - the library's interface
        public_key: keys.PublicKeyInfo | None,  # noqa: ARG002 - the library's interface
    ) -> AlgorithmUsageConstraint:
        """Judge a signature algorithm by the digest in it."""
        return AlgorithmUsageConstraint(allowed=is_strong(algo))


def is_strong(algorithm: Any) -> bool:  # noqa: ANN401 - asn1crypto is untyped
    """Tell whether a signature algorithm rests on neither MD5 nor SHA-1."""
    return not algorithm_name(algorithm).endswith(("SHA1", "MD5"))


def algorithm_name(algorithm: Any) -> str:  # noqa: ANN401 - asn1crypto is untyped
    """Return the canonical name of an AlgorithmIdentifier, or its dotted OID."""
    oid = algorithm["algorithm"].dotted
    digest = None
    if algorithm["algorithm"].native == "rsassa_pss":
        digest = canonical_digest(algorithm["parameters"]["hash_algorithm"]["algorithm"].dotted)
    elif oid == _SM2_SIGNATURE:
        digest = "SM3"
    return canonical_signature(oid, digest) or str(oid)
