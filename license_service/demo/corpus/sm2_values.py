"""SM2 values under one key: ids, Z, ranges, encodings in DER and raw, and other equations.

Clause: GB/T 32918.2-2016, 7 (verification); GM/T 0009-2012, 10; X.690, 8.3 and 10.1.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from license_service.demo.corpus import der
from license_service.demo.corpus.sm2_math import G, N, P, Signer, hash_number, multiply, x_of
from license_service.demo.corpus.suite import Group, Input, Result, Row
from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.ecdsa_encoding import encode_der

_MESSAGE = "示例电子证照".encode()
_LENGTHS = (0, 1, 3, 31, 32, 33, 55, 56, 63, 64, 65, 119, 120, 127, 128, 1024, 4096)
_WIDTH = 32
Pair = tuple[int, int]


@dataclass(frozen=True)
class Kit:
    """Hold the key, and one genuine signature that attacks start from."""

    signer: Signer = field(default_factory=Signer.fresh)
    other: Signer = field(default_factory=Signer.fresh)
    pair: Pair = (0, 0)

    @classmethod
    def fresh(cls) -> Kit:
        """Make keys, and a signature whose numbers both need a leading zero in DER."""
        kit = cls()
        return cls(kit.signer, kit.other, _find(kit.signer, lambda r, s: min(r, s) >> 255 == 1))

    @property
    def der(self) -> bytes:
        """Return the genuine signature in DER."""
        return encode_der(*self.pair)

    @property
    def raw(self) -> bytes:
        """Return the genuine signature as r then s."""
        return raw(self.pair)


def raw(pair: Pair) -> bytes:
    """Write r then s with 32 octets each."""
    return b"".join(number.to_bytes(_WIDTH) for number in pair)


def value(signature: bytes, message: bytes = _MESSAGE) -> Input:
    """Return the published input."""
    return {"msg": message.hex(), "sig": signature.hex()}


@cache  # the search takes a second, and both groups of values need its find
def _find(signer: Signer, wanted: Callable[[int, int], bool]) -> Pair:
    return next(pair for pair in signer.pairs(signer.e(_MESSAGE)) if all(pair) and wanted(*pair))


def _good(name: str, make: Callable[[Kit], Input]) -> Row[Kit]:
    return Row(name, "Genuine", make, ("valid",), Result.VALID)


def _length(length: int) -> Row[Kit]:
    message = bytes(i & 0xFF for i in range(length))
    return _good(
        f"message of {length} octets", lambda kit: value(encode_der(*kit.signer.sign(message)), message)
    )


_SHAPES: dict[str, Callable[[int, int], bool]] = {
    "r one octet shorter": lambda r, _: r >> 248 == 0 and r >> 247 == 1,
    "s one octet shorter": lambda _, s: s >> 248 == 0 and s >> 247 == 1,
    "r two octets shorter": lambda r, _: r >> 240 == 0,
    "s two octets shorter": lambda _, s: s >> 240 == 0,
    "neither number needs a leading zero": lambda r, s: max(r, s) >> 255 == 0,
}


def _shapes(write: Callable[[Pair], bytes]) -> Iterator[Row[Kit]]:
    for name, wanted in _SHAPES.items():
        yield _good(name, _found(wanted, write))


def _found(wanted: Callable[[int, int], bool], write: Callable[[Pair], bytes]) -> Callable[[Kit], Input]:
    return lambda kit: value(write(_find(kit.signer, wanted)))


_IDS = {
    "empty id": b"",
    "id of one character": b"1",
    "first half of the default id": b"12345678",
    "default id without its last character": b"123456781234567",
    "default id with another last character": b"1234567812345679",
    "default id twice": b"1234567812345678" * 2,
    "default id and a zero octet": b"1234567812345678\0",
    "default id in UTF-16": "1234567812345678".encode("utf-16-le"),
    "id of the standard's example": b"ALICE123@YAHOO.COM",
    "sixteen zero octets as id": bytes(16),
    "default id as number": bytes.fromhex("1234567812345678"),
    "Chinese id": "示例".encode(),
}

_NUMBERS: dict[str, Callable[[Kit], int]] = {
    # name: e that is signed in place of the standard's
    "no Z: e is SM3 of the message": lambda k: hash_number(_MESSAGE),
    "ENTL in octets": lambda k: hash_number(k.signer.z(id_bits=16) + _MESSAGE),
    "ENTL zero": lambda k: hash_number(k.signer.z(id_bits=0) + _MESSAGE),
    "ENTL with its octets swapped": lambda k: hash_number(k.signer.z(id_bits=0x8000) + _MESSAGE),
    "Z of another key": lambda k: hash_number(k.other.z() + _MESSAGE),
    "Z behind the message": lambda k: hash_number(_MESSAGE + k.signer.z()),
    "Z twice": lambda k: hash_number(k.signer.z() * 2 + _MESSAGE),
    "Z over the message's digest": lambda k: hash_number(k.signer.z() + (digest("SM3", _MESSAGE) or b"")),
    "Z by SHA-256": lambda k: hash_number(k.signer.z(hash_="SHA256") + _MESSAGE),
    "e is zero": lambda k: 0,
    "SHA-256 in place of SM3": lambda k: hash_number(k.signer.z() + _MESSAGE, "SHA256"),
    "SHA-256 throughout": lambda k: hash_number(k.signer.z(hash_="SHA256") + _MESSAGE, "SHA256"),
    "SHA-256 without Z": lambda k: hash_number(_MESSAGE, "SHA256"),
    "SHA-1 in place of SM3": lambda k: hash_number(k.signer.z() + _MESSAGE, "SHA1"),
}

_PAIRS: dict[str, Callable[[int, int], Pair]] = {
    "r is 0": lambda r, s: (0, s),
    "s is 0": lambda r, s: (r, 0),
    "both are 0": lambda r, s: (0, 0),
    "both are 1": lambda r, s: (1, 1),
    "r is n": lambda r, s: (N, s),
    "s is n": lambda r, s: (r, N),
    "both are n": lambda r, s: (N, N),
    "r is n + 1": lambda r, s: (N + 1, s),
    "s is n + 1": lambda r, s: (r, N + 1),
    "r is n - 1": lambda r, s: (N - 1, s),
    "s is n - 1": lambda r, s: (r, N - 1),
    "r + n": lambda r, s: (r + N, s),
    "s + n": lambda r, s: (r, s + N),
    "both + n": lambda r, s: (r + N, s + N),
    "r is p": lambda r, s: (P, s),
    "r is 2^256": lambda r, s: (2**256, s),
    "s is 2^256 - 1": lambda r, s: (r, 2**256 - 1),
    "r + s is 0 mod n": lambda r, s: (r, N - r),
    "(r, n - s)": lambda r, s: (r, N - s),
    "(n - r, s)": lambda r, s: (N - r, s),
    "(n - r, n - s)": lambda r, s: (N - r, N - s),
    "r and s swapped": lambda r, s: (s, r),
    "r + 1": lambda r, s: (r + 1, s),
    "s + 1": lambda r, s: (r, s + 1),
    "r with its lowest bit flipped": lambda r, s: (r ^ 1, s),
    "s with its highest bit flipped": lambda r, s: (r, s ^ 1 << 255),
    "r alone, s too": lambda r, s: (r, r),
}
_UNFIT: dict[str, Callable[[int, int], Pair]] = {
    "r is 2^1000": lambda r, s: (2**1000, s),
    "-r": lambda r, s: (-r, s),
    "-s": lambda r, s: (r, -s),
    "r - n": lambda r, s: (r - N, s),
    "s - n": lambda r, s: (r, s - N),
    "both negative": lambda r, s: (-r, -s),
}

_FORMS: dict[str, Callable[[Kit], bytes]] = {
    "empty": lambda k: b"",
    "tag alone": lambda k: b"\x30",
    "empty SEQUENCE": lambda k: der.sequence(),
    "without its last octet": lambda k: k.der[:-1],
    "cut in half": lambda k: k.der[: len(k.der) // 2],
    "s missing": lambda k: der.sequence(der.integer(k.pair[0])),
    "three numbers": lambda k: der.sequence(*map(der.integer, (*k.pair, 1))),
    "a NULL behind s": lambda k: der.sequence(*map(der.integer, k.pair), der.tlv(der.NULL, b"")),
    "an octet behind": lambda k: k.der + b"\0",
    "signature twice": lambda k: k.der * 2,
    "an octet before": lambda k: b"\0" + k.der,
    "an octet inside": lambda k: der.tlv(der.SEQUENCE, der.body_of(k.der) + b"\0"),
    "long length": lambda k: der.long_length(k.der, 1),
    "longer length": lambda k: der.long_length(k.der, 4),
    "indefinite length": lambda k: der.indefinite(k.der),
    "length one too large": lambda k: k.der[:1] + bytes([k.der[1] + 1]) + k.der[2:],
    "length one too small": lambda k: k.der[:1] + bytes([k.der[1] - 1]) + k.der[2:],
    "long length of r": lambda k: _members(k, lambda r: der.long_length(r, 1)),
    "long length of s": lambda k: _members(k, s=lambda s: der.long_length(s, 1)),
    "indefinite length of r": lambda k: _members(k, der.indefinite),
    "r padded": lambda k: _members(k, lambda r: der.tlv(der.INTEGER, b"\0" + der.body_of(r))),
    "s padded": lambda k: _members(k, s=lambda s: der.tlv(der.INTEGER, b"\0" + der.body_of(s))),
    "r padded to 64 octets": lambda k: _members(k, lambda r: der.tlv(2, der.body_of(r).rjust(64, b"\0"))),
    "r without its leading zero": lambda k: _members(k, lambda r: der.tlv(2, der.body_of(r)[1:])),
    "s without its leading zero": lambda k: _members(k, s=lambda s: der.tlv(2, der.body_of(s)[1:])),
    "r of no octets": lambda k: _members(k, lambda _: b"\x02\x00"),
    "SET": lambda k: der.tlv(der.SET, der.body_of(k.der)),
    "primitive SEQUENCE": lambda k: der.tlv(0x10, der.body_of(k.der)),
    "context tag": lambda k: der.tlv(0xA0, der.body_of(k.der)),
    "r as OCTET STRING": lambda k: _members(k, lambda r: der.octets(der.body_of(r))),
    "s as BIT STRING": lambda k: _members(k, s=lambda s: der.bits(der.body_of(s))),
    "r as ENUMERATED": lambda k: _members(k, lambda r: der.tlv(0x0A, der.body_of(r))),
    "wrapped in OCTET STRING": lambda k: der.octets(k.der),
    "wrapped in BIT STRING": lambda k: der.bits(k.der),
    "wrapped in SEQUENCE": lambda k: der.sequence(k.der),
    "hexadecimal text": lambda k: k.der.hex().encode(),
    "base64 text": lambda k: base64.b64encode(k.der),
    "raw where DER is expected": lambda k: k.raw,
    "64 zero octets": lambda k: bytes(64),
}
_RAW_FORMS: dict[str, Callable[[Kit], bytes]] = {
    "empty": lambda k: b"",
    "r alone": lambda k: k.raw[:32],
    "without its last octet": lambda k: k.raw[:-1],
    "an octet behind": lambda k: k.raw + b"\0",
    "an octet before": lambda k: b"\0" + k.raw,
    "an octet before, as of a point": lambda k: b"\x04" + k.raw,
    "numbers of 33 octets": lambda k: b"".join(n.to_bytes(33) for n in k.pair),
    "length before each number": lambda k: b"".join(b"\x20" + n.to_bytes(32) for n in k.pair),
    "hexadecimal text": lambda k: k.raw.hex().encode(),
    "base64 text": lambda k: base64.b64encode(k.raw),
    "DER where raw is expected": lambda k: k.der,
}
_RAW_PAIRS: dict[str, Callable[[Kit], bytes]] = {
    "s before r": lambda k: raw((k.pair[1], k.pair[0])),
    "little-endian numbers": lambda k: b"".join(n.to_bytes(32, "little") for n in k.pair),
    "r is 0": lambda k: raw((0, k.pair[1])),
    "s is 0": lambda k: raw((k.pair[0], 0)),
    "all zero": lambda k: bytes(64),
    "all ones": lambda k: b"\xff" * 64,
    "r is n": lambda k: raw((N, k.pair[1])),
    "s is n": lambda k: raw((k.pair[0], N)),
    "r + s is 0 mod n": lambda k: raw((k.pair[0], N - k.pair[0])),
    "(r, n - s)": lambda k: raw((k.pair[0], N - k.pair[1])),
}


def _members(kit: Kit, r: Callable[[bytes], bytes] = bytes, s: Callable[[bytes], bytes] = bytes) -> bytes:
    return der.sequence(r(der.integer(kit.pair[0])), s(der.integer(kit.pair[1])))


_MESSAGES: dict[str, Callable[[bytes], bytes]] = {
    "first bit of the message flipped": lambda m: bytes([m[0] ^ 0x80]) + m[1:],
    "last bit of the message flipped": lambda m: m[:-1] + bytes([m[-1] ^ 1]),
    "an octet behind the message": lambda m: m + b"\0",
    "an octet before the message": lambda m: b"\0" + m,
    "message without its last octet": lambda m: m[:-1],
    "empty message": lambda m: b"",
    "message twice": lambda m: m * 2,
    "message replaced by its digest": lambda m: digest("SM3", m) or b"",
}


def _ecdsa(kit: Kit) -> Pair:
    """Sign with ECDSA's equation on the SM2 curve."""
    e, k = kit.signer.e(_MESSAGE), secrets.randbelow(N - 1) + 1
    r = x_of(multiply(k, G)) % N
    return r, pow(k, -1, N) * (e + r * kit.signer.d) % N


