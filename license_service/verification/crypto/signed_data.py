"""Read CMS SignedData, with the standard identifiers or the Chinese ones, into what checks judge.

Signed attributes are required: without them the content can be swapped for the attributes of another
message. Every attribute that counts occurs exactly once, and among the signed ones. Unsigned attributes
nobody knows are passed over, since anybody could have put them there.
Clause: RFC 5652, 5 and 11; RFC 5035 (signing-certificate-v2); GB/T 35275-2017; GM/T 0010-2012;
draft-ietf-lamps-cms-euf-cma-signeddata.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from asn1crypto import cms, core, tsp  # noqa: F401 - tsp teaches cms the attributes that bind a certificate

from license_service.verification.crypto.der import require_der
from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.oids import canonical_digest, canonical_signature
from license_service.verification.document import (
    DigestComparison,
    FormatError,
    SignedValue,
    Timestamp,
    TimestampSubject,
)
from license_service.verification.limits import (
    MAX_CERTIFICATES,
    MAX_DOCUMENT_BYTES,
    MAX_SIGNATURES,
    MAX_TIMESTAMPS,
)

SIGNED_DATA = frozenset({"1.2.840.113549.1.7.2", "1.2.156.10197.6.1.4.2.2"})
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_SIGNING_TIME = "1.2.840.113549.1.9.5"
_SIGNING_CERTIFICATE, _SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
_SIGNATURE_TIMESTAMP, _CONTENT_TIMESTAMP = "1.2.840.113549.1.9.16.2.14", "1.2.840.113549.1.9.16.2.20"
_COUNTERSIGNATURE = "1.2.840.113549.1.9.6"
_PSS = "1.2.840.113549.1.1.10"
_PLAIN = frozenset({"1.2.840.113549.1.7.1", "1.2.156.10197.6.1.4.2.1"})
"""Content of no further type: PKCS #7's `data` and GM/T 0010's."""
_BINDING_DIGESTS = frozenset({"SM3", "SHA256", "SHA384", "SHA512"})
_RAW_SM2 = 64
_SET_TAG = b"\x31"
_NAMES = {
    _CONTENT_TYPE: "CONTENT_TYPE",
    _MESSAGE_DIGEST: "MESSAGE_DIGEST",
    _SIGNING_TIME: "SIGNING_TIME",
    _SIGNING_CERTIFICATE_V2: "SIGNING_CERTIFICATE",
}
_REQUIRED = (_CONTENT_TYPE, _MESSAGE_DIGEST)
_NEVER_UNSIGNED = (_CONTENT_TYPE, _MESSAGE_DIGEST, _SIGNING_TIME)


class _ContentInfo(core.Sequence):
    _fields = [("content_type", core.ObjectIdentifier), ("content", core.Any, {"explicit": 0})]


class _Attributes(core.SetOf):
    _child_spec = cms.CMSAttribute


class Binding(StrEnum):
    """How the signed attributes name the signer's certificate; by issuer and serial alone is not at all."""

    NONE = "none"
    SHA1 = "signing-certificate"
    STRONG = "signing-certificate-v2"


@dataclass(frozen=True)
class SignerData:
    """Hold one SignerInfo: what was signed, by whom, and every rule it breaks as a code."""

    value: SignedValue
    data_hash: DigestComparison | None
    certificate: bytes | None
    certificates: tuple[bytes, ...]
    signing_time: datetime | None
    timestamps: tuple[Timestamp, ...]
    digest_algorithm: str
    has_signed_attributes: bool
    binding: Binding
    failures: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class SignedData:
    """Hold a SignedData: its content where attached, and its signers.

    `repeated` says that one certificate signed twice: an odd file, and not several opinions.
    """

    content: bytes | None
    content_type: str
    signers: tuple[SignerData, ...]
    repeated: bool


