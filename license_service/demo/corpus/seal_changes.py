"""What can be changed about a seal and the signature made with it, one thing at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from license_service.demo.corpus import der
from license_service.demo.corpus.authority import Authority
from license_service.demo.corpus.package import Kit, Recipe, sealed
from license_service.demo.corpus.ses import Change, Members, Sign, Stamp, certificates, properties
from license_service.demo.corpus.suite import Input
from license_service.verification.crypto.digests import digest

Alter = Callable[[Authority, Stamp], Stamp]
_DAY = timedelta(days=1)


def stamped(alter: Alter) -> Callable[[Kit], Input]:
    """Publish a package whose stamp is altered."""
    return lambda kit: sealed(Recipe(stamp=lambda stamp: alter(kit.authority, stamp)))(kit)


def by(name: str, *listed: str, **changes: object) -> Alter:
    """Let another signer sign, with a seal that lists the named certificates, by default the signer's."""

    def alter(authority: Authority, stamp: Stamp) -> Stamp:
        signer = authority[name]
        shown = certificates(*(authority[other].certificate for other in listed or (name,)))
        seal = replace(stamp.seal, properties=properties(authority.moment, shown))
        changed = replace(stamp, seal=seal, signer=signer, certificate=signer.certificate)
        return replace(changed, **changes)  # type: ignore[arg-type] # members of Stamp by name

    return alter


def made_by(name: str, certificate: str = "") -> Alter:
    """Let another maker make the seal, under its own certificate or another's."""
    return lambda authority, stamp: replace(
        stamp,
        seal=replace(
            stamp.seal, maker=authority[name], certificate=authority[certificate or name].certificate
        ),
    )


def listing(listed: Callable[[bytes], Members]) -> Alter:
    """List the signer in another way."""
    return lambda authority, stamp: replace(
        stamp,
        seal=replace(
            stamp.seal, properties=properties(authority.moment, listed(authority["signer"].certificate))
        ),
    )


def valid(start: timedelta, end: timedelta) -> Alter:
    """Set the seal's validity around the moment of signing."""

    def alter(authority: Authority, stamp: Stamp) -> Stamp:
        signed = authority.moment - timedelta(days=1)
        kept = stamp.seal.properties[:-2]
        times = (der.generalized(signed + start), der.generalized(signed + end))
        return replace(stamp, seal=replace(stamp.seal, properties=(*kept, *times)))

    return alter


def signed_at(offset: timedelta) -> Alter:
    """Claim another signing time."""
    return lambda authority, stamp: replace(stamp, time=der.generalized(authority.moment + offset))


def ended_since(authority: Authority, stamp: Stamp) -> Stamp:
    """Sign while a certificate was alive that has ended since."""
    signer, moment = authority["signer-past"], authority.moment
    shown = properties(moment, certificates(signer.certificate), start=-360)
    signed = replace(
        stamp, seal=replace(stamp.seal, properties=shown), time=der.generalized(moment - 300 * _DAY)
    )
    return replace(signed, signer=signer, certificate=signer.certificate)


def info(change: Callable[[bytes], bytes]) -> Alter:
    """Change the seal's info after its maker signed it."""
    return lambda _, stamp: replace(stamp, seal=replace(stamp.seal, alter_info=change))


def hashed(change: Change) -> Alter:
    """Change the digest of Signature.xml before it is signed."""
    return lambda _, stamp: replace(stamp, alter_hash=change)


def pointing(path: str) -> Alter:
    """Name another file in propertyInfo."""
    return lambda _, stamp: replace(stamp, property_info=der.text(path, der.IA5))


def extended(place: str, *, critical: bool, tagged: bool = True) -> Alter:
    """Add an extension that nobody knows, to the seal or to the signature."""
    flag = (der.tlv(1, b"\xff"),) if critical else ()
    extension = der.sequence(der.oid("1.3.6.1.4.1.99999.1"), *flag, der.octets(b"?"))
    added = der.sequence(extension)
    members = (der.explicit(0, added) if tagged else added,)

    def alter(_: Authority, stamp: Stamp) -> Stamp:
        if place == "seal":
            return replace(stamp, seal=replace(stamp.seal, info_behind=members))
        return replace(stamp, tbs_behind=members)

    return alter


def swap(old: bytes, new: bytes) -> Change:
    """Replace the first of some octets."""
    return lambda data: data.replace(old, new, 1)


def own_list(authority: Authority, stamp: Stamp) -> Stamp:
    """Put the attacker's certificate in the place of the listed one, after the maker signed."""
    attacker = authority["signer-unlisted"]
    mine = replace(stamp.seal, properties=properties(authority.moment, certificates(attacker.certificate)))
    seal = replace(stamp.seal, alter_info=lambda _: mine.info())
    return replace(stamp, seal=seal, signer=attacker, certificate=attacker.certificate)


def other_info(_: Authority, stamp: Stamp) -> Stamp:
    """Put the info of one genuine seal under the maker's signature of another."""
    other = replace(stamp.seal, id=der.text("99999900000002", der.IA5))
    return replace(stamp, seal=replace(stamp.seal, alter_info=lambda _: other.info()))


def foreign_signature(name: str) -> Alter:
    """Show the genuine certificate, and sign with another key."""
    return lambda authority, stamp: replace(stamp, signer=authority[name])


def maker_signs(sign: Sign) -> Alter:
    """Let the maker sign in another way."""
    return lambda _, stamp: replace(stamp, seal=replace(stamp.seal, sign=sign))


SIGNS_SOMETHING_ELSE = maker_signs(lambda identity, _: identity.key.sign(b"something else"))

ALTERED_INFO = {
    "seal's code altered": swap(b"99999900000001", b"99999900000002"),
    "seal's name altered": swap("电子印章".encode(), "电子公章".encode()),
    "seal's picture altered": swap(b"PNG\r\n\x1a\n\0", b"PNG\r\n\x1a\n\1"),
    "seal's picture made larger": swap(der.integer(40), der.integer(41)),
    "seal's picture type altered": swap(b"\x16\x03PNG", b"\x16\x03GIF"),
    "seal's vendor altered": swap(b"DEMO", b"FAKE"),
    "seal's end altered": lambda data: data.replace(b"2031", b"2041"),
    "seal's type altered": swap(der.integer(1) + b"\x0c", der.integer(2) + b"\x0c"),
}
HASHES: dict[str, Change] = {
    "digest of another file": lambda _: digest("SM3", b"another file") or b"",
    "digest of nothing": lambda _: digest("SM3", b"") or b"",
    "digest of the digest": lambda value: digest("SM3", value) or b"",
    "digest of zeros": lambda value: bytes(len(value)),
    "digest cut": lambda value: value[:-1],
    "digest and an octet": lambda value: value + b"\0",
    "digest in hexadecimal": lambda value: value.hex().encode(),
    "digest with a bit flipped": lambda value: value[:-1] + bytes([value[-1] ^ 1]),
    "empty digest": lambda _: b"",
    "SHA-256 digest": lambda value: hashlib.sha256(value).digest(),
}