def _schnorr(kit: Kit) -> Pair:
    """Sign with s = k - r d, which leaves out the division by 1 + d."""
    r, s = kit.pair
    return r, s * (1 + kit.signer.d) % N


_EQUATIONS: dict[str, Callable[[Kit], Pair]] = {
    "another key's signature": lambda k: k.other.sign(_MESSAGE),
    "another key's signature over this key's Z": lambda k: k.other.sign_number(k.signer.e(_MESSAGE)),
    "ECDSA's equation on the curve": _ecdsa,
    "Schnorr's equation on the curve": _schnorr,
}


def _under_id(user_id: bytes) -> Callable[[Kit], Input]:
    return _over(lambda kit: hash_number(kit.signer.z(user_id) + _MESSAGE))


def _over(number: Callable[[Kit], int]) -> Callable[[Kit], Input]:
    return lambda kit: value(encode_der(*kit.signer.sign_number(number(kit))))


def _with(change: Callable[[int, int], Pair]) -> Callable[[Kit], Input]:
    return lambda kit: value(der.sequence(*map(der.integer, change(*kit.pair))))


def _written(form: Callable[[Kit], bytes]) -> Callable[[Kit], Input]:
    return lambda kit: value(form(kit))


def _over_other(alter: Callable[[bytes], bytes]) -> Callable[[Kit], Input]:
    return lambda kit: value(kit.der, alter(_MESSAGE))


