"""SM2 under keys that are none, and forgeries that anybody can make where one range check is missing.

The forgeries choose e to fit the signature, so they are over a given e: no message has it, but a verifier
that leaves the check out is seen to. Clause: GB/T 32918.2-2016, 7.1, steps B1 to B7; GM/T 0009-2012, 7.1.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from license_service.demo.corpus import der
from license_service.demo.corpus.sm2_math import A, B, G, N, P, Signer, add, hash_number, multiply, x_of
from license_service.demo.corpus.suite import Group, Input, Result, Row
from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.ecdsa_encoding import encode_der

_MESSAGE = "示例电子证照".encode()
_SM2, _EC = der.oid("1.2.156.10197.1.301"), der.oid("1.2.840.10045.2.1")
_P256, _K1 = der.oid("1.2.840.10045.3.1.7"), der.oid("1.3.132.0.10")
_BRAINPOOL, _PRIME_FIELD = der.oid("1.3.36.3.3.2.8.1.1.7"), der.oid("1.2.840.10045.1.1")
_WIDTH = 32


@dataclass(frozen=True)
class Kit:
    """Hold one key and its signature over the message."""

    signer: Signer
    signature: bytes

    @classmethod
    def fresh(cls) -> Kit:
        """Make a key and sign."""
        signer = Signer.fresh()
        return cls(signer, encode_der(*signer.sign(_MESSAGE)))

    def point(self, prefix: int, *coordinates: int) -> bytes:
        """Write a point under the SM2 curve's identifier."""
        return spki(bytes([prefix]) + b"".join(number.to_bytes(_WIDTH) for number in coordinates))


def spki(point: bytes, algorithm: bytes = _EC, parameters: bytes = _SM2) -> bytes:
    """Write a SubjectPublicKeyInfo."""
    return der.sequence(der.sequence(algorithm, parameters), der.bits(point))


def _explicit_parameters() -> bytes:
    """Spell the curve out in place of naming it (SEC 1, C.2)."""
    generator = b"\x04" + b"".join(number.to_bytes(_WIDTH) for number in G)
    field = der.sequence(_PRIME_FIELD, der.integer(P))
    curve = der.sequence(der.octets(A.to_bytes(_WIDTH)), der.octets(B.to_bytes(_WIDTH)))
    return der.sequence(der.integer(1), field, curve, der.octets(generator), der.integer(N), der.integer(1))


def _own_generator(kit: Kit) -> bytes:
    """Spell out a curve whose generator is the public point, so that the private number is 1."""
    curve = der.sequence(der.octets(A.to_bytes(_WIDTH)), der.octets(B.to_bytes(_WIDTH)))
    field = der.sequence(_PRIME_FIELD, der.integer(P))
    point = der.octets(kit.signer.encoded)
    return der.sequence(der.integer(1), field, curve, point, der.integer(N), der.integer(1))


_KEYS: dict[str, Callable[[Kit], bytes]] = {
    "compressed point": lambda k: k.point(2 + k.signer.point[1] % 2, k.signer.point[0]),
    "compressed point of the other sign": lambda k: k.point(3 - k.signer.point[1] % 2, k.signer.point[0]),
    "hybrid point": lambda k: k.point(6 + k.signer.point[1] % 2, *k.signer.point),
    "hybrid point of the other sign": lambda k: k.point(7 - k.signer.point[1] % 2, *k.signer.point),
    "infinity": lambda k: spki(b"\0"),
    "infinity in 65 octets": lambda k: spki(bytes(65)),
    "point without its prefix": lambda k: spki(k.signer.encoded[1:]),
    "raw x and y behind a wrong prefix": lambda k: k.point(5, *k.signer.point),
    "empty point": lambda k: spki(b""),
    "an octet behind the point": lambda k: spki(k.signer.encoded + b"\0"),
    "point without its last octet": lambda k: spki(k.signer.encoded[:-1]),
    "point as OCTET STRING": lambda k: der.sequence(
        der.sequence(_EC, _SM2), der.octets(b"\0" + k.signer.encoded)
    ),
    "one unused bit": lambda k: der.sequence(
        der.sequence(_EC, _SM2), der.tlv(der.BIT_STRING, b"\1" + k.signer.encoded)
    ),
    "an octet behind the key": lambda k: k.signer.spki + b"\0",
    "key without its last octet": lambda k: k.signer.spki[:-1],
    "long length of the key": lambda k: der.long_length(k.signer.spki, 1),
    "indefinite length of the key": lambda k: der.indefinite(k.signer.spki),
    "bare point": lambda k: k.signer.encoded,
    "empty key": lambda k: b"",
    "no parameters": lambda k: der.sequence(der.sequence(_EC), der.bits(k.signer.encoded)),
    "NULL parameters": lambda k: spki(k.signer.encoded, parameters=der.tlv(der.NULL, b"")),
    "curve named twice as parameters": lambda k: spki(k.signer.encoded, parameters=_SM2 * 2),
    "explicit parameters of the curve": lambda k: spki(k.signer.encoded, parameters=_explicit_parameters()),
    "explicit parameters with another generator": lambda k: spki(
        k.signer.encoded, parameters=_own_generator(k)
    ),
    "point under the name of P-256": lambda k: spki(k.signer.encoded, parameters=_P256),
    "point under the name of secp256k1": lambda k: spki(k.signer.encoded, parameters=_K1),
    "point under the name of brainpoolP256r1": lambda k: spki(k.signer.encoded, parameters=_BRAINPOOL),
    "RSA key": lambda k: _encoded(rsa.generate_private_key(65537, 2048).public_key()),
    "Ed25519 key": lambda k: _encoded(ed25519.Ed25519PrivateKey.generate().public_key()),
}
_POINTS: dict[str, Callable[[Kit], bytes]] = {
    "x + 1: off the curve": lambda k: k.point(4, k.signer.point[0] + 1, k.signer.point[1]),
    "y + 1: off the curve": lambda k: k.point(4, k.signer.point[0], k.signer.point[1] + 1),
    "x and y swapped: off the curve": lambda k: k.point(4, *reversed(k.signer.point)),
    "negated point": lambda k: k.point(4, k.signer.point[0], P - k.signer.point[1]),
    "point (0, 0)": lambda k: k.point(4, 0, 0),
    "point (p, p)": lambda k: k.point(4, P, P),
    "point of ones": lambda k: k.point(4, 2**256 - 1, 2**256 - 1),
    "y is 0": lambda k: k.point(4, k.signer.point[0], 0),
    "generator": lambda k: k.point(4, *G),
    "another key": lambda k: Signer.fresh().spki,
    "point of P-256 under the name of SM2": lambda k: spki(_p256_point(_p256())),
}


