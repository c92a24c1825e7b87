"""SM2 by its equations, to make values that no library would sign. For test vectors alone: not constant time.

Clause: GB/T 32918.2-2016, 6 (signing) and 5.5 (Z); GB/T 32918.5-2017 (the curve).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.libcrypto import DEFAULT_USER_ID

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
Point = tuple[int, int] | None
"""None is the point at infinity."""
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")


def add(left: Point, right: Point) -> Point:
    """Add two points."""
    if left is None or right is None:
        return left or right
    (x1, y1), (x2, y2) = left, right
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P) if left == right else (y2 - y1) * pow(x2 - x1, -1, P)
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def multiply(scalar: int, point: Point) -> Point:
    """Multiply a point by a number."""
    total: Point = None
    for bit in f"{scalar % N:b}":
        total = add(total, total)
        total = add(total, point) if bit == "1" else total
    return total


def x_of(point: Point) -> int:
    """Return the first coordinate, 0 for infinity."""
    return 0 if point is None else point[0]


@dataclass(frozen=True)
class Signer:
    """Hold a private number and its public point."""

    d: int
    point: tuple[int, int]

    @classmethod
    def fresh(cls) -> Signer:
        """Make a key that is forgotten with the process."""
        d = secrets.randbelow(N - 2) + 1
        point = multiply(d, G)
        if point is None:
            raise ValueError("a private number below n has a public point")
        return cls(d, point)

    @property
    def spki(self) -> bytes:
        """Return the SubjectPublicKeyInfo."""
        return _SPKI + self.encoded

    @property
    def encoded(self) -> bytes:
        """Return the uncompressed point."""
        return b"\x04" + self.point[0].to_bytes(32) + self.point[1].to_bytes(32)

    def z(self, user_id: bytes = DEFAULT_USER_ID, *, id_bits: int | None = None, hash_: str = "SM3") -> bytes:
        """Return Z, with another length of the id or another digest where those are the attack."""
        bits = len(user_id) * 8 if id_bits is None else id_bits
        numbers = b"".join(number.to_bytes(32) for number in (A, B, *G, *self.point))
        return digest(hash_, bits.to_bytes(2) + user_id + numbers) or b""

    def e(self, message: bytes) -> int:
        """Return e of a message as the standard computes it."""
        return hash_number(self.z() + message)

    def sign(self, message: bytes) -> tuple[int, int]:
        """Sign as the standard says."""
        return self.sign_number(self.e(message))

    def sign_number(self, e: int) -> tuple[int, int]:
        """Sign a given e."""
        return next(pair for pair in self.pairs(e) if all(pair))

    def pairs(self, e: int) -> Iterator[tuple[int, int]]:
        """Yield one signature after another, cheaply: each nonce is the last one plus one."""
        k = secrets.randbelow(N)
        point, inverse = multiply(k, G), pow(1 + self.d, -1, N)
        while True:
            r = (e + x_of(point)) % N
            yield r, (k - r * self.d) * inverse % N
            k, point = k + 1, add(point, G)


def hash_number(data: bytes, hash_: str = "SM3") -> int:
    """Return a digest as a number."""
    return int.from_bytes(digest(hash_, data) or b"")