def _by(equation: Callable[[Kit], Pair]) -> Callable[[Kit], Input]:
    return lambda kit: value(encode_der(*equation(kit)))


def _attacks() -> Iterator[Row[Kit]]:
    """Yield the attacks on the group in DER."""
    invalid, malformed = ("invalid",), ("malformed",)
    yield from (Row(name, "WrongId", _under_id(user_id), invalid) for name, user_id in _IDS.items())
    for name, number in _NUMBERS.items():
        yield Row(name, "WrongDigest" if "SHA" in name else "WrongZ", _over(number), invalid)
    for name, change in _PAIRS.items():
        yield Row(name, "Range", _with(change), malformed if 0 in change(2, 3) else invalid)
    yield from (Row(name, "Range", _with(change), malformed) for name, change in _UNFIT.items())
    yield from (Row(name, "Encoding", _written(form), malformed) for name, form in _FORMS.items())
    yield from (Row(name, "Altered", _over_other(alter), invalid) for name, alter in _MESSAGES.items())
    yield from (Row(name, "WrongEquation", _by(equation), invalid) for name, equation in _EQUATIONS.items())


def _raw_attacks() -> Iterator[Row[Kit]]:
    """Yield the attacks on the group of raw values."""
    yield from (Row(name, "Encoding", _written(form), ("malformed",)) for name, form in _RAW_FORMS.items())
    for name, form in _RAW_PAIRS.items():
        yield Row(name, "Range", _written(form), ("invalid",))


def value_groups() -> tuple[Group[Kit], ...]:
    """Return the groups of values in DER and raw, under one key."""
    kit = Kit.fresh()
    key = {"publicKeyDer": kit.signer.spki.hex()}
    genuine = (_good("genuine", lambda k: value(k.der)), *map(_length, _LENGTHS))
    raw_genuine = _good("genuine", lambda k: value(k.raw))
    return (
        Group("Sm2Verify", key, kit, (*genuine, *_shapes(lambda pair: encode_der(*pair)), *_attacks())),
        Group("Sm2P1363Verify", key, kit, (raw_genuine, *_shapes(raw), *_raw_attacks())),
    )
