"""SM2 in CMS SignedData: the certificate a value rests on, and the names written beside it.

Clause: GM/T 0010-2012; GB/T 35275-2017, 9; RFC 5652, 5 and 11; GM/T 0015-2012 (key usage).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from license_service.demo.corpus import der
from license_service.demo.corpus.authority import Authority, license_details
from license_service.demo.corpus.package import document
from license_service.demo.corpus.seal_encodings import as_raw
from license_service.demo.corpus.ses import SM2_WITH_SM3, Sign, sign
from license_service.demo.corpus.suite import Group, Input, Result, Row, good
from license_service.verification.crypto.digests import digest

_SIGNED_DATA, _DATA = "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.1"
_GM_SIGNED_DATA, _GM_DATA = "1.2.156.10197.6.1.4.2.2", "1.2.156.10197.6.1.4.2.1"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_SIGNING_TIME, _SIGNING_CERTIFICATE = "1.2.840.113549.1.9.5", "1.2.840.113549.1.9.16.2.47"
_SM3, _SHA256 = "1.2.156.10197.1.401", "2.16.840.1.101.3.4.2.1"
_ECDSA_SHA256, _CURVE = "1.2.840.10045.4.3.2", "1.2.156.10197.1.301.1"


@dataclass(frozen=True)
class Message:
    """Hold a SignedData, name by name."""

    content: bytes
    signer: str = "signer"
    certificate: str = ""
    types: tuple[str, str] = (_SIGNED_DATA, _DATA)
    declared: str = _SM3
    digest: str = _SM3
    algorithm: str = SM2_WITH_SM3
    hashed: Callable[[bytes], bytes] = lambda content: digest("SM3", content) or b""
    attributes: bool = True
    bound: str | None = ""
    sign: Sign = sign
    shown: Callable[[bytes], bytes] = bytes

    def encode(self, authority: Authority) -> bytes:
        """Return the DER."""
        content_info = der.sequence(
            der.oid(self.types[1]), der.explicit(0, der.octets(self.shown(self.content)))
        )
        certificate = authority[self.certificate or self.signer].certificate
        signed = der.sequence(
            der.integer(1),
            der.tlv(der.SET, _algorithm(self.declared)),
            content_info,
            der.explicit(0, certificate),
            der.tlv(der.SET, self._signer_info(authority)),
        )
        return der.sequence(der.oid(self.types[0]), der.explicit(0, signed))

    def _signer_info(self, authority: Authority) -> bytes:
        identity = authority[self.signer]
        subject = authority[self.certificate or self.signer].asn1
        sid = der.sequence(subject.issuer.dump(), der.integer(subject.serial_number))
        attributes = self._attributes(authority)
        data = der.tlv(der.SET, attributes) if self.attributes else self.content
        return der.sequence(
            der.integer(1),
            sid,
            _algorithm(self.digest),
            *([der.explicit(0, attributes)] if self.attributes else []),
            _algorithm(self.algorithm),
            der.octets(self.sign(identity, data)),
        )

    def _attributes(self, authority: Authority) -> bytes:
        claimed = authority.moment - timedelta(days=1)
        values = (
            _attribute(_CONTENT_TYPE, der.oid(self.types[1])),
            _attribute(_SIGNING_TIME, der.utc(claimed)),
            _attribute(_MESSAGE_DIGEST, der.octets(self.hashed(self.content))),
            *self._binding(authority),
        )
        return b"".join(sorted(values))

    def _binding(self, authority: Authority) -> Iterator[bytes]:
        """Yield SigningCertificateV2 (RFC 5035, 3) over the certificate that comes along, or another."""
        if self.bound is not None:
            certificate = authority[self.bound or self.certificate or self.signer].certificate
            identifier = der.sequence(_algorithm(_SM3), der.octets(digest("SM3", certificate) or b""))
            yield _attribute(_SIGNING_CERTIFICATE, der.sequence(der.sequence(identifier)))


def _algorithm(oid: str) -> bytes:
    return der.sequence(der.oid(oid))


def _attribute(oid: str, value: bytes) -> bytes:
    return der.sequence(der.oid(oid), der.tlv(der.SET, value))


def _message(change: Callable[[Message], Message]) -> Callable[[Authority], Input]:
    def make(authority: Authority) -> Input:
        fields = license_details(authority.moment).fields()
        body = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
        return document(change(Message(body)).encode(authority))

    return make


def _by(signer: str, certificate: str = "") -> Callable[[Authority], Input]:
    return _message(lambda message: replace(message, signer=signer, certificate=certificate))


def _sha256(content: bytes) -> bytes:
    return digest("SHA256", content) or b""


def _rows() -> Iterator[Row[Authority]]:
    yield good("genuine", _message(lambda m: m))
    yield good("digital signature alone", _by("signer-digital-signature"))
    yield good("non-repudiation alone", _by("signer-non-repudiation"))
    yield good("no key usage", _by("signer-any-usage"))
    yield good("raw value", _message(lambda m: replace(m, sign=as_raw)))
    yield good("identifiers of GM/T 0010", _message(lambda m: replace(m, types=(_GM_SIGNED_DATA, _GM_DATA))))
    yield good("curve named as algorithm", _message(lambda m: replace(m, algorithm=_CURVE)))
    usage, mismatch = ("KEY_USAGE_REFUSED",), ("CMS_DIGEST_ALGORITHM_MISMATCH",)
    invalid, differs = ("SIGNATURE_INVALID",), ("DATA_HASH_MISMATCH",)
    bare, early = ("CMS_SIGNED_ATTRIBUTES_MISSING",), ("CERTIFICATE_NOT_VALID_AT_SIGNING",)
    for name, flag, make, codes, twin in (
        ("encryption certificate", "KeyUsage", _by("signer-encryption"), usage, "digital signature alone"),
        ("key agreement alone", "KeyUsage", _by("signer-key-agreement"), usage, "non-repudiation alone"),
        ("usage of an authority", "KeyUsage", _by("signer-authority-usage"), usage, "no key usage"),
        ("certificate revoked", "Certificate", _by("signer-revoked"), (), ""),
        ("certificate of another unit", "Certificate", _by("signer-other-unit"), ("SIGNER_NOT_ISSUER",), ""),
        ("certificate by a signer", "Certificate", _by("signer-of-signer"), (), ""),
        ("certificate not yet valid", "Certificate", _by("signer-future"), early, ""),
        ("another's certificate", "Certificate", _by("signer-unlisted", "signer"), invalid, ""),
        ("SHA-256 in place of SM3", "Digest", _named(digest=_SHA256, hashed=_sha256), mismatch, ""),
        ("SHA-256 throughout", "Digest", _with_sha256(), mismatch, ""),
        ("SHA-256 declared", "Digest", _named(declared=_SHA256), mismatch, ""),
        ("SHA-256 used, SM3 said", "Digest", _named(hashed=_sha256), differs, ""),
        ("ECDSA named", "Digest", _named(algorithm=_ECDSA_SHA256), (), ""),
        ("digest named as algorithm", "Digest", _named(algorithm=_SM3), (), ""),
        ("content altered", "Altered", _named(shown=lambda c: c.replace(b"9", b"8", 1)), differs, ""),
        ("no signed attributes", "Attributes", _named(attributes=False), bare, ""),
        ("certificate not bound", "Attributes", _named(bound=None), ("CMS_SIGNING_CERTIFICATE_MISSING",), ""),
        ("another certificate bound", "Attributes", _named(bound="signer-unlisted"), (), ""),
        ("raw value cut", "Value", _named(sign=lambda i, d: as_raw(i, d)[:-1]), invalid, "raw value"),
    ):  # fmt: skip
        yield Row(name, flag, make, codes, twin=twin)
    yield Row(
        "self-made certificate",
        "Certificate",
        _by("signer-stranger"),
        ("NO_CERTIFICATE_CHAIN",),
        Result.ACCEPTABLE,
    )


def _named(**changes: object) -> Callable[[Authority], Input]:
    return _message(lambda message: replace(message, **changes))  # type: ignore[arg-type] # members by name


def _with_sha256() -> Callable[[Authority], Input]:
    return _named(declared=_SHA256, digest=_SHA256, hashed=_sha256)


def certificate_group(authority: Authority) -> Group[Authority]:
    """Return the group of SignedData."""
    return Group("Sm2CmsVerify", authority.shared(), authority, tuple(_rows()))
