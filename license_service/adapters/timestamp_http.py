"""Ask one pinned timestamp authority over HTTP, and believe only what it signed over our request.

Stamps with RSA or ECDSA are judged by a library of others; those with SM2, which it does not know, by the
reader that auditors use, which judges all of them again before they are kept.
Clause: RFC 3161, 2.4 and 3.4; GM/T 0033-2023.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from asn1crypto import pem, tsp
from cryptography import x509
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from license_service.adapters.pinned_http import Budget, PinnedHttp, origin
from license_service.audit.errors import AuditError
from license_service.errors import ConfigurationError
from license_service.verification.crypto.certificates import read_certificate
from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.oids import SM3

DOWN, REFUSED, NOT_OURS = "STAMP_AUTHORITY_DOWN", "STAMP_REFUSED", "STAMP_NOT_OURS"
"""No answer; an answer without a token; a token that is not the pinned authority's over our request."""
_SECONDS, _OCTETS = 12.0, 64 * 1024
_NONCE_BITS = 63
_HEADERS = {"Content-Type": "application/timestamp-query"}
_GRANTED = ("granted", "granted_with_mods")
_SHA256 = "2.16.840.1.101.3.4.2.1"


class HttpTimestampAuthority:
    """Ask the authority at `url`, whose certificate is the first of `chain`; the last is its root."""

    def __init__(self, url: str, chain: Sequence[bytes], networks: Iterable[str] = ()) -> None:
        self._url = url
        self._http = PinnedHttp(filter(None, [origin(url)]), networks)
        self._signs_sm2 = read_certificate(chain[0]).key_type == "SM2"
        self._chain = [] if self._signs_sm2 else [x509.load_der_x509_certificate(item) for item in chain]

    def stamp(self, message: bytes) -> bytes:
        """Return a token over the message.

        Raises:
            AuditError: saying why there is none.
        """
        nonce = secrets.randbits(_NONCE_BITS)
        budget = Budget(_SECONDS, _OCTETS)
        body = self._request(message, nonce)
        answer = self._http.ask(self._url, budget, method="POST", body=body, headers=_HEADERS)
        if answer is None:
            raise AuditError(DOWN)
        token = _token(answer, nonce)
        if not self._signs_sm2:
            self._require_ours(answer, message, nonce)
        return token

    def _request(self, message: bytes, nonce: int) -> bytes:
        """Return a request; for no certificate, since it is pinned and nobody could vouch for the others."""
        name, oid = ("SM3", SM3) if self._signs_sm2 else ("SHA256", _SHA256)
        imprint = {"hash_algorithm": {"algorithm": oid}, "hashed_message": digest(name, message)}
        request = {"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": False}
        der: bytes = tsp.TimeStampReq(request).dump()
        return der

    def _require_ours(self, answer: bytes, message: bytes, nonce: int) -> None:
        authority, *others = self._chain
        verifier = VerifierBuilder(
            tsa_certificate=authority, intermediates=others[:-1], roots=others[-1:], nonce=nonce
        ).build()
        try:
            verifier.verify_message(decode_timestamp_response(answer), message)
        except (VerificationError, ValueError) as error:
            raise AuditError(NOT_OURS) from error


def read_chain(data: bytes) -> list[bytes]:
    """Read certificates in PEM, or one in DER.

    Raises:
        ConfigurationError: if there is none.
    """
    try:
        found = [der for _, _, der in pem.unarmor(data, multiple=True)] if pem.detect(data) else [data]
        for certificate in found:
            read_certificate(certificate)
    except Exception as error:  # asn1crypto raises many types on what is no certificate
        raise ConfigurationError("no certificate of a timestamp authority") from error
    return found


def _token(answer: bytes, nonce: int) -> bytes:
    try:
        granted, token, stated = _read(answer)
    except Exception as error:  # asn1crypto raises many types on hostile DER; all mean no token
        raise AuditError(REFUSED) from error
    if not granted:
        raise AuditError(REFUSED)
    if stated != nonce:
        raise AuditError(NOT_OURS)
    return token


def _read(answer: bytes) -> tuple[bool, bytes, int | None]:
    response: Any = tsp.TimeStampResp.load(answer, strict=True)
    token = response["time_stamp_token"]
    if response["status"]["status"].native not in _GRANTED:
        return False, b"", None
    info = token["content"]["encap_content_info"]["content"].parsed
    return True, token.dump(), info["nonce"].native
