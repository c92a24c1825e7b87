"""Digests by canonical name."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cryptography.hazmat.primitives import hashes

_HASHLIB = {
    "MD5": "md5",
    "SHA1": "sha1",
    "SHA256": "sha256",
    "SHA384": "sha384",
    "SHA512": "sha512",
}


def digest(name: str, data: bytes) -> bytes | None:
    """Return the digest of `data`; None where the canonical name is unknown.

    Weak digests are computed too: the report says what they compare to, the policy refuses them.
    """
    if name == "SM3":
        state = hashes.Hash(hashes.SM3())
        state.update(data)
        return state.finalize()
    known = _HASHLIB.get(name)
    return hashlib.new(known, data).digest() if known else None


def fingerprint(*groups: Sequence[bytes]) -> bytes:
    """Return one digest over groups of byte strings, in order; no two arrangements share one."""
    parts: list[bytes] = []
    for group in groups:
        parts.append(len(group).to_bytes(8))
        for data in group:
            parts += (len(data).to_bytes(8), data)
    return hashlib.sha256(b"".join(parts)).digest()
