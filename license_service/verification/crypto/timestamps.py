"""Read a timestamp token and verify all of it but trust: who the authority is, and what it is over.

1. SignedData with exactly one signer and TSTInfo for content; the identifiers of CMS or of GM/T 0010.
2. The certificate is the one the signed attributes name by digest, never merely one that came along.
3. That certificate is for timestamping alone, and says so in a critical extension.
4. The signature holds over TSTInfo, and the imprint is the digest of the stamped bytes.

Clause: RFC 3161, 2.3 and 2.4.2; RFC 5816; GM/T 0033-2023; GB/T 20520-2006.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import core, tsp, x509

from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.crypto.certificates import CertificateFacts, read_certificate
from license_service.verification.crypto.der import require_der
from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.oids import canonical_digest
from license_service.verification.crypto.signed_data import Binding, SignerData, parse_signed_data
from license_service.verification.document import DigestComparison, FormatError

_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_TIME_STAMPING = ["time_stamping"]


@dataclass(frozen=True)
class TimestampToken:
    """Hold what a token says.

    `failures` are the rules it breaks, as codes: a token with any proves nothing. `signature` is apart
    from them where the algorithm is unknown, which proves nothing either but accuses nobody.
    """

    gen_time: datetime
    accuracy: timedelta
    policy: str
    serial: int
    imprint: DigestComparison
    signer: SignerData
    authority: CertificateFacts | None
    signature: SignatureOutcome | None
    failures: tuple[str, ...]

    @property
    def latest(self) -> datetime:
        """Return the last instant at which the stamped bytes can first have been seen."""
        return self.gen_time + self.accuracy

    @property
    def earliest(self) -> datetime:
        """Return the first such instant."""
        return self.gen_time - self.accuracy

    @property
    def digests(self) -> tuple[str, ...]:
        """Return the canonical names of the digests used."""
        return self.imprint.algorithm, self.signer.digest_algorithm


def read_token(token: bytes, message: bytes) -> TimestampToken:
    """Read a token over `message`.

    Raises:
        FormatError: `TIMESTAMP_MALFORMED` if it is no token in DER with one signer.
    """
    try:
        return _read(token, message)
    except Exception as error:  # asn1crypto raises many types on hostile DER; all mean malformed
        raise FormatError("TIMESTAMP_MALFORMED") from error


def _read(token: bytes, message: bytes) -> TimestampToken:
    signed = parse_signed_data(token)
    if signed.content is None or signed.content_type != _TST_INFO:
        raise FormatError("TIMESTAMP_MALFORMED", "content")
    (signer,) = signed.signers
    require_der(signed.content)
    info = tsp.TSTInfo.load(signed.content, strict=True)
    authority = read_certificate(signer.certificate) if signer.certificate else None
    imprint = _imprint(info["message_imprint"], message)
    signature = _signature(signer, authority) if authority else None
    stated = TimestampToken(
        gen_time=info["gen_time"].native,
        accuracy=_accuracy(info["accuracy"]),
        policy=info["policy"].dotted,
        serial=info["serial_number"].native,
        imprint=imprint,
        signer=signer,
        authority=authority,
        signature=signature,
        failures=(*_failures(info, signer, authority), *_mismatches(imprint, signature)),
    )
    if stated.gen_time.tzinfo is None or stated.latest < stated.earliest:
        raise FormatError("TIMESTAMP_MALFORMED", "time")
    return stated


def _imprint(stated: Any, message: bytes) -> DigestComparison:  # noqa: ANN401 - asn1crypto is untyped
    oid = stated["hash_algorithm"]["algorithm"].dotted
    name = canonical_digest(oid) or oid
    return DigestComparison("stamped bytes", name, stated["hashed_message"].native, digest(name, message))


def _signature(signer: SignerData, authority: CertificateFacts) -> SignatureOutcome:
    content = signer.data_hash
    if content is None or content.actual is None:
        return SignatureOutcome.UNSUPPORTED_ALGORITHM
    if content.actual != content.expected:
        return SignatureOutcome.INVALID
    return verify_signature(signer.value, authority.spki)


def _failures(
    info: Any,  # noqa: ANN401 - asn1crypto is untyped
    signer: SignerData,
    authority: CertificateFacts | None,
) -> list[str]:
    extensions = () if isinstance(info["extensions"], core.Void) else info["extensions"]
    rules = {
        "TIMESTAMP_MALFORMED": info["version"].native == "v1" and not signer.failures,
        "TIMESTAMP_EXTENSION_UNKNOWN": not any(item["critical"].native for item in extensions),
        "TIMESTAMP_SIGNER_NOT_BOUND": authority is None or signer.binding is not Binding.NONE,
        "TIMESTAMP_CERTIFICATE_NOT_TSA": authority is None or _only_stamps(authority.der),
    }
    return [code for code, holds in rules.items() if not holds]


def _mismatches(imprint: DigestComparison, signature: SignatureOutcome | None) -> list[str]:
    refused = (SignatureOutcome.INVALID, SignatureOutcome.MALFORMED, SignatureOutcome.KEY_MISMATCH)
    wrong_imprint = imprint.actual is not None and imprint.actual != imprint.expected
    codes = ["TIMESTAMP_SIGNATURE_INVALID"] if signature in refused else []
    return [*codes, *(["TIMESTAMP_IMPRINT_MISMATCH"] if wrong_imprint else [])]


def _only_stamps(certificate: bytes) -> bool:
    """Tell whether timestamping is the only purpose, and critical (RFC 3161, 2.3)."""
    parsed = x509.Certificate.load(certificate)
    purposes = parsed.extended_key_usage_value
    critical = "extended_key_usage" in parsed.critical_extensions
    return critical and purposes is not None and purposes.native == _TIME_STAMPING


def _accuracy(stated: Any) -> timedelta:  # noqa: ANN401 - asn1crypto is untyped
    if isinstance(stated, core.Void):
        return timedelta(0)
    seconds, millis, micros = (stated[part].native or 0 for part in ("seconds", "millis", "micros"))
    return timedelta(seconds=seconds, milliseconds=millis, microseconds=micros)
