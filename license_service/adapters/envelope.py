"""Seal bytes with AES-256-GCM or SM4-GCM, and wrap the keys that do so.

What is sealed is nonce, ciphertext and tag; whoever opens it names the same context, so that nothing sealed
in one place opens in another. Clause: NIST SP 800-38D (GCM); GB/T 32907 (SM4), GB/T 36624 (GCM).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM

from license_service.errors import ConfigurationError

_NONCE_BYTES, _TAG_BYTES = 12, 16
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Algorithm(StrEnum):
    """How data is sealed; append-only, since each key says which it is for."""

    AES_256_GCM = "AES-256-GCM"
    SM4_GCM = "SM4-GCM"


_KEY_BYTES = {Algorithm.AES_256_GCM: 32, Algorithm.SM4_GCM: 16}


class SealBrokenError(Exception):
    """Say that something sealed was changed, moved, or is of another key."""


@dataclass(frozen=True)
class SealingKey:
    """Seal and open under one key; a nonce is random, so one key seals at most 2^32 times."""

    algorithm: Algorithm
    secret: bytes = field(repr=False)

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """Return what only this key opens, in this context alone."""
        nonce = os.urandom(_NONCE_BYTES)
        if self.algorithm is Algorithm.AES_256_GCM:
            return nonce + self._aes.encrypt(nonce, plain, context)
        sealing = Cipher(SM4(self.secret), GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(context)
        return nonce + sealing.update(plain) + sealing.finalize() + sealing.tag

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Return what was sealed.

        Raises:
            SealBrokenError: if a bit of it, the key or the context is another.
        """
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        if len(rest) < _TAG_BYTES:
            raise SealBrokenError("too short")
        try:
            if self.algorithm is Algorithm.AES_256_GCM:
                return self._aes.decrypt(nonce, rest, context)
            opening = Cipher(SM4(self.secret), GCM(nonce, rest[-_TAG_BYTES:])).decryptor()
            opening.authenticate_additional_data(context)
            return opening.update(rest[:-_TAG_BYTES]) + opening.finalize()
        except InvalidTag as error:
            raise SealBrokenError("the tag differs") from error

    @cached_property
    def _aes(self) -> AESGCM:
        return AESGCM(self.secret)


def draw_key(algorithm: Algorithm) -> SealingKey:
    """Return a fresh random key."""
    return SealingKey(algorithm, os.urandom(_KEY_BYTES[algorithm]))


def require_key(algorithm: Algorithm, secret: bytes) -> SealingKey:
    """Return the key of a secret.

    Raises:
        ConfigurationError: if it has another length.
    """
    if len(secret) != _KEY_BYTES[algorithm]:
        raise ConfigurationError(f"{algorithm} has keys of {_KEY_BYTES[algorithm]} bytes")
    return SealingKey(algorithm, secret)


def require_algorithm(name: str) -> Algorithm:
    """Return an algorithm that this machine has.

    Raises:
        ConfigurationError: if there is none of that name, or its libcrypto was built without it.
    """
    try:
        algorithm = Algorithm(name)
        draw_key(algorithm).seal(b"", b"")
    except ValueError as error:
        known = ", ".join(Algorithm)
        raise ConfigurationError(f"there is no sealing with {name!r}, but {known}") from error
    except UnsupportedAlgorithm as error:
        raise ConfigurationError(f"this machine's libcrypto has no {name}") from error
    return algorithm


def context(*names: str | int) -> bytes:
    """Return a context that no other list of names has."""
    return _ENCODE(names).encode()
