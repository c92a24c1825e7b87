"""Read electronic seals and the signatures made with them, in both generations.

Clause: GM/T 0031-2014 (v1); GB/T 38540-2020, 6.1 and 7.1 (v4; v5 adds a timestamp to the seal).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import core

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
    SignatureV1,
    SignatureV4,
)
from license_service.verification.limits import MAX_ASN1_BYTES
from license_service.verification.report import SignatureKind

_V1_MEMBERS = 2
_V4_MEMBERS = 4
_V5 = 5
_DIGEST_LIST = 2
_LISTS = {1: Certificates, _DIGEST_LIST: CertificateDigests}
"""GB/T 38540-2020, 6.1: how certListType is read; any other number is malformed."""
_DER_SEQUENCE = 0x30
_SHORT_FORM = 0x80
_RAW_SM2 = 64


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


def signed_value(data: bytes, signature: bytes, oid: str) -> SignedValue:
    """Pair signed bytes with a signature in DER, or raw r then s as one vendor writes it."""
    raw = len(signature) == _RAW_SM2 and not is_strict_der(signature)
    return SignedValue(data, signature, canonical_signature(oid, "SM3") or oid, "raw" if raw else "der")


def _parse_v4(data: bytes, members: int) -> SealedSignature:
    signature = SignatureV4.load(data, strict=True)
    if members != _V4_MEMBERS + len(_timestamps(signature)):
        raise FormatError("SES_MALFORMED", "members")
    tbs = signature["tbs"]
    seal = _seal_v4(tbs["seal"])
    oid = signature["algorithm"].dotted
    return SealedSignature(
        kind=SignatureKind.SES_V5 if seal.version == _V5 else SignatureKind.SES_V4,
        seal=seal,
        encoded_seal=_der(tbs["seal"]),
        value=signed_value(_der(tbs), signature["signature"].cast(core.OctetBitString).native, oid),
        signer_certificate=signature["cert"].native,
        data_hash=tbs["data_hash"].cast(core.OctetBitString).native,
        property_info=tbs["property_info"].native,
        signing_time=tbs["time_info"].native,
        timestamps=_timestamps(signature),
        critical_extensions=_critical(tbs["ext_datas"]),
    )


def _parse_v1(data: bytes) -> SealedSignature:
    signature = SignatureV1.load(data, strict=True)
    tbs = signature["tbs"]
    oid = tbs["algorithm"].dotted
    return SealedSignature(
        kind=SignatureKind.SES_V1,
        seal=_seal_v1(tbs["seal"]),
        encoded_seal=_der(tbs["seal"]),
        value=signed_value(_der(tbs), signature["signature"].cast(core.OctetBitString).native, oid),
        signer_certificate=tbs["cert"].native,
        data_hash=tbs["data_hash"].cast(core.OctetBitString).native,
        property_info=tbs["property_info"].native,
        signing_time=_time_text(tbs["time_info"].cast(core.OctetBitString).native),
        timestamps=(),
        critical_extensions=(),
    )


def _seal_v4(seal: Any) -> Seal:  # noqa: ANN401 - asn1crypto is untyped
    info = seal["info"]
    list_type = info["property"]["cert_list_type"].native
    digests = list_type == _DIGEST_LIST
    listed = info["property"]["cert_list"].parse(_LISTS[list_type])
    return Seal(
        **_seal_facts(info),
        maker_certificate=seal["cert"].native,
        maker_signature=signed_value(
            _der(info), seal["signature"].cast(core.OctetBitString).native, seal["algorithm"].dotted
        ),
        certificate_list=tuple(item["value"].native if digests else item.native for item in listed),
        certificate_list_is_digests=digests,
        critical_extensions=(*_critical(info["ext_datas"]), *_critical(info["untagged_ext_datas"])),
    )


def _seal_v1(seal: Any) -> Seal:  # noqa: ANN401 - asn1crypto is untyped
    info, sign_info = seal["info"], seal["sign_info"]
    body = _der(info) + sign_info["cert"].dump() + sign_info["algorithm"].dump()
    return Seal(
        **_seal_facts(info),
        maker_certificate=sign_info["cert"].native,
        maker_signature=signed_value(
            _sequence(body),
            sign_info["signature"].cast(core.OctetBitString).native,
            sign_info["algorithm"].dotted,
        ),
        certificate_list=tuple(item.native for item in info["property"]["cert_list"]),
        certificate_list_is_digests=False,
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


def _sequence(body: bytes) -> bytes:
    length = len(body)
    if length < _SHORT_FORM:
        return bytes([_DER_SEQUENCE, length]) + body
    size = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([_DER_SEQUENCE, _SHORT_FORM | len(size)]) + size + body


def _critical(extensions: Any) -> tuple[str, ...]:  # noqa: ANN401 - asn1crypto is untyped
    if isinstance(extensions, core.Void):
        return ()
    return tuple(item["extn_id"].dotted for item in extensions if item["critical"].native)


def _timestamps(signature: Any) -> tuple[Timestamp, ...]:  # noqa: ANN401 - asn1crypto is untyped
    stamp = signature["timestamp"]
    if isinstance(stamp, core.Void):
        return ()
    message = signature["signature"].cast(core.OctetBitString).native
    return (Timestamp(stamp.cast(core.OctetBitString).native, message, TimestampSubject.SIGNATURE),)


def _der(value: Any) -> bytes:  # noqa: ANN401 - asn1crypto is untyped
    data: bytes = value.dump()  # the bytes as parsed: never re-encoded
    return data


def _time_text(data: bytes) -> datetime | None:
    try:
        moment = datetime.fromisoformat(data.decode("ascii").strip())
    except (UnicodeDecodeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
