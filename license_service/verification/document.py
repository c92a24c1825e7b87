"""What a format hands to the checks: one shape for OFD, PDF, CMS and JWS.

A format parses bytes and computes digests; it never judges. Judging is `checks/`, which does not
know where a signature came from. That is why a rule is written once for four formats.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from license_service.verification.report import DocumentFormat, LicenseMetadata, SignatureKind


class FormatError(Exception):
    """Refuse bytes that are not a well-formed document; `code` is stable, e.g. `ZIP_DUPLICATE_NAME`."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class DigestComparison:
    """Hold a digest the signer wrote beside the one computed here.

    `actual` is None where the thing is missing; `algorithm` is a canonical name (`SM3`, `SHA256`,
    `SHA384`, `SHA512`, `SHA1`, `MD5`) or the unknown name as met, in which case `actual` is None too.
    """

    name: str
    algorithm: str
    expected: bytes
    actual: bytes | None
    missing: bool = False
    note: str = ""


@dataclass(frozen=True)
class SignedValue:
    """Hold a signature value with what it is over and how to check it.

    `algorithm` is a canonical name that `crypto.algorithms` knows (`SM2-SM3`, `ECDSA-SHA256`,
    `RSA-SHA256`, `RSA-PSS-SHA256`, `ED25519`, ...) or the dotted OID / JOSE name as met.
    `encoding` says how an EC signature is written: `der` or `raw` (r then s, fixed width).
    """

    data: bytes
    signature: bytes
    algorithm: str
    encoding: str = "der"


class TimestampSubject(StrEnum):
    """What a timestamp is over."""

    SIGNATURE = "signature"
    CONTENT = "content"
    DOCUMENT = "document"
    SEAL = "seal"


@dataclass(frozen=True)
class Timestamp:
    """Hold an RFC 3161 token beside the bytes its imprint must be over."""

    token: bytes
    message: bytes
    subject: TimestampSubject


@dataclass(frozen=True)
class Seal:
    """Hold an electronic seal (GB/T 38540-2020, 6.1; GM/T 0031-2014, 5)."""

    id: str
    name: str
    version: int
    type: int
    maker_certificate: bytes
    maker_signature: SignedValue
    certificate_list: tuple[bytes, ...]
    """DER certificates, or digests where `certificate_list_is_digests`."""
    certificate_list_is_digests: bool
    valid_from: datetime
    valid_until: datetime
    picture_type: str = ""
    picture: bytes = b""
    critical_extensions: tuple[str, ...] = ()


@dataclass(frozen=True)
class StatusReference:
    """Say where the status of a license is kept: a list by its name, and a place in it."""

    uri: str
    index: int


@dataclass(frozen=True)
class HolderKey:
    """Hold the key the issuer says is the holder's, and the canonical algorithms it may verify."""

    spki: bytes
    key_type: str
    algorithms: frozenset[str]


@dataclass(frozen=True)
class KeyBindingToken:
    """Hold what the holder signed: for whom, with which nonce, when, and over which presentation."""

    value: SignedValue
    audience: str
    nonce: str
    issued_at: datetime
    presentation: DigestComparison


@dataclass(frozen=True)
class KeyBinding:
    """Hold a presentation's proof that it is the holder's own; None for what is missing."""

    holder_key: HolderKey | None
    token: KeyBindingToken | None


@dataclass(frozen=True)
class EmbeddedRevocation:
    """Hold DER CRLs and OCSP responses that came inside a document, unjudged: it chose them itself."""

    crls: tuple[bytes, ...] = ()
    ocsp: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class ParsedSignature:
    """Hold one signature as a format read it, ready to be judged.

    `references` are digests of parts, `data_hash` the digest that binds the signed structure to the
    content; each is None where the kind has no such step. `uncovered` lists what no signature even
    claims to cover; `covers` what this one claims to, and `own` the parts it consists of: whether
    that counts is judged when it is known which signatures hold. `base` is the index of the signature
    this one is made upon, which must hold too. `timestamps` are proofs that the signature existed, not
    yet verified. `signer_key_id` names a key of the trust store and counts only where there is no
    certificate. `valid_from` and `valid_until` (exclusive) are the life a token gives itself.
    """

    index: int
    kind: SignatureKind
    value: SignedValue
    signer_certificate: bytes | None
    other_certificates: tuple[bytes, ...] = ()
    signing_time: datetime | None = None
    references: tuple[DigestComparison, ...] | None = None
    data_hash: DigestComparison | None = None
    seal: Seal | None = None
    uncovered: tuple[str, ...] | None = None
    timestamps: tuple[Timestamp, ...] = ()
    digest_algorithms: tuple[str, ...] = ()
    format_failures: tuple[str, ...] = ()
    """Stable codes of structural rules this signature breaks (e.g. `CMS_CONTENT_TYPE_MISSING`)."""
    notes: tuple[str, ...] = ()
    covers: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    base: int | None = None
    signer_key_id: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    credential_type: str | None = None
    status_reference: StatusReference | None = None
    key_binding: KeyBinding | None = None
    revocation: EmbeddedRevocation = EmbeddedRevocation()


@dataclass(frozen=True)
class ParsedDocument:
    """Hold a document as a format read it; `license` comes only from signed bytes.

    `contradictions` names the fields of the license that two places of the document state differently.
    `trailing_bytes` counts what follows a container that is complete without it.
    """

    format: DocumentFormat
    signatures: tuple[ParsedSignature, ...]
    license: LicenseMetadata | None
    findings: tuple[str, ...] = field(default=())
    contradictions: tuple[str, ...] = ()
    trailing_bytes: int = 0
