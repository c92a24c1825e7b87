"""Judge one certificate by OCSP responses.

A response counts if it names this certificate under this issuer's name and key, is signed with the key of
the issuer or one the issuer itself certified for OCSP, and is in force at the moment.
Clause: RFC 6960, 3.2 and 4.2.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import ocsp, x509

from license_service.verification.crypto.algorithms import SignatureOutcome
from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.issuance import IssuanceSignatures, is_strong
from license_service.verification.crypto.names import comparable
from license_service.verification.crypto.oids import canonical_digest
from license_service.verification.crypto.path_search import Chain
from license_service.verification.crypto.revocation_answers import (
    Answer,
    RevocationSource,
    RevocationStatus,
    Times,
)
from license_service.verification.limits import MAX_OCSP_RESPONDERS, MAX_OCSP_RESPONSES

Unrevoked = Callable[[x509.Certificate, Chain], bool]
"""Whether a CRL says that a responder's certificate is not revoked."""

_KNOWN_CRITICAL = frozenset({"nonce", "extended_revoke", "archive_cutoff", "crl"})


class OcspJudge:
    """Judge certificates by the OCSP responses given."""

    def __init__(
        self,
        responses: Sequence[bytes],
        times: Times,
        max_age: timedelta,
        signatures: IssuanceSignatures,
        unrevoked: Unrevoked,
    ) -> None:
        self._responses = responses[:MAX_OCSP_RESPONSES]
        self._times, self._max_age = times, max_age
        self._signatures, self._unrevoked = signatures, unrevoked

    def answers(self, certificate: x509.Certificate, above: Chain) -> Iterator[Answer]:
        """Yield what each response that is about `certificate` says; one that does not count says nothing."""
        serial = certificate["tbs_certificate"]["serial_number"].dump()
        for der in self._responses:
            if serial in der:
                try:
                    yield from self._read(der, certificate, above)
                except Exception:  # noqa: BLE001 - asn1crypto raises many types on hostile DER; all mean unreadable
                    yield Answer(RevocationStatus.UNKNOWN, "an OCSP response that cannot be read")

    def _read(self, der: bytes, certificate: x509.Certificate, above: Chain) -> Iterator[Answer]:
        response = ocsp.OCSPResponse.load(der, strict=True)
        if response["response_status"].native != "successful":
            return
        basic = response["response_bytes"]["response"].parsed
        data = basic["tbs_response_data"]
        named = [one for one in data["responses"] if _is_about(one["cert_id"], certificate, above[0])]
        if not named:
            return
        if _unknown_critical(data["response_extensions"]) or not self._authorized(basic, above):
            yield Answer(RevocationStatus.UNKNOWN, "an OCSP response not signed by whom the issuer lets")
            return
        for one in named:
            yield self._judge(one, data["responder_id"], certificate)

    def _judge(self, one: Any, responder: Any, certificate: x509.Certificate) -> Answer:  # noqa: ANN401 - asn1crypto is untyped
        this_update, next_update = one["this_update"].native, one["next_update"].native
        source = RevocationSource("ocsp", _responder_text(responder), this_update, next_update)
        limit = this_update + self._max_age
        until = min(next_update, limit) if next_update else limit
        life_end = certificate["tbs_certificate"]["validity"]["not_after"].native
        if _unknown_critical(one["single_extensions"]):
            return Answer(RevocationStatus.UNKNOWN, "an OCSP response with an unknown critical extension")
        if not self._times.current(this_update, until, life_end):
            return Answer(RevocationStatus.UNKNOWN, "the OCSP response is not in force", source=source)
        status = one["cert_status"]
        if status.name == "good":
            return Answer(RevocationStatus.GOOD, source=source)
        if status.name == "unknown":
            return Answer(RevocationStatus.UNKNOWN, "the responder does not know it", source=source)
        reason = status.chosen["revocation_reason"].native or "unspecified"
        return self._times.judge(source, status.chosen["revocation_time"].native, reason)

    def _authorized(self, basic: Any, above: Chain) -> bool:  # noqa: ANN401 - asn1crypto is untyped
        issuer, data = above[0], basic["tbs_response_data"]
        if _is_responder(data["responder_id"], issuer):
            return self._signed(basic, issuer)
        produced = data["produced_at"].native
        return any(
            _is_responder(data["responder_id"], candidate)
            and self._signed(basic, candidate)
            and self._delegated(candidate, above, produced)
            for candidate in list(basic["certs"] or ())[:MAX_OCSP_RESPONDERS]
        )

    def _delegated(self, responder: x509.Certificate, above: Chain, produced: datetime) -> bool:
        """Tell whether the issuer itself certified the responder. Clause: RFC 6960, 4.2.2.2 and 4.2.2.2.1."""
        purposes, usage = responder.extended_key_usage_value, responder.key_usage_value
        validity = responder["tbs_certificate"]["validity"]
        return (
            purposes is not None
            and "ocsp_signing" in purposes.native
            and (usage is None or "digital_signature" in usage.native)
            and comparable(responder.issuer) == comparable(above[0].subject)
            and validity["not_before"].native <= produced <= validity["not_after"].native
            and is_strong(responder["signature_algorithm"])
            and self._signatures.of_certificate(responder, above[0]) is SignatureOutcome.VALID
            and (responder.ocsp_no_check_value is not None or self._unrevoked(responder, above))
        )

    def _signed(self, basic: Any, signer: x509.Certificate) -> bool:  # noqa: ANN401 - asn1crypto is untyped
        algorithm = basic["signature_algorithm"]
        spki = signer.public_key.dump()
        outcome = self._signatures.outcome(basic["tbs_response_data"], basic["signature"], algorithm, spki)
        return outcome is SignatureOutcome.VALID and is_strong(algorithm)


def certificate_id(
    certificate: x509.Certificate, issuer: x509.Certificate, algorithm: str
) -> tuple[bytes, bytes, int] | None:
    """Return issuer name hash, issuer key hash and serial number; None for an unknown hash algorithm.

    SHA-1 is allowed: these are identifiers, and no verdict rests on their collisions. RFC 6960, 4.1.1.
    """
    name = digest(algorithm, certificate.issuer.dump())
    key = digest(algorithm, bytes(issuer.public_key["public_key"]))
    return None if name is None or key is None else (name, key, certificate.serial_number)


def _is_about(identifier: Any, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:  # noqa: ANN401 - asn1crypto is untyped
    algorithm = canonical_digest(identifier["hash_algorithm"]["algorithm"].dotted) or ""
    members = ("issuer_name_hash", "issuer_key_hash", "serial_number")
    given = tuple(identifier[name].native for name in members)
    return given == certificate_id(certificate, issuer, algorithm)


def _is_responder(identifier: Any, candidate: x509.Certificate) -> bool:  # noqa: ANN401 - asn1crypto is untyped
    if identifier.name == "by_name":
        return bool(identifier.chosen.hashable == candidate.subject.hashable)
    key = hashlib.sha1(bytes(candidate.public_key["public_key"]), usedforsecurity=False).digest()
    return bool(identifier.chosen.native == key)


def _responder_text(identifier: Any) -> str:  # noqa: ANN401 - asn1crypto is untyped
    chosen = identifier.chosen
    return str(chosen.human_friendly) if identifier.name == "by_name" else str(chosen.native.hex())


def _unknown_critical(extensions: Any) -> bool:  # noqa: ANN401 - asn1crypto is untyped
    return any(e["critical"].native and e["extn_id"].native not in _KNOWN_CRITICAL for e in extensions or ())
