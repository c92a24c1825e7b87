"""Bind a verdict to one document, so that a later verifier need not ask for revocation again.

A token is a JWT that says which signatures over which bytes were judged, under which policy, as of when,
and what came out. Whoever trusts the key that signed it recomputes the digests and is done: certificates may
have expired since, and whoever answered about revocation may be gone.

Clause: RFC 9321, 3 (claims) and 5 (verification). The profile is our own: a token is about a whole document,
which is the signed data, whatever its format; the path is named by digests, the signer's certificate first.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from license_service.verification.canonical import canonical_json
from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.jwk import PublicJwk
from license_service.verification.crypto.jws import parse_compact
from license_service.verification.document import FormatError, ParsedSignature
from license_service.verification.presentation import AS_IS, Presentation
from license_service.verification.report import Indication, SignatureReport
from license_service.verification.strict_json import parse_object
from license_service.verification.token_claims import IssuedClaims, read_claims
from license_service.verification.verifier import parse_document

PROFILE = "urn:license-service:svt:1"
VERSION, TYPE = "1.0", "JWT"
PATH, KEY = f"{PROFILE}:path-hash", f"{PROFILE}:key-hash"
DOCUMENT, CONTENT = "document", "content"


@dataclass(frozen=True)
class TokenHash:
    """Name a digest as the verifier does and as a token does (RFC 6931; SM3 by its identifier)."""

    name: str
    uri: str


HASHES: Mapping[str, TokenHash] = {
    "ES256": TokenHash("SHA256", "http://www.w3.org/2001/04/xmlenc#sha256"),
    "EdDSA": TokenHash("SHA512", "http://www.w3.org/2001/04/xmlenc#sha512"),
    "SGD_SM3_SM2": TokenHash("SM3", "urn:oid:1.2.156.10197.1.401"),
}
"""The digest that belongs to each algorithm: both are one (RFC 9321, 3.2.8)."""

_RESULTS = {
    Indication.TOTAL_PASSED: "PASSED",
    Indication.TOTAL_FAILED: "FAILED",
    Indication.INDETERMINATE: "INDETERMINATE",
}


def bind(signatures: Sequence[SignatureReport], hash_name: str) -> list[dict[str, Any]] | None:
    """Return what names each signature of a report in a token; None where one of them is nobody's."""
    bindings = [_bind(signature, hash_name) for signature in signatures]
    return [binding for binding in bindings if binding] if all(bindings) and bindings else None


def claims(
    report: Mapping[str, Any],
    bindings: Sequence[Mapping[str, Any]],
    data: Mapping[str, bytes],
    algorithm: str,
    issued: IssuedClaims,
) -> dict[str, Any]:
    """Return the claims of a token about a report as it is on the wire.

    `bindings` are those of `bind`, `data` the digests of the document and of the content of a detached
    signature, all under the hash of `algorithm`.
    """
    references = [{"ref": name, "hash": _base64(value)} for name, value in data.items()]
    rows = [
        {**binding, "sig_data_ref": references, "sig_val": [_result(report, signature)]}
        for binding, signature in zip(bindings, report["signatures"], strict=True)
    ]
    validation = {
        "ver": VERSION,
        "profile": PROFILE,
        "hash_algo": HASHES[algorithm].uri,
        "sig": rows,
        "ext": _extension(report, issued),
    }
    return {
        "jti": issued.id,
        "iss": issued.issuer,
        "iat": int(issued.issued_at.timestamp()),
        "sig_val_claims": validation,
    }


def data_digests(document: bytes, content: bytes | None, hash_name: str) -> dict[str, bytes]:
    """Return the digests of what signatures are over, by the names they have in a token."""
    given = {DOCUMENT: document, CONTENT: content}
    return {name: _digest(hash_name, data) for name, data in given.items() if data is not None}


