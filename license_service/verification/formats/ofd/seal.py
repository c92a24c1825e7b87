"""Read electronic seals and the signatures made with them, in both generations.

Clause: GM/T 0031-2014 (v1); GB/T 38540-2020, 6.1 and 7.1 (v4; v5 adds a timestamp to the seal).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from asn1crypto import core, parser

from license_service.clock import SHANGHAI
from license_service.verification.crypto.der import require_der
from license_service.verification.crypto.ecdsa_encoding import is_strict_der
from license_service.verification.crypto.oids import canonical_signature
from license_service.verification.document import (
    FormatError,
    Seal,
    SignedValue,
    Timestamp,
    TimestampSubject,
)
from license_service.verification.formats.ofd.seal_asn1 import (
    CertificateDigests,
    Certificates,
    SealV4,
    SignatureV1,
    SignatureV4,
)
from license_service.verification.limits import MAX_ASN1_BYTES
from license_service.verification.report import SignatureKind

_V1_MEMBERS = 2
_V4_MEMBERS = 4
_V5 = 5
_SEQUENCE = (0, 1, 16)  # class, method, tag
_RAW_PAIR = 64
_CERTIFICATES, _DIGESTS = 1, 2
_KEPT_SEALS = 128
_LARGEST_KEPT_SEAL = 64 * 1024
"""What is kept is bounded: hostile seals may be as large as a document."""
_MISTYPED_SM2 = "1.2.156.10197.501"
"""A reference library writes this for 1.2.156.10197.1.501; it means nothing else, so it is read and noted."""


@dataclass(frozen=True)
class SealedSignature:
    """Hold a parsed SES_Signature; `encoded_seal` is its SESeal as it stands in the signed bytes."""

    kind: SignatureKind
    seal: Seal
    encoded_seal: bytes
    value: SignedValue
    signer_certificate: bytes
    data_hash: bytes
    property_info: str
    signing_time: datetime | None
    timestamps: tuple[Timestamp, ...]
    critical_extensions: tuple[str, ...]
    notes: tuple[str, ...]


def parse_sealed_signature(data: bytes) -> SealedSignature:
    """Parse SES_Signature of either generation, told apart by its number of members.

    Raises:
        FormatError: `SES_MALFORMED` if it is neither, or not in DER.
    """
    if len(data) > MAX_ASN1_BYTES:
        raise FormatError("SES_TOO_LARGE")
    try:
        members = require_der(data)
        return _parse_v1(data) if members == _V1_MEMBERS else _parse_v4(data, members)
    except FormatError:
        raise
    except Exception as error:  # asn1crypto raises many types on hostile DER; all mean malformed
        raise FormatError("SES_MALFORMED") from error


def _parse_v4(data: bytes, members: int) -> SealedSignature:
    signature = SignatureV4.load(data, strict=True)
    if members != _V4_MEMBERS + _has(signature["timestamp"]):
        raise FormatError("SES_MALFORMED", "members")
    tbs = signature["tbs"]
    encoded_seal = _der(tbs["seal"])
    seal = _seal_v4(encoded_seal)
    return SealedSignature(
        kind=SignatureKind.SES_V5 if seal.facts.version == _V5 else SignatureKind.SES_V4,
        seal=seal.facts,
        encoded_seal=encoded_seal,
        value=_signed_value(_der(tbs), signature["signature"], signature["algorithm"]),
        signer_certificate=signature["cert"].native,
        data_hash=_bits(tbs["data_hash"]),
        property_info=tbs["property_info"].native,
        signing_time=tbs["time_info"].native,
        timestamps=(
            *_timestamps(signature, TimestampSubject.SIGNATURE),
            *seal.timestamps,
        ),
        critical_extensions=_critical(tbs["ext_datas"]),
        notes=_notes(signature["algorithm"].dotted, seal.algorithm),
    )


def _parse_v1(data: bytes) -> SealedSignature:
    signature = SignatureV1.load(data, strict=True)
    tbs = signature["tbs"]
    return SealedSignature(
        kind=SignatureKind.SES_V1,
        seal=_seal_v1(tbs["seal"]),
        encoded_seal=_der(tbs["seal"]),
        value=_signed_value(_der(tbs), signature["signature"], tbs["algorithm"]),
        signer_certificate=tbs["cert"].native,
        data_hash=_bits(tbs["data_hash"]),
        property_info=tbs["property_info"].native,
        signing_time=_time_text(_bits(tbs["time_info"])),
        timestamps=(),
        critical_extensions=(),
        notes=_notes(tbs["algorithm"].dotted, tbs["seal"]["sign_info"]["algorithm"].dotted),
    )


@dataclass(frozen=True)
class _SealV4:
    facts: Seal
    timestamps: tuple[Timestamp, ...]
    algorithm: str


def _seal_v4(der: bytes) -> _SealV4:
    """Read a seal, once for each distinct seal: a unit signs everything with one."""
    return _known_seal_v4(der) if len(der) <= _LARGEST_KEPT_SEAL else _read_seal_v4(der)


def _read_seal_v4(der: bytes) -> _SealV4:
    seal = SealV4.load(der, strict=True)
    info = seal["info"]
    list_type = info["property"]["cert_list_type"].native
    if list_type not in (_CERTIFICATES, _DIGESTS):
        raise FormatError("SES_MALFORMED", "certListType")
    digests = list_type == _DIGESTS
    listed = info["property"]["cert_list"].parse(CertificateDigests if digests else Certificates)
    facts = Seal(
        **_seal_facts(info),
        maker_certificate=seal["cert"].native,
        maker_signature=_signed_value(_der(info), seal["signature"], seal["algorithm"]),
        certificate_list=tuple(item["value"].native if digests else item.native for item in listed),
        certificate_list_is_digests=digests,
        critical_extensions=(*_critical(info["ext_datas"]), *_critical(info["untagged_ext_datas"])),
    )
    return _SealV4(facts, _timestamps(seal, TimestampSubject.SEAL), seal["algorithm"].dotted)


_known_seal_v4 = lru_cache(maxsize=_KEPT_SEALS)(_read_seal_v4)


def _seal_v1(seal: Any) -> Seal:  # noqa: ANN401 - asn1crypto is untyped
    info, sign_info = seal["info"], seal["sign_info"]
    body = _der(info) + sign_info["cert"].dump() + sign_info["algorithm"].dump()
    return Seal(
        **_seal_facts(info),
        maker_certificate=sign_info["cert"].native,
        maker_signature=_signed_value(
            parser.emit(*_SEQUENCE, body), sign_info["signature"], sign_info["algorithm"]
        ),
        certificate_list=tuple(item.native for item in info["property"]["cert_list"]),
        certificate_list_is_digests=False,
        critical_extensions=(*_critical(info["ext_datas"]), *_critical(info["tagged_ext_datas"])),
    )


def _seal_facts(info: Any) -> dict[str, Any]:  # noqa: ANN401 - asn1crypto is untyped
    properties, picture = info["property"], info["picture"]
    return {
        "id": info["es_id"].native,
        "name": properties["name"].native,
        "version": info["header"]["version"].native,
        "type": properties["type"].native,
        "valid_from": properties["valid_start"].native,
        "valid_until": properties["valid_end"].native,
        "picture_type": picture["type"].native,
        "picture": picture["data"].native,
    }


def _critical(extensions: Any) -> tuple[str, ...]:  # noqa: ANN401 - asn1crypto is untyped
    items = extensions if _has(extensions) else ()
    return tuple(item["extn_id"].dotted for item in items if item["critical"].native)


def _timestamps(signed: Any, subject: TimestampSubject) -> tuple[Timestamp, ...]:  # noqa: ANN401 - see above
    """Return the timestamp of a signature or a seal; it is over the value that was signed."""
    stamp = signed["timestamp"]
    return (Timestamp(_bits(stamp), _bits(signed["signature"]), subject),) if _has(stamp) else ()


def _signed_value(data: bytes, signature: Any, algorithm: Any) -> SignedValue:  # noqa: ANN401 - see above
    """Pair signed bytes with a signature in DER, or raw r then s as one vendor writes it."""
    oid, value = algorithm.dotted, _bits(signature)
    raw = len(value) == _RAW_PAIR and not is_strict_der(value)
    name = "SM2-SM3" if oid == _MISTYPED_SM2 else canonical_signature(oid, "SM3") or oid
    return SignedValue(data, value, name, "raw" if raw else "der")


def _notes(*algorithms: str) -> tuple[str, ...]:
    return (f"{_MISTYPED_SM2} read as SM2 with SM3",) if _MISTYPED_SM2 in algorithms else ()


def _has(value: Any) -> bool:  # noqa: ANN401 - see above
    return not isinstance(value, core.Void)


def _bits(value: Any) -> bytes:  # noqa: ANN401 - see above
    """Return the bytes of a BIT STRING; unused bits would be a second way to write the same bytes."""
    data: bytes = value.contents
    if not data.startswith(b"\x00"):
        raise FormatError("SES_MALFORMED", "unused bits")
    return data[1:]


def _der(value: Any) -> bytes:  # noqa: ANN401 - asn1crypto is untyped
    data: bytes = value.dump()  # the bytes as parsed: never re-encoded
    return data


def _time_text(data: bytes) -> datetime | None:
    try:
        moment = datetime.fromisoformat(data.decode("ascii").strip())
    except (UnicodeDecodeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
