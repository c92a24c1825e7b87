"""Attacks on what an OFD means: whose license, whose seal, which day, and what file it is at all.

Clause: GB/T 36903-2018; GB/T 38540-2020, 7.3.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from license_service.demo import people
from license_service.demo.corpus.authority import last_day
from license_service.demo.corpus.package import PAGE, ROOT, Kit, Recipe, build, document, sealed
from license_service.demo.corpus.package_cases import edit, later, put, swap
from license_service.demo.corpus.seal_changes import by, made_by, own_list, pointing, stamped, valid
from license_service.demo.corpus.ses import SIGNATURE_XML, Stamp
from license_service.demo.corpus.suite import Input, Result, Row, good
from license_service.demo.ofd import pack

_SEAL_FILE = "Doc_0/Signs/Sign_0/Seal.esl"
_HOLDER = people.COMPANY.id
_DAY = timedelta(days=1)


def stating(**fields: str) -> Callable[[Kit], Input]:
    """Publish a license that states other fields, page and signature made anew."""
    return lambda kit: document(pack(build(Kit.of(kit.authority, **fields), Recipe())))


def on(field: str, days: int) -> Callable[[Kit], Input]:
    """Publish a license with a date so many days from the validation time."""
    return lambda kit: stating(**{field: last_day(kit.authority.moment, days).isoformat()})(kit)


def _meaning() -> Iterator[Row[Kit]]:
    yield good("genuine", sealed(Recipe()))
    yield good("last day of validity", on("ZZYXQJZRQ", 0))
    yield good("first day of validity", on("ZZYXQQSRQ", 0))
    yield good("no end", stating(ZZYXQJZRQ="长期"))
    mismatch, vouched = ("HOLDER_MISMATCH",), ("ISSUER_NOT_VOUCHED", "SIGNER_NOT_ISSUER")
    for name, make, codes, twin in (
        ("another company's license", stating(CZZTDM=people.OTHER_COMPANY.id), mismatch, ""),
        ("a person's license", stating(CZZTDM=people.LEGAL_PERSON.id), mismatch, ""),
        ("holder's code with a character more", stating(CZZTDM=_HOLDER + "0"), mismatch, ""),
        ("holder's code without its last character", stating(CZZTDM=_HOLDER[:-1]), mismatch, ""),
        ("holder's code in full-width digits", stating(CZZTDM=_HOLDER.replace("9", "９")), mismatch, ""),
        ("holder's code with a zero-width blank", stating(CZZTDM=_HOLDER + "\u200b"), mismatch, ""),
        ("holder's name alone", stating(CZZTDM=""), mismatch, ""),
        ("last day was yesterday", on("ZZYXQJZRQ", -1), ("LICENSE_EXPIRED",), "last day of validity"),
        ("ended years ago", on("ZZYXQJZRQ", -900), ("LICENSE_EXPIRED",), "no end"),
        ("first day is tomorrow", on("ZZYXQQSRQ", 1), ("LICENSE_NOT_YET_VALID",), "first day of validity"),
        ("another type of license", stating(ZZLXDM=people.FIRE_SAFETY), vouched, ""),
        ("no type", stating(ZZLXDM=""), vouched, ""),
        ("another issuer named", stating(ZZBFJGDM=people.PUBLIC_SECURITY.id), vouched, ""),
        ("part of the issuer's code", stating(ZZBFJGDM=people.MARKET_REGULATOR.id[:-1]), vouched, ""),
    ):  # fmt: skip
        yield Row(name, "Meaning", make, codes, twin=twin)
    for name, text in {"day 30 of February": "2026-02-30", "no date": "soon"}.items():
        make = stating(ZZYXQJZRQ=text)
        yield Row(name, "Meaning", make, ("LICENSE_DATE_UNREADABLE",), Result.ACCEPTABLE)


_TEXTS = {
    "holder's code altered": (ROOT, _HOLDER, people.OTHER_COMPANY.id),
    "holder's name altered": (ROOT, people.COMPANY.name, people.OTHER_COMPANY.name),
    "number altered": (ROOT, "999900000000009", "999900000000008"),
    "end altered": (ROOT, "长期", "2099-12-31"),
    "issuer altered": (ROOT, people.MARKET_REGULATOR.name, people.PUBLIC_SECURITY.name),
    "holder's code altered on the page": (PAGE, _HOLDER, people.OTHER_COMPANY.id),
    "holder's name altered on the page": (PAGE, people.COMPANY.name, people.OTHER_COMPANY.name),
    "number altered on the page": (PAGE, "999900000000009", "999900000000008"),
    "end altered on the page": (PAGE, "长期", "2099-12-31"),
}


def _texts() -> Iterator[Row[Kit]]:
    for name, (member, old, new) in _TEXTS.items():
        make = later(edit(member, swap(old, new, 9)))
        yield Row(name, "AlteredText", make, ("REFERENCE_MISMATCH",))
    both = later(
        lambda parts: edit(PAGE, swap(_HOLDER, _OTHER, 9))(edit(ROOT, swap(_HOLDER, _OTHER, 9))(parts))
    )
    yield Row("holder's code altered in both", "AlteredText", both, ("REFERENCE_MISMATCH",))


_OTHER = people.OTHER_COMPANY.id


def _with_seal_file(alter: Callable[[bytes], bytes]) -> Callable[[Kit], Input]:
    """Publish a package that also holds the seal as a file of its own."""

    def make(kit: Kit) -> Input:
        seal = kit.stamp.seal.encode_v4()
        element = f"<ofd:Seal><ofd:BaseLoc>/{_SEAL_FILE}</ofd:BaseLoc></ofd:Seal></ofd:SignedInfo>"
        recipe = Recipe(
            content=put(_SEAL_FILE, alter(seal)),
            signature=swap("</ofd:SignedInfo>", element),
            stamp=lambda stamp: _with_seal(stamp, seal),
        )
        return sealed(recipe)(kit)

    return make


def _with_seal(stamp: Stamp, seal: bytes) -> Stamp:
    return replace(stamp, seal=replace(stamp.seal, alter=lambda _: seal))


def _seals() -> Iterator[Row[Kit]]:
    beside = "seal as a file beside"
    yield good(beside, _with_seal_file(bytes))
    wrong = ("OFD_SEAL_FILE_MISMATCH",)
    for name, change in {
        "another seal as a file beside": lambda seal: seal.replace(b"99999900000001", b"99999900000002", 1),
        "empty seal as a file beside": lambda _: b"",
        "seal with an octet behind as a file beside": lambda seal: seal + b"\0",
        "part of the seal as a file beside": lambda seal: seal[:40],
    }.items():
        yield Row(name, "Seal", _with_seal_file(change), wrong, twin=beside)
    for name, alter, codes in (
        ("seal that lists somebody else", by("signer", "signer-unlisted"), ("SIGNER_NOT_IN_SEAL",)),
        ("attacker's certificate put in the seal", own_list, ("SEAL_SIGNATURE_INVALID",)),
        ("seal ended before it was used", valid(-9 * _DAY, -_DAY), ("SEAL_EXPIRED",)),
        ("seal begins after it was used", valid(_DAY, 9 * _DAY), ("SEAL_NOT_YET_VALID",)),
        (
            "seal over another file",
            pointing(SIGNATURE_XML.replace("0", "1")),
            ("SES_PROPERTY_INFO_MISMATCH",),
        ),
        ("seal of another unit", by("signer-other-unit"), ("SIGNER_NOT_ISSUER",)),
        ("seal of a revoked maker", made_by("maker-revoked"), ()),
    ):
        yield Row(name, "Seal", stamped(alter), codes)
    yield Row(
        "self-made seal",
        "SelfMade",
        stamped(made_by("maker-stranger")),
        ("SEAL_MAKER_UNKNOWN",),
        Result.ACCEPTABLE,
    )


_FILES: dict[str, Callable[[bytes], bytes]] = {
    "PDF around it": lambda data: b"%PDF-1.7\n1 0 obj<<>>stream\n" + data + b"\nendstream\n%%EOF",
    "PDF behind a gap": lambda data: data + bytes(64) + b"%PDF-1.7\n%%EOF",
    "compressed by gzip": gzip.compress,
    "compressed by zlib": zlib.compress,
    "mark of a byte order before": lambda data: b"\xef\xbb\xbf" + data,
    "PNG before": lambda data: b"\x89PNG\r\n\x1a\n" + data,
    "ELF before": lambda data: b"\x7fELF" + bytes(60) + data,
    "ASN.1 before": lambda data: b"\x30\x82\x10\x00" + data,
    "ASN.1 around it": lambda data: b"\x30\x83" + len(data).to_bytes(3) + data,
    "JWS before": lambda data: b"eyJhbGciOiJub25lIn0." + data,
    "JSON before": lambda data: b"{}" + data,
    "in an array of JSON": lambda data: b"[" + data + b"]",
    "line end before": lambda data: b"\n" + data,
    "octets reversed": lambda data: data[::-1],
    "as hexadecimal text": lambda data: data.hex().encode(),
    "mark of a spanned zip before": lambda data: b"PK\x07\x08" + data,
    "mark of a spanned zip of one part before": lambda data: b"PK00" + data,
}  # fmt: skip


def _files() -> Iterator[Row[Kit]]:
    for name, change in _FILES.items():
        yield Row(name, "Polyglot", _as_file(change), ())
    yield Row("inside another zip", "Polyglot", _as_file(lambda data: pack({"license.ofd": data})), ())
    yield Row("inside another OFD", "Polyglot", _as_file(lambda data: pack({ROOT: data})), ())


def _as_file(change: Callable[[bytes], bytes]) -> Callable[[Kit], Input]:
    return lambda kit: document(change(pack(build(kit, Recipe()))))


def license_rows() -> tuple[Row[Kit], ...]:
    """Return every row on meaning, seals and files of two kinds."""
    return (*_meaning(), *_texts(), *_seals(), *_files())