@dataclass(frozen=True)
class ValidationToken:
    """Hold a token that its key signed: what it says of which document, and since when."""

    issuer: str
    issued_at: datetime
    indication: Indication
    extension: Mapping[str, str]
    hash_name: str
    signatures: tuple[Mapping[str, Any], ...]

    def require_about(self, document: bytes, presentation: Presentation = AS_IS) -> None:
        """Refuse a document that the token is not about, to the byte.

        Clause: RFC 9321, 5, steps 3 to 6.

        Raises:
            FormatError: `SVT_DOCUMENT_MISMATCH`, `SVT_SIGNATURE_COUNT`, `SVT_SIGNATURE_MISMATCH`,
                `SVT_SIGNED_BYTES_MISMATCH` or `SVT_CERTIFICATE_MISMATCH`; or why the document is none.
        """
        data = data_digests(document, presentation.content, self.hash_name)
        expected = [{"ref": name, "hash": _base64(value)} for name, value in data.items()]
        if any(row["sig_data_ref"] != expected for row in self.signatures):
            raise FormatError("SVT_DOCUMENT_MISMATCH")
        found = parse_document(document, presentation).signatures
        if len(found) != len(self.signatures):
            raise FormatError("SVT_SIGNATURE_COUNT")
        for row, signature in zip(self.signatures, found, strict=True):
            self._require_same(row, signature)

    def _require_same(self, row: Mapping[str, Any], signature: ParsedSignature) -> None:
        reference, signer = row["sig_ref"], row["signer_cert_ref"]
        if reference["sig_hash"] != self._of(signature.value.signature):
            raise FormatError("SVT_SIGNATURE_MISMATCH")
        if reference["sb_hash"] != self._of(signature.value.data):
            raise FormatError("SVT_SIGNED_BYTES_MISMATCH")
        certificate = signature.signer_certificate
        named = signer["ref"][0] if signer["type"] == PATH else None
        if named != (self._of(certificate) if certificate is not None else None):
            raise FormatError("SVT_CERTIFICATE_MISMATCH")

    def _of(self, data: bytes) -> str:
        return _base64(_digest(self.hash_name, data))


def open_token(token: bytes, key: PublicJwk) -> ValidationToken:
    """Read a token that `key` signed.

    Raises:
        FormatError: `JWS_*` or `JSON_*` if it is no signed JSON, `SVT_TYPE_REFUSED`,
            `SVT_ALGORITHM_REFUSED`, `SVT_SIGNATURE_INVALID`, `SVT_PROFILE_UNKNOWN`, `SVT_HASH_MISMATCH` or
            `SVT_CLAIMS_MALFORMED`.
    """
    signed = parse_compact(token)
    if signed.header.get("typ") != TYPE or "cty" in signed.header:
        raise FormatError("SVT_TYPE_REFUSED")
    algorithm = HASHES.get(str(signed.header["alg"]))
    # RFC 8725, 3.1: the key says which algorithms it is for, never the token alone.
    if algorithm is None or signed.value.algorithm not in key.algorithms:
        raise FormatError("SVT_ALGORITHM_REFUSED")
    if verify_signature(signed.value, key.spki) is not SignatureOutcome.VALID:
        raise FormatError("SVT_SIGNATURE_INVALID")
    found = read_claims(parse_object(signed.payload))
    validation = found.validation
    if (validation["ver"], validation["profile"]) != (VERSION, PROFILE):
        raise FormatError("SVT_PROFILE_UNKNOWN")
    if validation["hash_algo"] != algorithm.uri:
        raise FormatError("SVT_HASH_MISMATCH")
    return ValidationToken(
        found.issued.issuer,
        found.issued.issued_at,
        found.indication,
        validation["ext"],
        algorithm.name,
        tuple(validation["sig"]),
    )


def _bind(signature: SignatureReport, hash_name: str) -> dict[str, Any] | None:
    bound = signature.bound
    if bound is None or not (bound.certificates or bound.spki):
        return None
    named = bound.certificates or (bound.spki,)
    return {
        "sig_ref": {
            "id": str(signature.index),
            "sig_hash": _base64(_digest(hash_name, bound.value)),
            "sb_hash": _base64(_digest(hash_name, bound.signed)),
        },
        "signer_cert_ref": {
            "type": PATH if bound.certificates else KEY,
            "ref": [_base64(_digest(hash_name, item)) for item in named],
        },
    }


def _result(report: Mapping[str, Any], signature: Mapping[str, Any]) -> dict[str, str]:
    reason = signature["sub_indication"]
    result = _RESULTS[Indication(signature["indication"])]
    return {"pol": report["policy"]["digest"], "res": result, **({"msg": reason} if reason else {})}


def _extension(report: Mapping[str, Any], issued: IssuedClaims) -> dict[str, str]:
    canonical = hashlib.sha256(canonical_json(report)).hexdigest()
    said = {
        "indication": report["indication"],
        "sub_indication": report["sub_indication"],
        "validation_time": report["validation_time"],
        "policy_id": report["policy"]["id"],
        "policy_version": report["policy"]["version"],
        "trust": report["trust"]["digest"],
        "evidence": report["evidence"]["digest"],
        "report": f"sha256:{canonical}",
        **issued.beside,
    }
    return {name: value for name, value in said.items() if value}


def _digest(name: str, data: bytes) -> bytes:
    value = digest(name, data)
    if value is None:
        raise ValueError(f"no digest is called {name}")
    return value


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
