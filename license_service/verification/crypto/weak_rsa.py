"""Tell RSA keys that can be factored by how they were made.

Clause: CVE-2017-15361 (ROCA): primes of the form k * M + (65537^a mod M) make the modulus a power of
65537 modulo every small prime that divides M.
"""

from __future__ import annotations

from functools import cache

_GENERATOR = 65537
_PRIMES = (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)
_MORE_PRIMES = (101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167)


def has_roca_fingerprint(modulus: int) -> bool:
    """Tell whether a modulus is such a power for all of them; a sound one is by chance 1 in 10^8."""
    return all(modulus % prime in _powers(prime) for prime in _PRIMES + _MORE_PRIMES)


@cache
def _powers(prime: int) -> frozenset[int]:
    return frozenset(pow(_GENERATOR, exponent, prime) for exponent in range(prime))