def parse_signed_data(data: bytes, detached: bytes | None = None) -> SignedData:
    """Parse DER; `detached` is the content where the structure carries none.

    Raises:
        FormatError: `CMS_MALFORMED` if it is no SignedData in DER, or `CMS_NO_SIGNER`.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise FormatError("CMS_TOO_LARGE")
    try:
        return _read(_signed_data(data), detached)
    except FormatError:
        raise
    except Exception as error:  # asn1crypto raises many types on hostile DER; all mean malformed
        raise FormatError("CMS_MALFORMED") from error


def _signed_data(data: bytes) -> Any:  # noqa: ANN401 - asn1crypto is untyped
    if require_der(data) != len(_ContentInfo._fields):
        raise FormatError("CMS_MALFORMED", "members")
    info = _ContentInfo.load(data, strict=True)
    if info["content_type"].dotted not in SIGNED_DATA:
        raise FormatError("CMS_NOT_SIGNED_DATA")
    return info["content"].parse(cms.SignedData)


def _read(signed: Any, detached: bytes | None) -> SignedData:  # noqa: ANN401 - asn1crypto is untyped
    content = _content(signed["encap_content_info"])
    certificates = _certificates(signed["certificates"])
    signers = list(signed["signer_infos"])
    if not signers:
        raise FormatError("CMS_NO_SIGNER")
    if len(signers) > MAX_SIGNATURES:
        raise FormatError("CMS_TOO_MANY_SIGNERS")
    declared = {canonical_digest(item["algorithm"].dotted) for item in signed["digest_algorithms"]}
    content_type = signed["encap_content_info"]["content_type"].dotted
    body = content if content is not None else detached
    identifiers = {signer["sid"].dump() for signer in signers}
    return SignedData(
        content,
        content_type,
        tuple(_signer(s, body, content_type, certificates, declared) for s in signers),
        repeated=len(identifiers) < len(signers),
    )


def _signer(
    signer: Any,  # noqa: ANN401 - asn1crypto is untyped
    content: bytes | None,
    content_type: str,
    certificates: tuple[Any, ...],
    declared: set[str | None],
) -> SignerData:
    attributes, unsigned = _attributes(signer["signed_attrs"]), _attributes(signer["unsigned_attrs"])
    digest_oid = signer["digest_algorithm"]["algorithm"].dotted
    digest_name = canonical_digest(digest_oid) or digest_oid
    candidates = _find(signer["sid"], certificates)
    certificate = candidates[0] if candidates else None
    data = _signed_bytes(signer["signed_attrs"], content)
    binding, matches = _binding(attributes, certificate)
    failures = [
        *_attribute_failures(attributes, content_type),
        *_content_failures(attributes, content, content_type),
        *[f"CMS_{_NAMES[oid]}_UNSIGNED" for oid in _NEVER_UNSIGNED if oid in unsigned],
        *_digest_failures(signer, digest_name, declared),
        *(["CMS_SIGNER_AMBIGUOUS"] if len(candidates) > 1 else []),
        *([] if matches else ["CMS_SIGNING_CERTIFICATE_MISMATCH"]),
    ]
    return SignerData(
        value=_value(signer, data, digest_name),
        data_hash=_data_hash(attributes, content, digest_name),
        certificate=certificate,
        certificates=tuple(dict.fromkeys(item.dump() for item in certificates)),
        signing_time=_signing_time(attributes),
        timestamps=_timestamps(signer, attributes, unsigned, content),
        digest_algorithm=digest_name,
        has_signed_attributes=bool(attributes),
        binding=binding,
        failures=tuple(failures),
        notes=("a countersignature is not judged",) if _COUNTERSIGNATURE in unsigned else (),
    )


def _content(encapsulated: Any) -> bytes | None:  # noqa: ANN401 - asn1crypto is untyped
    content = encapsulated["content"]
    if isinstance(content, core.Void) or content.contents is None:
        return None
    if isinstance(content, core.Any):
        content = content.parse(core.OctetString)
    value: bytes = content.native if isinstance(content, core.OctetString) else bytes(content)
    return value


def _certificates(choices: Any) -> tuple[Any, ...]:  # noqa: ANN401 - asn1crypto is untyped
    if isinstance(choices, core.Void):
        return ()
    if len(choices) > MAX_CERTIFICATES:
        raise FormatError("CMS_TOO_MANY_CERTIFICATES")
    return tuple(choice.chosen for choice in choices if choice.name == "certificate")


def _find(sid: Any, certificates: tuple[Any, ...]) -> tuple[bytes, ...]:  # noqa: ANN401 - asn1crypto is untyped
    """Return every distinct certificate that the identifier fits; with two, nobody can say who signed."""
    if sid.name == "subject_key_identifier":
        wanted = sid.chosen.native
        fitting = [c for c in certificates if c.key_identifier == wanted]
    else:
        issuer, serial = sid.chosen["issuer"].dump(), sid.chosen["serial_number"].native
        fitting = [c for c in certificates if c.serial_number == serial and c.issuer.dump() == issuer]
    return tuple(dict.fromkeys(certificate.dump() for certificate in fitting))


def _attributes(attributes: Any) -> dict[str, list[Any]]:  # noqa: ANN401 - asn1crypto is untyped
    found: dict[str, list[Any]] = {}
    for attribute in () if isinstance(attributes, core.Void) else attributes:
        values = list(attribute["values"])
        # An attribute with no or several values, or met twice, is recorded once for each value.
        found.setdefault(attribute["type"].dotted, []).extend(values or [None, None])
    return found


def _signed_bytes(attributes: Any, content: bytes | None) -> bytes:  # noqa: ANN401 - asn1crypto is untyped
    if isinstance(attributes, core.Void):
        return content or b""
    encoded: bytes = attributes.dump()
    return _SET_TAG + encoded[1:]  # RFC 5652, 5.4: the tag is SET OF, not [0]


def _value(signer: Any, data: bytes, digest_name: str) -> SignedValue:  # noqa: ANN401 - asn1crypto is untyped
    algorithm, signature = signer["signature_algorithm"], signer["signature"].native
    oid = algorithm["algorithm"].dotted
    raw = len(signature) == _RAW_SM2 and digest_name == "SM3"
    name = canonical_signature(oid, digest_name) or oid
    return SignedValue(data, signature, name, "raw" if raw else "der")


def _data_hash(
    attributes: dict[str, list[Any]], content: bytes | None, digest_name: str
) -> DigestComparison | None:
    values = attributes.get(_MESSAGE_DIGEST)
    if not values or values[0] is None:
        return None
    actual = digest(digest_name, content) if content is not None else None
    return DigestComparison("content", digest_name, values[0].native, actual, missing=content is None)


def _attribute_failures(attributes: dict[str, list[Any]], content_type: str) -> list[str]:
    if not attributes:
        return ["CMS_SIGNED_ATTRIBUTES_MISSING"]
    missing = [f"CMS_{_NAMES[oid]}_MISSING" for oid in _REQUIRED if oid not in attributes]
    repeated = [f"CMS_{name}_REPEATED" for oid, name in _NAMES.items() if len(attributes.get(oid, [])) > 1]
    failures = missing + repeated
    named = attributes.get(_CONTENT_TYPE)
    if not failures and named and named[0].dotted != content_type and not _both_plain(named[0], content_type):
        failures.append("CMS_CONTENT_TYPE_MISMATCH")
    if _SIGNING_TIME in attributes and _signing_time(attributes) is None:
        failures.append("CMS_SIGNING_TIME_MALFORMED")
    return failures


def _both_plain(named: Any, content_type: str) -> bool:  # noqa: ANN401 - asn1crypto is untyped
    # In the field the attribute names GM/T's `data` while the structure names PKCS #7's.
    return {named.dotted, content_type} <= _PLAIN


def _content_failures(
    attributes: dict[str, list[Any]], content: bytes | None, content_type: str
) -> list[str]:
    """Name what makes content that is signed without attributes unsafe, whatever a policy allows.

    Content that reads as attributes may be the attributes somebody signed over other content.
    """
    if attributes:
        return []
    failures = [] if content_type in _PLAIN else ["CMS_CONTENT_TYPE_MISMATCH"]
    return [*failures, "CMS_CONTENT_IS_ATTRIBUTES"] if content and _reads_as_attributes(content) else failures


def _reads_as_attributes(content: bytes) -> bool:
    if content[:1] != _SET_TAG:
        return False
    try:
        require_der(content)
        return len(_attributes(_Attributes.load(content, strict=True))) > 0
    except Exception:  # noqa: BLE001 - asn1crypto raises many types; all mean that it reads as something else
        return False


def _digest_failures(signer: Any, digest_name: str, declared: set[str | None]) -> list[str]:  # noqa: ANN401
    failures = [] if digest_name in declared else ["CMS_DIGEST_ALGORITHM_MISMATCH"]
    algorithm = signer["signature_algorithm"]
    oid = algorithm["algorithm"].dotted
    name = canonical_signature(oid, digest_name)
    if oid == _PSS:
        failures += _pss_failures(algorithm["parameters"], digest_name)
    elif name is not None and name != "ED25519" and not name.endswith(f"-{digest_name}"):
        failures.append("CMS_DIGEST_ALGORITHM_MISMATCH")
    return failures


def _pss_failures(parameters: Any, digest_name: str) -> list[str]:  # noqa: ANN401 - asn1crypto is untyped
    """Compare every parameter: one hash throughout, and a salt as long as it (RFC 4056, 3)."""
    mask = parameters["mask_gen_algorithm"]
    hashes = {
        canonical_digest(parameters["hash_algorithm"]["algorithm"].dotted),
        canonical_digest(mask["parameters"]["algorithm"].dotted),
    }
    failures = [] if hashes == {digest_name} else ["CMS_DIGEST_ALGORITHM_MISMATCH"]
    salt = len(digest(digest_name, b"") or b"")
    exact = (
        parameters["salt_length"].native == salt and parameters["trailer_field"].native == "trailer_field_bc"
    )
    return failures if exact else [*failures, "CMS_PSS_PARAMETERS_REFUSED"]


def _binding(attributes: dict[str, list[Any]], certificate: bytes | None) -> tuple[Binding, bool]:
    """Return the strongest binding there is, and whether each that is there names the certificate."""
    found, matches = Binding.NONE, True
    for oid, binding in ((_SIGNING_CERTIFICATE, Binding.SHA1), (_SIGNING_CERTIFICATE_V2, Binding.STRONG)):
        values = attributes.get(oid)
        if values and values[0] is not None:
            found = binding
            matches &= certificate is None or _names(values[0]["certs"][0], binding, certificate)
    return found, matches


def _names(identifier: Any, binding: Binding, certificate: bytes) -> bool:  # noqa: ANN401 - asn1crypto is untyped
    name: str | None = "SHA1"
    if binding is Binding.STRONG:
        name = canonical_digest(identifier["hash_algorithm"]["algorithm"].dotted)
        if name not in _BINDING_DIGESTS:
            return False
    expected: bytes = identifier["cert_hash"].native
    return digest(name or "", certificate) == expected


def _signing_time(attributes: dict[str, list[Any]]) -> datetime | None:
    values = attributes.get(_SIGNING_TIME)
    if not values or values[0] is None:
        return None
    try:
        moment = values[0].native
    except ValueError:
        return None
    return moment if isinstance(moment, datetime) else None


def _timestamps(
    signer: Any,  # noqa: ANN401 - asn1crypto is untyped
    attributes: dict[str, list[Any]],
    unsigned: dict[str, list[Any]],
    content: bytes | None,
) -> tuple[Timestamp, ...]:
    over_signature = _tokens(unsigned, _SIGNATURE_TIMESTAMP)
    over_content = _tokens(attributes, _CONTENT_TIMESTAMP) if content is not None else []
    if len(over_signature) + len(over_content) > MAX_TIMESTAMPS:
        raise FormatError("CMS_TOO_MANY_TIMESTAMPS")
    message = signer["signature"].native
    return (
        *(Timestamp(token, message, TimestampSubject.SIGNATURE) for token in over_signature),
        *(Timestamp(token, content or b"", TimestampSubject.CONTENT) for token in over_content),
    )


def _tokens(attributes: dict[str, list[Any]], oid: str) -> list[bytes]:
    return [token.dump() for token in attributes.get(oid, []) if token is not None]
