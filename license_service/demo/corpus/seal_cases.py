"""Seal attacks: who made it, whom it lists, when it was valid, and what it binds.

Clause: GB/T 38540-2020, 6.3 and 7.3; GM/T 0031-2014, 6.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta

from license_service.demo.corpus import der
from license_service.demo.corpus.authority import Authority
from license_service.demo.corpus.package import Kit
from license_service.demo.corpus.seal_changes import (
    ALTERED_INFO,
    HASHES,
    SIGNS_SOMETHING_ELSE,
    by,
    ended_since,
    extended,
    foreign_signature,
    hashed,
    info,
    listing,
    made_by,
    maker_signs,
    other_info,
    own_list,
    pointing,
    signed_at,
    stamped,
    valid,
)
from license_service.demo.corpus.seal_encodings import encoding_rows
from license_service.demo.corpus.seal_generations import v1_rows, v5_rows
from license_service.demo.corpus.ses import Members, certificates, digests
from license_service.demo.corpus.suite import Group, Result, Row, good
from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.ecdsa_encoding import encode_der

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_UNTAGGED = "untagged extension of the seal that is not critical"
_TWINS = {
    "signer not listed": "two certificates listed, the signer's last",
    "renewed certificate not listed": "renewed certificate listed",
    "encryption certificate": "digital signature alone",
    "key agreement alone": "non-repudiation alone",
    "usage of an authority": "no key usage",
}


def _people() -> Iterator[Row[Kit]]:
    mismatch, absent = ("SIGNER_NOT_ISSUER",), ("SIGNER_NOT_IN_SEAL",)
    for name, flag, alter, codes in (
        ("signer not listed", "NotListed", by("signer-unlisted", "signer"), absent),
        ("renewed certificate not listed", "NotListed", by("signer-renewed", "signer"), absent),
        ("maker listed in place of the signer", "NotListed", by("signer", "maker"), absent),
        ("issuer listed in place of the signer", "NotListed", by("signer", "intermediate"), absent),
        ("signer of another unit", "WrongSigner", by("signer-other-unit"), mismatch),
        ("unit's name without its code", "WrongSigner", by("signer-no-code"), mismatch),
        ("maker signs the license", "WrongSigner", by("maker"), mismatch),
        ("another key signs", "WrongSigner", foreign_signature("signer-unlisted"), ("SIGNATURE_INVALID",)),
        ("signer is also the maker", "WrongMaker", made_by("signer"), ("SEAL_MAKER_IS_SIGNER",)),
        ("encryption certificate", "KeyUsage", by("signer-encryption"), ("KEY_USAGE_REFUSED",)),
        ("key agreement alone", "KeyUsage", by("signer-key-agreement"), ("KEY_USAGE_REFUSED",)),
        ("usage of an authority", "KeyUsage", by("signer-authority-usage"), ("KEY_USAGE_REFUSED",)),
        ("certificate by a signer", "WrongSigner", by("signer-of-signer"), ()),
        ("certificate revoked", "Revoked", by("signer-revoked"), ()),
        ("maker revoked", "Revoked", made_by("maker-revoked"), ()),
        ("signed after its certificate", "Time", by("signer-past"), ("CERTIFICATE_NOT_VALID_AT_SIGNING",)),
        ("certificate not yet valid", "Time", by("signer-future"), ("CERTIFICATE_NOT_VALID_AT_SIGNING",)),
        (
            "maker's certificate of another maker",
            "WrongMaker",
            made_by("maker-revoked", "maker"),
            ("SEAL_SIGNATURE_INVALID",),
        ),
    ):  # fmt: skip
        yield Row(name, flag, stamped(alter), codes, twin=_TWINS.get(name, ""))
    for name, alter, code in (
        ("self-made signer", by("signer-stranger"), "NO_CERTIFICATE_CHAIN"),
        ("self-made maker", made_by("maker-stranger"), "SEAL_MAKER_UNKNOWN"),
    ):
        yield Row(name, "SelfMade", stamped(alter), (code,), Result.ACCEPTABLE)


def _genuine() -> Iterator[Row[Kit]]:
    signed = timedelta(0)
    for name, alter in (
        ("genuine", lambda _, stamp: stamp),
        ("two certificates listed, the signer's last", by("signer", "signer-unlisted", "signer")),
        ("renewed certificate listed", by("signer-renewed")),
        ("digital signature alone", by("signer-digital-signature")),
        ("non-repudiation alone", by("signer-non-repudiation")),
        ("no key usage", by("signer-any-usage")),
        ("listed by SM3 digest", listing(lambda c: digests(digest("SM3", c) or b""))),
        ("listed by SHA-256 digest", listing(lambda c: digests(hashlib.sha256(c).digest(), kind="SHA256"))),
        ("seal in its last second", valid(-timedelta(days=9), _DAY)),
        ("signed in the seal's first second", valid(signed, timedelta(days=9))),
        ("signature's path relative", pointing("Signature.xml")),
        ("extension of the seal that is not critical", extended("seal", critical=False)),
        (_UNTAGGED, extended("seal", critical=False, tagged=False)),
        ("extension of the signature that is not critical", extended("signature", critical=False)),
    ):
        yield good(name, stamped(alter))


def _lists() -> Iterator[Row[Kit]]:
    wrong = bytes(32)
    for name, listed in {
        "wrong digest listed": lambda _: digests(wrong),
        "digest of the certificate's digest listed": lambda c: digests(
            digest("SM3", digest("SM3", c) or b"") or b""
        ),
        "SHA-1 digest listed": lambda c: digests(hashlib.sha1(c).digest(), kind="SHA1"),  # noqa: S324 - the attack
        "MD5 digest listed": lambda c: digests(hashlib.md5(c).digest(), kind="MD5"),  # noqa: S324 - the attack
        "digest cut to 16 octets": lambda c: digests((digest("SM3", c) or b"")[:16]),
        "empty digest listed": lambda _: digests(b""),
        "empty list": lambda _: certificates(),
        "empty list of digests": lambda _: digests(),
        "certificate listed without its last octet": lambda c: certificates(c[:-1]),
        "certificate listed with an octet behind": lambda c: certificates(c + b"\0"),
        "digest in the place of a certificate": lambda c: certificates(digest("SM3", c) or b""),
        "certificate in the place of a digest": digests,
    }.items():
        yield Row(name, "NotListed", stamped(listing(listed)), ("SIGNER_NOT_IN_SEAL",))
    for name, number in (("list of type 0", 0), ("list of type 3", 3), ("list of type -1", -1)):
        yield Row(
            name,
            "Encoding",
            stamped(listing(_of_type(number))),
            ("SES_MALFORMED",),
        )


def _of_type(number: int) -> Callable[[bytes], Members]:
    return lambda certificate: (der.integer(number), certificates(certificate)[1])


def _times() -> Iterator[Row[Kit]]:
    days, first, last = (
        timedelta(days=9),
        "signed in the seal's first second",
        "seal in its last second",
    )
    for name, alter, code, twin in (
        ("seal ended a second before", valid(-days, -_SECOND), "SEAL_EXPIRED", last),
        ("seal begins a second later", valid(_SECOND, days), "SEAL_NOT_YET_VALID", first),
        ("seal ended years before", valid(-days * 400, -days * 300), "SEAL_EXPIRED", ""),
        ("seal begins years later", valid(days * 300, days * 400), "SEAL_NOT_YET_VALID", ""),
        ("seal ends before it begins", valid(days, -days), "SEAL_EXPIRED", ""),
        ("signed in the future", signed_at(timedelta(hours=1)), "SIGNING_TIME_IN_FUTURE", ""),
        ("signed before the seal", signed_at(-timedelta(days=200)), "SEAL_NOT_YET_VALID", ""),
        (
            "signed before the certificate",
            signed_at(-timedelta(days=400)),
            "CERTIFICATE_NOT_VALID_AT_SIGNING",
            "",
        ),
    ):
        yield Row(name, "Time", stamped(alter), (code,), twin=twin)
    for name, alter, code, twin in (
        ("certificate has ended since", ended_since, "CERTIFICATE_EXPIRED", ""),
        ("signed in the seal's last second", valid(-days, timedelta(0)), "SEAL_EXPIRED_SINCE", last),
        ("seal ended a second ago", valid(-days, _DAY - _SECOND), "SEAL_EXPIRED_SINCE", last),
    ):
        yield Row(name, "Time", stamped(alter), (code,), Result.ACCEPTABLE, twin)


def _bindings() -> Iterator[Row[Kit]]:
    yield from (
        Row(name, "AlteredSeal", stamped(info(change)), ("SEAL_SIGNATURE_INVALID",))
        for name, change in ALTERED_INFO.items()
    )
    for name, alter, code in (
        ("attacker's certificate put in the list", own_list, "SEAL_SIGNATURE_INVALID"),
        ("info of another seal of the maker", other_info, "SEAL_SIGNATURE_INVALID"),
        ("maker signed something else", SIGNS_SOMETHING_ELSE, "SEAL_SIGNATURE_INVALID"),
        ("maker's value of ones", maker_signs(lambda *_: encode_der(1, 1)), "SEAL_SIGNATURE_INVALID"),
    ):
        yield Row(name, "AlteredSeal", stamped(alter), (code,))
    for name, change in HASHES.items():
        yield Row(name, "DataHash", stamped(hashed(change)), ("DATA_HASH_MISMATCH",))
    for name, path in {
        "path of another file": "/Doc_0/Signs/Sign_1/Signature.xml",
        "path in another case": "/doc_0/signs/sign_0/signature.xml",
        "path of the signed value": "/Doc_0/Signs/Sign_0/SignedValue.dat",
        "path of a page": "/Doc_0/Pages/Page_0/Content.xml",
    }.items():
        yield Row(name, "PropertyInfo", stamped(pointing(path)), ("SES_PROPERTY_INFO_MISMATCH",),
                  twin="signature's path relative")  # fmt: skip
    yield Row(
        "unknown critical extension of the seal, untagged",
        "CriticalExtension",
        stamped(extended("seal", critical=True, tagged=False)),
        ("SEAL_EXTENSION_UNKNOWN",),
        Result.ACCEPTABLE,
        _UNTAGGED,
    )
    for place in ("seal", "signature"):
        yield Row(
            f"unknown critical extension of the {place}",
            "CriticalExtension",
            stamped(extended(place, critical=True)),
            ("SEAL_EXTENSION_UNKNOWN",),
            Result.ACCEPTABLE,
            f"extension of the {place} that is not critical",
        )


def seal_groups(authority: Authority) -> tuple[Group[Kit], ...]:
    """Return the groups of v4, v1 and v5 seals."""
    kit, shared = Kit.of(authority), authority.shared()
    rows = (*_genuine(), *_people(), *_lists(), *_times(), *_bindings(), *encoding_rows())
    return (
        Group("SesSealV4", shared, kit, rows),
        Group("SesSealV1", shared, kit, tuple(v1_rows())),
        Group("SesSealV5", shared, kit, tuple(v5_rows())),
    )
