"""SM2 on the system's libcrypto (OpenSSL 3 or later) through ctypes.

The user id is set explicitly on every operation: OpenSSL up to 3.x defaults to the empty id, from 4.0
on to `1234567812345678`, so leaving it out verifies different things on different machines.
Signing and key generation serve the demonstration issuer and tests; verification never calls them.
Clause: GB/T 32918.2-2016; GM/T 0009-2012, 10 (default id).
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache

DEFAULT_USER_ID = b"1234567812345678"
_NAMES = ("libcrypto.so.3", "libcrypto.so.4", "libcrypto.3.dylib", "crypto")
_NID_SM2 = 1172
_LARGEST_SIGNATURE = 80
_CACHED_KEYS = 512

_POINTER = ctypes.c_void_p
_OPENSSL_3 = 0x30000000
_SIGNATURES: dict[str, tuple[object, ...]] = {
    # function: result, arguments
    "OpenSSL_version_num": (ctypes.c_ulong,),
    "d2i_PUBKEY": (_POINTER, _POINTER, ctypes.POINTER(ctypes.c_char_p), ctypes.c_long),
    "d2i_AutoPrivateKey": (_POINTER, _POINTER, ctypes.POINTER(ctypes.c_char_p), ctypes.c_long),
    "i2d_PUBKEY": (ctypes.c_int, _POINTER, ctypes.POINTER(_POINTER)),
    "i2d_PKCS8_PRIV_KEY_INFO": (ctypes.c_int, _POINTER, ctypes.POINTER(_POINTER)),
    "EVP_PKEY2PKCS8": (_POINTER, _POINTER),
    "PKCS8_PRIV_KEY_INFO_free": (None, _POINTER),
    "EVP_PKEY_free": (None, _POINTER),
    "EVP_PKEY_CTX_new": (_POINTER, _POINTER, _POINTER),
    "EVP_PKEY_CTX_new_id": (_POINTER, ctypes.c_int, _POINTER),
    "EVP_PKEY_CTX_free": (None, _POINTER),
    "EVP_PKEY_CTX_set1_id": (ctypes.c_int, _POINTER, ctypes.c_char_p, ctypes.c_int),
    "EVP_PKEY_keygen_init": (ctypes.c_int, _POINTER),
    "EVP_PKEY_keygen": (ctypes.c_int, _POINTER, ctypes.POINTER(_POINTER)),
    "EVP_PKEY_verify_init": (ctypes.c_int, _POINTER),
    "EVP_PKEY_verify": (
        ctypes.c_int,
        _POINTER,
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_char_p,
        ctypes.c_size_t,
    ),
    "EVP_sm3": (_POINTER,),
    "EVP_MD_CTX_new": (_POINTER,),
    "EVP_MD_CTX_free": (None, _POINTER),
    "EVP_MD_CTX_set_pkey_ctx": (None, _POINTER, _POINTER),
    "EVP_DigestVerifyInit": (ctypes.c_int, _POINTER, _POINTER, _POINTER, _POINTER, _POINTER),
    "EVP_DigestVerify": (
        ctypes.c_int,
        _POINTER,
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_char_p,
        ctypes.c_size_t,
    ),
    "EVP_DigestSignInit": (ctypes.c_int, _POINTER, _POINTER, _POINTER, _POINTER, _POINTER),
    "EVP_DigestSign": (
        ctypes.c_int,
        _POINTER,
        ctypes.c_char_p,
        ctypes.POINTER(ctypes.c_size_t),
        ctypes.c_char_p,
        ctypes.c_size_t,
    ),
    "ERR_clear_error": (None,),
}


class LibcryptoError(Exception):
    """Report that libcrypto is missing, too old, or refused a key."""


@cache
def load() -> ctypes.CDLL:
    """Load libcrypto once and declare what is used of it.

    Raises:
        LibcryptoError: if there is none of version 3 or later with SM2 and SM3.
    """
    for name in _NAMES:
        path = ctypes.util.find_library(name) if name == "crypto" else name
        try:
            library = ctypes.CDLL(path) if path else None
            if library is not None:
                return _declare(library)
        except (OSError, AttributeError):
            continue
    raise LibcryptoError("no libcrypto 3 or later with SM2")


def sm2_verify(spki: bytes, message: bytes, signature: bytes, user_id: bytes = DEFAULT_USER_ID) -> bool:
    """Verify a DER signature over `message` with SM3 and Z under `user_id`.

    Raises:
        LibcryptoError: if `spki` is no SM2 public key.
    """
    library = load()
    with _operation(_public_key(spki).pointer, user_id) as context:
        ready = library.EVP_DigestVerifyInit(
            context, None, library.EVP_sm3(), None, _public_key(spki).pointer
        )
        verdict = library.EVP_DigestVerify(context, signature, len(signature), message, len(message))
        return bool(ready == 1 and verdict == 1)


def sm2_verify_prehashed(spki: bytes, digest: bytes, signature: bytes) -> bool:
    """Verify a DER signature over a digest e that already includes Z; for public vectors."""
    library = load()
    context = library.EVP_PKEY_CTX_new(_public_key(spki).pointer, None)
    try:
        ready = library.EVP_PKEY_verify_init(context)
        verdict = library.EVP_PKEY_verify(context, signature, len(signature), digest, len(digest))
        return bool(ready == 1 and verdict == 1)
    finally:
        library.EVP_PKEY_CTX_free(context)
        library.ERR_clear_error()


def generate_sm2_key() -> bytes:
    """Return a fresh SM2 private key as PKCS#8 DER."""
    library = load()
    context = library.EVP_PKEY_CTX_new_id(_NID_SM2, None)
    pointer = _POINTER()
    try:
        if library.EVP_PKEY_keygen_init(context) != 1 or library.EVP_PKEY_keygen(context, pointer) != 1:
            raise LibcryptoError("SM2 key generation failed")
    finally:
        library.EVP_PKEY_CTX_free(context)
    key = _Key(pointer.value)
    info = library.EVP_PKEY2PKCS8(key.pointer)
    try:
        return _encode(library.i2d_PKCS8_PRIV_KEY_INFO, info)
    finally:
        library.PKCS8_PRIV_KEY_INFO_free(info)