def _encoded(key: rsa.RSAPublicKey | ed25519.Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _p256() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _p256_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _under(key: Callable[[Kit], bytes]) -> Callable[[Kit], Input]:
    return lambda kit: {
        "publicKeyDer": key(kit).hex(),
        "msg": _MESSAGE.hex(),
        "sig": kit.signature.hex(),
    }


def _ecdsa_named(curve: bytes) -> Callable[[Kit], Input]:
    """Sign with ECDSA on P-256, and name the key's curve `curve`."""
    key = _p256()
    signature = key.sign(_MESSAGE, ec.ECDSA(hashes.SHA256()))
    named = spki(_p256_point(key), parameters=curve)
    return lambda _: {"publicKeyDer": named.hex(), "msg": _MESSAGE.hex(), "sig": signature.hex()}


def _key_rows() -> Iterator[Row[Kit]]:
    named_twice = _under(lambda k: spki(k.signer.encoded, algorithm=_SM2))
    yield Row("genuine", "Genuine", _under(lambda k: k.signer.spki), ("valid",), Result.VALID)
    yield Row("curve named as algorithm too", "Genuine", named_twice, ("valid",), Result.VALID)
    yield from (Row(name, "KeyEncoding", _under(key), ("key_mismatch",)) for name, key in _KEYS.items())
    yield from (Row(name, "WrongKey", _under(key), ("invalid",)) for name, key in _POINTS.items())
    yield Row("ECDSA on P-256 under the name of SM2", "WrongKey", _ecdsa_named(_SM2), ("invalid",))
    yield Row("ECDSA on P-256 under its own name", "WrongKey", _ecdsa_named(_P256), ("key_mismatch",))


def _number_value(e: int, r: int, s: int) -> Input:
    signature = der.sequence(der.integer(r), der.integer(s))
    return {"e": (e % N).to_bytes(_WIDTH).hex(), "sig": signature.hex()}


def _t_is_zero(_: Kit) -> Input:
    s = secrets.randbelow(N - 1) + 1
    return _number_value(N - s - x_of(multiply(s, G)), N - s, s)


def _s_is_zero(kit: Kit) -> Input:
    r = secrets.randbelow(N - 1) + 1
    return _number_value(r - x_of(multiply(r, kit.signer.point)), r, 0)


def _r_is_zero(kit: Kit) -> Input:
    s = secrets.randbelow(N - 1) + 1
    return _number_value(-x_of(add(multiply(s, G), multiply(s, kit.signer.point))), 0, s)


def _infinity(kit: Kit) -> Input:
    r, d = secrets.randbelow(N - 1) + 1, kit.signer.d
    return _number_value(r, r, -r * d * pow(1 + d, -1, N) % N)


def _shifted(of_r: int, of_s: int) -> Callable[[Kit], Input]:
    def make(kit: Kit) -> Input:
        e = kit.signer.e(_MESSAGE)
        r, s = kit.signer.sign_number(e)
        return _number_value(e, r + of_r * N, s + of_s * N)

    return make


def _genuine_number(number: Callable[[], int]) -> Callable[[Kit], Input]:
    def make(kit: Kit) -> Input:
        e = number()
        return _number_value(e, *kit.signer.sign_number(e))

    return make


def _numbers() -> Iterator[Row[Kit]]:
    for name, number in {
        "genuine": lambda: hash_number(_MESSAGE),
        "e is zero": lambda: 0,
        "e is n - 1": lambda: N - 1,
        "e without its first octets": lambda: int.from_bytes((digest("SM3", _MESSAGE) or b"")[4:]),
    }.items():
        yield Row(name, "Genuine", _genuine_number(number), ("valid",), Result.VALID)
    for name, make in {
        "forged where r + s = 0 mod n is not refused": _t_is_zero,
        "forged where s = 0 is not refused": _s_is_zero,
        "forged where r = 0 is not refused": _r_is_zero,
        "forged where all zero is not refused": lambda k: _number_value(0, 0, 0),
        "infinity taken for x = 0": _infinity,
        "r + n": _shifted(1, 0),
        "s + n": _shifted(0, 1),
        "both + n": _shifted(1, 1),
        "r - n": _shifted(-1, 0),
        "s - n": _shifted(0, -1),
    }.items():
        yield Row(name, "Forgery", make, ("invalid",))


def key_groups() -> tuple[Group[Kit], ...]:
    """Return the group of keys, each with its own in every test, and the group over a given e."""
    kit = Kit.fresh()
    key = {"publicKeyDer": kit.signer.spki.hex()}
    return (
        Group("Sm2KeyVerify", {}, kit, tuple(_key_rows())),
        Group("Sm2PrehashedVerify", key, kit, tuple(_numbers())),
    )