def sm2_public_spki(private_der: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of a private key."""
    return _encode(load().i2d_PUBKEY, _private_key(private_der).pointer)


def sm2_sign(private_der: bytes, message: bytes, user_id: bytes = DEFAULT_USER_ID) -> bytes:
    """Sign `message` with SM3 and Z under `user_id`; return the DER signature.

    Raises:
        LibcryptoError: if the key is no SM2 private key.
    """
    library, key = load(), _private_key(private_der)
    buffer = ctypes.create_string_buffer(_LARGEST_SIGNATURE)
    size = ctypes.c_size_t(_LARGEST_SIGNATURE)
    with _operation(key.pointer, user_id) as context:
        ready = library.EVP_DigestSignInit(context, None, library.EVP_sm3(), None, key.pointer)
        done = library.EVP_DigestSign(context, buffer, ctypes.byref(size), message, len(message))
        if ready != 1 or done != 1:
            raise LibcryptoError("SM2 signing failed")
    return buffer.raw[: size.value]


class _Key:
    """Own an EVP_PKEY and free it when no longer used."""

    def __init__(self, pointer: int | None) -> None:
        if not pointer:
            load().ERR_clear_error()
            raise LibcryptoError("not a key libcrypto can read")
        self.pointer = pointer
        self._free = load().EVP_PKEY_free

    def __del__(self) -> None:
        pointer = getattr(self, "pointer", None)
        if pointer:
            self._free(pointer)


@lru_cache(maxsize=_CACHED_KEYS)
def _public_key(spki: bytes) -> _Key:
    data = ctypes.c_char_p(spki)
    return _Key(load().d2i_PUBKEY(None, ctypes.byref(data), len(spki)))


@lru_cache(maxsize=_CACHED_KEYS)
def _private_key(der: bytes) -> _Key:
    data = ctypes.c_char_p(der)
    return _Key(load().d2i_AutoPrivateKey(None, ctypes.byref(data), len(der)))


@contextmanager
def _operation(key: int, user_id: bytes) -> Iterator[int]:
    library = load()
    context = library.EVP_MD_CTX_new()
    key_context = library.EVP_PKEY_CTX_new(key, None)
    try:
        if not key_context or library.EVP_PKEY_CTX_set1_id(key_context, user_id, len(user_id)) != 1:
            raise LibcryptoError("not an SM2 key")
        library.EVP_MD_CTX_set_pkey_ctx(context, key_context)
        yield context
    finally:
        library.EVP_MD_CTX_free(context)
        library.EVP_PKEY_CTX_free(key_context)
        library.ERR_clear_error()


def _encode(function: Callable[..., int], thing: int) -> bytes:
    size = function(thing, None)
    buffer = ctypes.create_string_buffer(max(size, 1))
    cursor = _POINTER(ctypes.addressof(buffer))
    function(thing, ctypes.byref(cursor))
    return buffer.raw[:size]


def _declare(library: ctypes.CDLL) -> ctypes.CDLL:
    for name, (result, *arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    if library.OpenSSL_version_num() < _OPENSSL_3 or not library.EVP_sm3():
        raise OSError("libcrypto is older than 3.0 or has no SM3")
    return library
